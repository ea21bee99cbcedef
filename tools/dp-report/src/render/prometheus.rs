//! The text format of Prometheus, for the textfile collector or a push
//! gateway: gauges `dp_KIND_METRIC` in base units, without timestamps.

use std::collections::BTreeMap;
use std::fmt::Write;

use dp_record::{SeriesKey, metric, printable};

use crate::budget::{Check, Outcome};
use crate::input::measure::Measure;
use crate::judge::verdict::Verdict;
use crate::render::values::plain;
use crate::report::{Report, Row};

/// Characters of a label's value.
const LABEL_CHARS: usize = 200;

/// The samples of one metric.
#[derive(Debug, Default)]
struct Family {
    help: String,
    /// Values by their labels: the same series twice would make the whole
    /// file invalid.
    samples: BTreeMap<String, String>,
}

/// Families by name.
type Families = BTreeMap<String, Family>;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut families = Families::new();
    for (measure, row) in report.input() {
        add_figures(&mut families, measure, row);
        add_verdict(&mut families, measure, row);
    }
    report.budget.iter().for_each(|check| add_check(&mut families, check));
    for failures in &report.failures {
        let help = "Runs that failed, warm-ups included.";
        let labels = labels_of(&failures.key);
        add(&mut families, "dp_failed_runs", help, &labels, failures.count.to_string());
    }
    let mut text = String::new();
    for (name, family) in &families {
        let help = family.help.replace('\\', "\\\\");
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in &family.samples {
            let _ = writeln!(text, "{name}{{{labels}}} {value}");
        }
    }
    text
}

fn add(families: &mut Families, name: &str, help: &str, labels: &[(&str, String)], value: String) {
    let family = families.entry(name.to_owned()).or_default();
    if family.help.is_empty() {
        help.clone_into(&mut family.help);
    }
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    family.samples.entry(labels.join(",")).or_insert(value);
}

fn add_figures(families: &mut Families, measure: &Measure, row: &Row) {
    let Some(summary) = &row.summary else { return };
    let name = format!("dp_{}_{}", identifier(&row.key.kind), identifier(&measure.name));
    let help = metric(&row.key.kind, &measure.name).map_or_else(
        || format!("{} of {} records, in {}.", measure.name, row.key.kind, measure.unit.word()),
        |metric| metric.about.to_owned(),
    );
    let help = printable(&help, LABEL_CHARS);
    let figures = [("median", summary.median), ("min", summary.min), ("max", summary.max)];
    for (statistic, value) in figures {
        let mut labels = labels_of(&row.key);
        labels.extend(original(&measure.name));
        labels.push(("statistic", statistic.to_owned()));
        add(families, &name, &help, &labels, plain(value));
    }
    let mut labels = labels_of(&row.key);
    labels.insert(0, ("kind", row.key.kind.clone()));
    labels.push(("metric", measure.name.clone()));
    add(families, "dp_runs", "Good runs that have the metric.", &labels, summary.n.to_string());
}

fn add_verdict(families: &mut Families, measure: &Measure, row: &Row) {
    let Some(given) = row.comparison.as_ref().and_then(|comparison| comparison.verdict) else {
        return;
    };
    for verdict in Verdict::ALL {
        let mut labels = labels_of(&row.key);
        labels.insert(0, ("kind", row.key.kind.clone()));
        labels.push(("metric", measure.name.clone()));
        labels.push(("verdict", verdict.word().to_owned()));
        let value = u8::from(verdict == given).to_string();
        add(families, "dp_verdict", "1 for the verdict that was given, else 0.", &labels, value);
    }
}

fn add_check(families: &mut Families, check: &Check) {
    let mut labels = check.key.as_ref().map(labels_of).unwrap_or_default();
    labels.insert(0, ("rule", check.source.clone()));
    labels.push(("metric", check.what.clone()));
    let demand = crate::report::demands::demand(check).unwrap_or_default();
    labels.push(("demand", demand));
    let value = u8::from(check.outcome == Outcome::Pass).to_string();
    add(
        families,
        "dp_budget_pass",
        "1 where the demand of the budget holds, else 0.",
        &labels,
        value,
    );
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
    fn a_series_that_comes_twice_is_written_once() {
        let mut families = Families::new();
        let labels = [("subject", "a".to_owned())];
        add(&mut families, "dp_x", "X.", &labels, "1".to_owned());
        add(&mut families, "dp_x", "Y.", &labels, "2".to_owned());
        let family = &families["dp_x"];
        assert_eq!((family.help.as_str(), family.samples.len()), ("X.", 1));
    }
}
