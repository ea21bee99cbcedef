//! What the report says as gauges, for the formats of Prometheus: families
//! `dp_KIND_METRIC` in base units, without timestamps.

use std::collections::BTreeMap;
use std::fmt::Write;

use dp_record::{SeriesKey, Unit, catalogue, metric, printable};

use crate::budget::{Check, Outcome};
use crate::input::measure::Measure;
use crate::judge::verdict::Verdict;
use crate::render::values::plain;
use crate::report::demands::demand;
use crate::report::{Report, Row};
use crate::scale::UnitName;

/// Characters of a label's value.
const LABEL_CHARS: usize = 200;

/// The gauges of one name.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// One sentence.
    pub(crate) help: String,
    /// The unit that the name ends in, if it is one of ours.
    pub(crate) unit: Option<Unit>,
    /// Values by their labels: the same gauge twice would make the whole
    /// file invalid.
    pub(crate) gauges: BTreeMap<String, String>,
}

impl Family {
    /// A line each.
    pub(crate) fn lines(&self, name: &str) -> String {
        let mut text = String::new();
        for (labels, value) in &self.gauges {
            let _ = writeln!(text, "{name}{{{labels}}} {value}");
        }
        text
    }
}

/// Families by name.
pub(crate) type Families = BTreeMap<String, Family>;

/// All gauges of a report.
pub(crate) fn families(report: &Report) -> Families {
    let mut families = Families::new();
    for (measure, row) in report.input() {
        add_figures(&mut families, measure, row);
        add_verdict(&mut families, measure, row);
    }
    report.budget.iter().for_each(|check| add_check(&mut families, check));
    for failures in &report.failures {
        let help = "Runs that failed, warm-ups included.";
        let labels = with_kind(&failures.key);
        add(&mut families, "dp_failed_runs", help, &labels, failures.count.to_string());
    }
    for missing in &report.missing {
        let mut labels = with_kind(&missing.key);
        labels.push(("batch", missing.batch.clone()));
        let count = missing.planned.saturating_sub(missing.seen);
        add(
            &mut families,
            "dp_missing_runs",
            "Planned runs that never came.",
            &labels,
            count.to_string(),
        );
    }
    families
}

fn add(families: &mut Families, name: &str, help: &str, labels: &[(&str, String)], value: String) {
    let family = families.entry(name.to_owned()).or_default();
    if family.help.is_empty() {
        help.clone_into(&mut family.help);
    }
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    family.gauges.entry(labels.join(",")).or_insert(value);
}

fn add_figures(families: &mut Families, measure: &Measure, row: &Row) {
    let Some(summary) = &row.summary else { return };
    let kind = &row.key.kind;
    let name = format!("dp_{}_{}", identifier(kind), identifier(&measure.name));
    let help = metric(kind, &measure.name).map_or_else(
        || format!("{} of {kind} records, in {}.", measure.name, measure.unit.word()),
        |metric| metric.about.to_owned(),
    );
    let help = printable(&help, LABEL_CHARS);
    let figures = [("median", summary.median), ("min", summary.min), ("max", summary.max)];
    let figures = figures.map(|(word, value)| (word.to_owned(), Some(value))).into_iter();
    let more = row.statistics.iter().map(|(statistic, value)| (statistic.word(), *value));
    for (statistic, value) in figures.chain(more) {
        let Some(value) = value else { continue };
        let mut labels = of_others(kind);
        labels.extend(labels_of(&row.key));
        labels.extend(original(&measure.name));
        labels.push(("statistic", statistic));
        add(families, &name, &help, &labels, plain(value));
    }
    if let (Some(family), UnitName::Known(unit)) = (families.get_mut(&name), &measure.unit) {
        let is_named = |unit: &Unit| *unit != Unit::Count && name.ends_with(&format!("_{unit}"));
        family.unit = Some(*unit).filter(is_named);
    }
    let mut labels = with_kind(&row.key);
    labels.push(("metric", measure.name.clone()));
    add(families, "dp_runs", "Good runs that have the metric.", &labels, summary.n.to_string());
    if let Some(at) = row.at {
        let name = "dp_last_run_timestamp_seconds";
        let help = "When the newest good run began, in seconds since 1970.";
        let value = plain(at.as_duration().as_secs_f64());
        add(families, name, help, &with_kind(&row.key), value);
        if let Some(family) = families.get_mut(name) {
            family.unit = Some(Unit::Seconds);
        }
    }
}

fn add_verdict(families: &mut Families, measure: &Measure, row: &Row) {
    let Some(given) = row.comparison.as_ref().and_then(|comparison| comparison.verdict) else {
        return;
    };
    for verdict in Verdict::ALL {
        let mut labels = with_kind(&row.key);
        labels.push(("metric", measure.name.clone()));
        labels.push(("verdict", verdict.word().to_owned()));
        let value = u8::from(verdict == given).to_string();
        add(families, "dp_verdict", "1 for the verdict that was given, else 0.", &labels, value);
    }
}

fn add_check(families: &mut Families, check: &Check) {
    let mut labels = vec![("rule", check.source.clone())];
    labels.extend(check.key.iter().flat_map(labels_of));
    labels.push(("metric", check.what.clone()));
    labels.push(("demand", demand(check).unwrap_or_default()));
    let value = u8::from(check.outcome == Outcome::Pass).to_string();
    let help = "1 where the demand of the budget holds, else 0.";
    add(families, "dp_budget_pass", help, &labels, value);
}

fn labels_of(key: &SeriesKey) -> Vec<(&'static str, String)> {
    let parts = [
        ("subject", Some(&key.name)),
        ("scenario", key.scenario.as_ref()),
        ("platform", key.platform.as_ref()),
        ("variant", key.variant.as_ref()),
    ];
    parts.into_iter().filter_map(|(name, value)| Some((name, value?.clone()))).collect()
}

/// With the kind first: one subject may be built, weighed and started.
fn with_kind(key: &SeriesKey) -> Vec<(&'static str, String)> {
    let mut labels = vec![("kind", key.kind.clone())];
    labels.extend(labels_of(key));
    labels
}

/// Other people's kinds as a label: `a-b` and `a.b` have the same family, and so has the
/// metric `b_c` of `a` with the metric `c` of `a_b`.
fn of_others(kind: &str) -> Vec<(&'static str, String)> {
    let is_ours = catalogue().any(|metric| metric.kind == kind);
    if is_ours { Vec::new() } else { vec![("kind", kind.to_owned())] }
}

/// The name itself, where the family's name cannot hold it.
fn original(name: &str) -> Option<(&'static str, String)> {
    (identifier(name) != name).then(|| ("metric", name.to_owned()))
}

/// As a part of a name: `[a-zA-Z0-9_]`.
fn identifier(name: &str) -> String {
    let fits = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    name.chars().take(LABEL_CHARS).map(fits).collect()
}

/// The value of a label: backslash, quote and line feed are escaped.
fn escaped(value: &str) -> String {
    printable(value, LABEL_CHARS).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_end_early() {
        assert_eq!(escaped("a\\b\"c\nd"), "a\\\\b\\\"c d");
        assert_eq!(identifier("p95-latency.ms"), "p95_latency_ms");
        assert_eq!(original("wall_seconds"), None);
    }

    #[test]
    fn a_gauge_that_comes_twice_is_written_once() {
        let mut families = Families::new();
        let labels = [("subject", "a".to_owned())];
        add(&mut families, "dp_x", "X.", &labels, "1".to_owned());
        add(&mut families, "dp_x", "Y.", &labels, "2".to_owned());
        let family = &families["dp_x"];
        assert_eq!((family.help.as_str(), family.gauges.len()), ("X.", 1));
        assert_eq!(family.lines("dp_x"), "dp_x{subject=\"a\"} 1\n");
    }

    #[test]
    fn only_other_peoples_kinds_are_labels_of_their_own_figures() {
        assert!(of_others("build").is_empty());
        assert_eq!(of_others("a-b"), [("kind", "a-b".to_owned())]);
    }
}
