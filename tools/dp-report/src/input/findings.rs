//! What the `size` record of an image and the `stats` record of a container advise.

use dp_record::detail::{PackageBytes, PathBytes};
use dp_record::{Finding, RecordView, printable};

/// Characters of a code, name or path.
const NAME_CHARS: usize = 80;
/// Characters of an instruction or of advice.
const TEXT_CHARS: usize = 300;
/// Most findings of an image that are kept.
const MOST: usize = 200;
/// Paths or packages of a finding that are kept.
const PARTS: usize = 3;

/// The findings of a record in its order, made printable; none where it has
/// none. What no report shows is left out.
pub(crate) fn of(record: &RecordView<'_>) -> Vec<Finding> {
    record.findings().iter().take(MOST).map(shown).collect()
}

fn shown(finding: &Finding) -> Finding {
    let name = |text: &str| printable(text, NAME_CHARS);
    let paths = finding.paths.iter().take(PARTS);
    let packages = finding.packages.iter().take(PARTS - paths.len());
    Finding {
        code: name(&finding.code),
        severity: name(finding.severity.as_str()).as_str().into(),
        bytes: finding.bytes,
        files: finding.files,
        seconds: finding.seconds,
        layer: finding.layer,
        instruction: finding.instruction.as_ref().map(|text| printable(text, TEXT_CHARS)),
        line: finding.line,
        // As typed: formats for machines open it.
        dockerfile: finding.dockerfile.clone(),
        base: finding.base,
        paths: paths.map(|part| PathBytes { path: name(&part.path), ..part.clone() }).collect(),
        packages: packages
            .map(|part| PackageBytes { name: name(&part.name), ..part.clone() })
            .collect(),
        names: finding.names.iter().take(PARTS).map(|one| name(one)).collect(),
        advice: printable(&finding.advice, TEXT_CHARS),
        ..Finding::default()
    }
}

#[cfg(test)]
mod tests {
    use dp_record::{Detail, Record, Severity, kind};
    use serde_json::{Value, json};

    use super::*;

    fn found(kind: &str, findings: &Value) -> Vec<Finding> {
        let mut record = Record::new(kind, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(Detail::from_value(kind, json!({ "findings": findings })).unwrap());
        of(&(&record).into())
    }

    #[test]
    fn findings_are_those_of_the_record_made_printable() {
        let list = json!([
            {"code": "removed_later", "severity": "waste", "bytes": 12, "line": 3,
                "instruction": "RUN a\u{1b}b", "paths": [{"path": "/a", "bytes": 12}],
                "advice": "remove it"},
            {"code": "runs_as_root", "severity": "risk", "bytes": 0, "new": "field"},
            {"code": "odd", "severity": "a\u{1b}word"},
        ]);
        let found = found(kind::SIZE, &list);
        assert_eq!(found.len(), 3);
        assert_eq!(
            (found[0].bytes, found[0].line, found[0].severity == Severity::Risk),
            (Some(12), Some(3), false)
        );
        assert_eq!(found[0].instruction.as_deref(), Some("RUN a b"));
        assert_eq!(found[0].paths[0].path, "/a");
        assert_eq!(found[1].severity, Severity::Risk);
        assert_eq!(found[2].severity.as_str(), "a word");
        let list = json!([{"code": "near_memory_limit", "severity": "risk", "advice": "raise it"}]);
        let found = self::found(kind::STATS, &list);
        assert_eq!((&found[0].severity, found[0].bytes), (&Severity::Risk, None));
    }

    #[test]
    fn records_of_other_kinds_advise_nothing() {
        assert_eq!(found(kind::BUILD, &json!([])), []);
        assert_eq!(found("theirs", &json!([{"code": "a"}])), []);
    }
}
