//! What the `size` record of an image and the `stats` record of a container advise.

use dp_record::{Record, kind, printable};
use serde::Deserialize;

use crate::collect::Collector;
use crate::label;
use crate::report::Advice;
use crate::series::Side;

/// Characters of a code, name or path.
const NAME_CHARS: usize = 80;
/// Characters of an instruction or of advice.
const TEXT_CHARS: usize = 300;
/// Most findings of an image that are kept.
const MOST: usize = 200;
/// Paths or packages of a finding that are kept.
const PARTS: usize = 3;

/// Something to change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// What it is.
    pub(crate) code: String,
    /// Its own word for how bad it is (`risk`, `waste`, `note`).
    pub(crate) severity: String,
    /// Whether it is about something else than bytes.
    pub(crate) risk: bool,
    /// What is saved if the advice is followed; 0 where that is no matter of
    /// bytes.
    pub(crate) bytes: f64,
    /// The line at fault, where known.
    pub(crate) line: Option<u64>,
    /// The file that the line is of.
    pub(crate) dockerfile: Option<String>,
    /// The instruction at fault, where known.
    pub(crate) instruction: Option<String>,
    /// Whether the base image brought it.
    pub(crate) base: bool,
    /// The biggest paths or packages, biggest first.
    pub(crate) parts: Vec<String>,
    /// What to do.
    pub(crate) advice: String,
}

/// The `detail` of such a record, as far as it matters here.
#[derive(Deserialize)]
struct Detail {
    findings: Vec<Wire>,
}

#[derive(Deserialize)]
struct Wire {
    code: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    bytes: f64,
    line: Option<u64>,
    dockerfile: Option<String>,
    instruction: Option<String>,
    #[serde(default)]
    base: bool,
    #[serde(default)]
    paths: Vec<PathPart>,
    #[serde(default)]
    packages: Vec<PackagePart>,
    #[serde(default)]
    advice: String,
}

#[derive(Deserialize)]
struct PathPart {
    path: String,
}

#[derive(Deserialize)]
struct PackagePart {
    name: String,
}

impl From<Wire> for Finding {
    fn from(wire: Wire) -> Self {
        let name = |text: &str| printable(text, NAME_CHARS);
        let paths = wire.paths.iter().map(|part| name(&part.path));
        let packages = wire.packages.iter().map(|part| name(&part.name));
        Self {
            code: name(&wire.code),
            severity: name(&wire.severity),
            risk: wire.severity == "risk",
            bytes: wire.bytes,
            line: wire.line,
            // As typed: formats for machines open it.
            dockerfile: wire.dockerfile,
            instruction: wire.instruction.map(|text| printable(&text, TEXT_CHARS)),
            base: wire.base,
            parts: paths.chain(packages).take(PARTS).collect(),
            advice: printable(&wire.advice, TEXT_CHARS),
        }
    }
}

/// The findings of a record, in its order; none where it has no (readable)
/// ones.
pub(crate) fn of(record: &Record) -> Option<Vec<Finding>> {
    let detail = record.detail.as_ref()?;
    if ![kind::SIZE, kind::STATS].contains(&record.kind.as_str()) {
        return None;
    }
    let found = Detail::deserialize(detail).ok()?.findings.into_iter();
    let sound = found.filter(|one| one.bytes.is_finite() && one.bytes >= 0.0);
    Some(sound.take(MOST).map(Finding::from).collect())
}

/// What the records of one kind in the input advise, series by series.
pub(crate) fn all(collector: &Collector, kind: &str) -> Vec<Advice> {
    let input = collector.series.of(Side::Input).filter(|series| series.key.kind == kind);
    let with = input.filter(|series| !series.findings.is_empty());
    let advice = with.map(|series| Advice {
        label: label::full(&series.key),
        name: series.key.name.clone(),
        findings: series.findings.clone(),
    });
    advice.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn found(kind: &str, findings: &Value) -> Option<Vec<Finding>> {
        let mut record = Record::new(kind, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(json!({ "findings": findings }));
        of(&record)
    }

    #[test]
    fn findings_are_those_of_the_record_made_printable() {
        let list = json!([
            {"code": "removed_later", "severity": "waste", "bytes": 12, "line": 3,
                "instruction": "RUN a\u{1b}b", "paths": [{"path": "/a", "bytes": 12}],
                "advice": "remove it"},
            {"code": "runs_as_root", "severity": "risk", "bytes": 0, "new": "field"},
            {"code": "odd", "bytes": -1},
        ]);
        let found = found(kind::SIZE, &list).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bytes, found[0].line, found[0].risk), (12.0, Some(3), false));
        assert_eq!(found[0].instruction.as_deref(), Some("RUN a b"));
        assert_eq!(found[0].parts, ["/a"]);
        assert!(found[1].risk);
        let list = json!([{"code": "near_memory_limit", "severity": "risk", "advice": "raise it"}]);
        let found = self::found(kind::STATS, &list).unwrap();
        assert_eq!((found[0].severity.as_str(), found[0].bytes), ("risk", 0.0));
    }

    #[test]
    fn records_of_other_kinds_and_shapes_advise_nothing() {
        assert_eq!(found(kind::BUILD, &json!([])), None);
        assert_eq!(found(kind::SIZE, &json!("none")), None);
        assert_eq!(found(kind::SIZE, &json!([{"bytes": "many"}])), None);
    }
}
