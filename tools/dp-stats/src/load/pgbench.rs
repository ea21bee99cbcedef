//! The figures that pgbench prints at its end (versions 13 to 17).
//!
//! - `latency average` is a mean; pgbench prints no percentiles. With a rate
//!   (`-R`) it counts from when a transaction was due.
//! - tps come without the time of the first connects (before 14 named
//!   `excluding connections establishing`), but with `-C` from 14 on with all of
//!   them: its records compare with those of the same version and options only.
//! - Of several pgbench runs in one load no figures are taken: means over runs
//!   are nobody's.

use dp_record::Metrics;
use serde::{Deserialize, Serialize};

/// What was said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pgbench {
    runs: u32,
    aborted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    transactions: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_stddev_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tps: Option<f64>,
}

impl Pgbench {
    /// One line of the output.
    pub(super) fn hear(&mut self, line: &str) {
        let after = |begin: &str| line.strip_prefix(begin);
        if let Some(count) = after("number of transactions actually processed: ") {
            *self = Self { runs: self.runs + 1, aborted: self.aborted, ..Self::default() };
            self.transactions = first(count);
        } else if let Some(count) = after("number of failed transactions: ") {
            self.failed = first(count);
        } else if let Some(ms) = after("latency average = ") {
            self.latency_seconds = milliseconds(ms);
        } else if let Some(ms) = after("latency stddev = ") {
            self.latency_stddev_seconds = milliseconds(ms);
        } else if let Some(tps) = after("tps = ").filter(|tps| !tps.contains("(including conn")) {
            self.tps = first(tps);
        }
        self.aborted |= line.ends_with("Run was aborted; the above results are incomplete.");
    }

    /// Why its figures are not taken, if it spoke.
    pub(crate) fn refused(&self) -> Option<String> {
        match self.runs {
            1 if self.aborted => Some("pgbench was aborted".to_owned()),
            0 | 1 => None,
            runs => Some(format!("pgbench ran {runs} times in one load")),
        }
    }

    /// Adds its figures.
    pub(super) fn add_to(&self, metrics: &mut Metrics) {
        if self.runs != 1 || self.aborted {
            return;
        }
        metrics.set_known("load_transactions", self.transactions);
        metrics.set_known("load_transactions_failed", self.failed);
        metrics.set_known("load_transactions_per_second", self.tps);
        metrics.set_known("load_latency_seconds", self.latency_seconds);
        metrics.set_known("load_latency_stddev_seconds", self.latency_stddev_seconds);
    }
}

/// The number before a blank or a slash, as in `200/200` and `0 (0.000%)`.
fn first(text: &str) -> Option<f64> {
    finite(text.split([' ', '/']).next()?)
}

/// By its digits: a division would round once more.
fn milliseconds(text: &str) -> Option<f64> {
    finite(&format!("{}e-3", text.strip_suffix(" ms")?))
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Pgbench {
        let mut pgbench = Pgbench::default();
        text.lines().for_each(|line| pgbench.hear(line));
        pgbench
    }

    fn figures(text: &str) -> Vec<(String, f64)> {
        let mut metrics = Metrics::default();
        heard(text).add_to(&mut metrics);
        let mut all: Vec<_> =
            metrics.iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    fn expected(values: &[(&str, f64)]) -> Vec<(String, f64)> {
        values.iter().map(|(name, value)| (format!("load_{name}"), *value)).collect()
    }

    macro_rules! recorded {
        ($name:literal) => {
            include_str!(concat!("../../tests/files/pgbench/", $name, ".txt"))
        };
    }

    #[test]
    fn version_15_with_a_duration() {
        let values = [
            ("latency_seconds", 0.001_252),
            ("transactions", 3207.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 1_597.403_510),
        ];
        assert_eq!(figures(recorded!("plain")), expected(&values));
    }

    #[test]
    fn version_15_with_statements_whose_latencies_are_others() {
        let values = [
            ("latency_seconds", 0.002_411),
            ("latency_stddev_seconds", 0.003_319),
            ("transactions", 200.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 785.610_753),
        ];
        assert_eq!(figures(recorded!("statements")), expected(&values));
    }

    #[test]
    fn version_15_with_a_connection_for_each_transaction() {
        let values = [
            ("latency_seconds", 0.018_156),
            ("transactions", 100.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 110.155_209),
        ];
        assert_eq!(figures(recorded!("reconnect")), expected(&values));
    }

    #[test]
    fn version_15_at_a_rate_and_with_a_latency_limit() {
        let values = [
            ("latency_seconds", 0.000_614),
            ("latency_stddev_seconds", 0.001_290),
            ("transactions", 397.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 199.634_021),
        ];
        assert_eq!(figures(recorded!("rate")), expected(&values));
    }

    #[test]
    fn version_15_with_several_scripts_tells_of_all_together() {
        let values = [
            ("latency_seconds", 0.000_591),
            ("transactions", 200.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 3_384.094_755),
        ];
        assert_eq!(figures(recorded!("scripts")), expected(&values));
    }

    /// A run that somebody published.
    #[test]
    fn version_13_tells_the_rate_in_two_ways() {
        let text = "\
transaction type: <builtin: TPC-B (sort of)>
scaling factor: 1
query mode: simple
number of clients: 8
number of threads: 1
duration: 600 s
number of transactions actually processed: 355640
latency average = 13.493 ms
latency stddev = 15.117 ms
tps = 592.722139 (including connections establishing)
tps = 592.724062 (excluding connections establishing)
";
        let values = [
            ("latency_seconds", 0.013_493),
            ("latency_stddev_seconds", 0.015_117),
            ("transactions", 355_640.0),
            ("transactions_per_second", 592.724_062),
        ];
        assert_eq!(figures(text), expected(&values));
    }

    /// The sample of its manual.
    #[test]
    fn version_17_prints_what_15_prints() {
        let text = "\
maximum number of tries: 1
number of transactions per client: 1000
number of transactions actually processed: 10000/10000
number of failed transactions: 0 (0.000%)
latency average = 11.013 ms
latency stddev = 7.351 ms
initial connection time = 45.758 ms
tps = 896.967014 (without initial connection time)
";
        let values = [
            ("latency_seconds", 0.011_013),
            ("latency_stddev_seconds", 0.007_351),
            ("transactions", 10_000.0),
            ("transactions_failed", 0.0),
            ("transactions_per_second", 896.967_014),
        ];
        assert_eq!(figures(text), expected(&values));
    }

    #[test]
    fn a_run_that_was_aborted_or_never_began_has_no_figures() {
        assert_eq!(figures(recorded!("aborted")), []);
        assert_eq!(heard(recorded!("aborted")).refused().unwrap(), "pgbench was aborted");
        assert_eq!(figures(recorded!("none")), []);
        assert_eq!(heard(recorded!("none")).refused(), None);
    }

    #[test]
    fn two_runs_have_no_figures() {
        let both = [recorded!("plain"), recorded!("rate")].concat();
        assert_eq!(figures(&both), []);
        assert_eq!(heard(&both).refused().unwrap(), "pgbench ran 2 times in one load");
    }

    #[test]
    fn other_programs_have_no_figures() {
        assert_eq!(figures("tps = 5 (fast)\nlatency average = 2 ms\n"), []);
    }
}
