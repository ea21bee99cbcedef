//! Metrics that a load reports itself, as lines of its output:
//!
//! ```text
//! dp: requests_per_second=1250.5 higher
//! dp: reply_p99_seconds=0.0123
//! ```
//!
//! The name says the unit by its suffix, as in the catalogue (`_seconds`, `_bytes`,
//! `_ratio`, `_cores`; none is a count). The word after the number says which way is
//! better (`lower`, which it is without a word, `higher`, `none`). For metrics that
//! the catalogue knows (`load_transactions`...) the catalogue's word counts.
//!
//! What could be wrong in such figures, and what is done about it:
//! - A name that is printed twice is not taken at all: which value counts, or their
//!   mean, nobody could tell from the record.
//! - A name of the figures that dp-stats measures itself is not taken.
//! - Lines that are not taken are reported with the load (`not_taken`).

use std::collections::{BTreeMap, BTreeSet};

use dp_record::{Metrics, kind, metric, unit_by_name};
use serde::{Deserialize, Serialize};

/// How a line of a metric begins.
const PREFIX: &str = "dp: ";
/// Most metrics of one load.
const MOST: usize = 32;
/// Most bytes of a name.
const NAME_BYTES: usize = 64;
/// Most lines whose refusal is reported.
const REFUSALS: usize = 5;
/// Most characters of a refused line that are reported.
const LINE_CHARS: usize = 80;

/// The metrics of one load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LoadMetrics {
    values: BTreeMap<String, f64>,
    /// Units and better directions of those that the catalogue does not know.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    units: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    twice: BTreeSet<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<String>,
}

impl LoadMetrics {
    /// Takes one line of the output, if it is a metric's.
    pub(crate) fn take(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix(PREFIX) else { return };
        if let Err(why) = self.metric(rest.trim())
            && self.refused.len() < REFUSALS
        {
            let line: String = rest.trim().chars().take(LINE_CHARS).collect();
            self.refused.push(format!("{line}: {why}"));
        }
    }

    /// `NAME=NUMBER[ lower|higher|none]`.
    fn metric(&mut self, text: &str) -> Result<(), &'static str> {
        let (name, rest) = text.split_once('=').ok_or("write NAME=NUMBER")?;
        let (number, better) = match rest.split_once(' ') {
            Some((number, better)) => (number, better.trim()),
            None => (rest, "lower"),
        };
        if !is_name(name) {
            return Err("a name has lower-case letters, digits and _, at most 64, a letter first");
        }
        if !["lower", "higher", "none"].contains(&better) {
            return Err("after the number comes lower, higher, none or nothing");
        }
        let value: f64 = number.parse().map_err(|_| "it has no number")?;
        if !value.is_finite() {
            return Err("its number is not finite");
        }
        let known = metric(kind::STATS, name).is_some();
        if known && !is_of_loads(name) {
            return Err("dp-stats measures this metric itself");
        }
        if self.twice.contains(name) || self.values.remove(name).is_some() {
            self.units.remove(name);
            self.twice.insert(name.to_owned());
            return Err("it was printed twice: no value is taken");
        }
        if self.values.len() + self.twice.len() >= MOST {
            return Err("there are 32 metrics already");
        }
        self.values.insert(name.to_owned(), value);
        if !known {
            self.units.insert(name.to_owned(), format!("{} {better}", unit_by_name(name)));
        }
        Ok(())
    }

    /// Units of the metrics that the catalogue does not know, as records have them.
    pub(crate) fn units(&self) -> &BTreeMap<String, String> {
        &self.units
    }

    /// Adds the metrics.
    pub(crate) fn add_to(&self, metrics: &mut Metrics) {
        for (name, value) in &self.values {
            metrics.set(name, *value);
        }
    }

    /// Why lines were not taken, if some were not.
    pub(crate) fn not_taken(&self) -> Option<String> {
        (!self.refused.is_empty()).then(|| self.refused.join("; "))
    }

    /// Changes the text of refused lines.
    pub(crate) fn map_text(&mut self, change: impl Fn(&str) -> String) {
        for line in &mut self.refused {
            *line = change(line);
        }
    }
}

fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= NAME_BYTES
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(word)
}

/// Metrics of the catalogue that only a load can report.
fn is_of_loads(name: &str) -> bool {
    name.starts_with("load_") && name != "load_seconds"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> LoadMetrics {
        let mut metrics = LoadMetrics::default();
        text.lines().for_each(|line| metrics.take(line));
        metrics
    }

    fn figures(metrics: &LoadMetrics) -> Vec<(String, f64)> {
        let mut figures = Metrics::default();
        metrics.add_to(&mut figures);
        figures.iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn lines_of_metrics_are_taken_and_others_are_not_looked_at() {
        let metrics = taken(
            "starting\ndp: reply_p99_seconds=12.3e-3\r\ndp: requests=1000 higher\ndp: queue_bytes=0 none\n\
             reply_p50_seconds=1\n dp: indented=1\ntps = 5 (fast)\n",
        );
        let expected = [("queue_bytes", 0.0), ("reply_p99_seconds", 0.0123), ("requests", 1000.0)];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value)).into();
        assert_eq!(figures(&metrics), expected);
        assert_eq!(metrics.not_taken(), None);
        let units: Vec<_> = metrics.units().values().map(String::as_str).collect();
        assert_eq!(units, ["bytes none", "seconds lower", "count higher"]);
    }

    #[test]
    fn metrics_of_the_catalogue_need_no_unit() {
        let metrics = taken("dp: load_transactions=7\ndp: load_latency_seconds=1.252e-3\n");
        assert_eq!(figures(&metrics).len(), 2);
        assert!(metrics.units().is_empty());
    }

    #[test]
    fn what_is_no_metric_is_refused_with_its_line() {
        for (line, why) in [
            ("requests", "write NAME=NUMBER"),
            ("Requests=1", "a name has lower-case letters"),
            ("=1", "a name has lower-case letters"),
            ("9th=1", "a name has lower-case letters"),
            ("a-b=1", "a name has lower-case letters"),
            ("requests=many", "it has no number"),
            ("requests=", "it has no number"),
            ("requests=NaN", "its number is not finite"),
            ("requests=1e999", "its number is not finite"),
            ("requests=1 better", "after the number comes lower, higher, none"),
            ("memory_peak_bytes=1", "dp-stats measures this metric itself"),
            ("load_seconds=1", "dp-stats measures this metric itself"),
        ] {
            let metrics = taken(&format!("dp: {line}"));
            assert!(figures(&metrics).is_empty(), "{line}");
            let refused = metrics.not_taken().unwrap();
            assert!(refused.starts_with(&format!("{line}: {why}")), "{refused}");
        }
        assert_eq!(figures(&taken(&format!("dp: {}=1", "n".repeat(65)))), []);
        assert_eq!(figures(&taken(&format!("dp: {}=1", "n".repeat(64)))).len(), 1);
    }

    #[test]
    fn a_name_that_comes_twice_has_no_value_however_often_it_comes() {
        for times in [2, 3, 4] {
            let metrics = taken(&"dp: requests=5 higher\n".repeat(times));
            assert_eq!((figures(&metrics), metrics.units().len()), (Vec::new(), 0));
            assert!(metrics.not_taken().unwrap().contains("printed twice"));
        }
    }

    #[test]
    fn a_load_that_never_ceases_to_report_stays_within_bounds() {
        let lines: Vec<_> = (0..10_000).map(|n| format!("dp: m{n}=1\n")).collect();
        let metrics = taken(&lines.concat());
        assert_eq!(figures(&metrics).len(), MOST);
        assert_eq!(
            metrics.not_taken().unwrap().matches("there are 32 metrics already").count(),
            REFUSALS
        );
        let twice: Vec<_> = (0..10_000).map(|n| format!("dp: m{n}=1\ndp: m{n}=1\n")).collect();
        let metrics = taken(&twice.concat());
        assert!(metrics.twice.len() <= MOST && figures(&metrics).is_empty());
    }
}
