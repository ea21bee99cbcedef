//! What probes showed.

use std::collections::BTreeMap;
use std::time::Instant;

use dp_engine::probe::Paced;
use dp_math::Sample;
use dp_record::Metrics;
use serde::{Deserialize, Serialize};

use crate::beside::Probe;

/// Fewest answers of which a 95th percentile says anything: five lie above it.
const FOR_P95: usize = 100;
/// The same of the 99th.
const FOR_P99: usize = 500;

/// All probes of one container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Probed {
    /// What was asked.
    pub(crate) condition: String,
    /// By which way.
    pub(crate) by: String,
    /// Probes a second.
    pub(crate) rate: f64,
    /// From when each was due to its answer, in the order in which they were due.
    pub(crate) latencies_seconds: Vec<f64>,
    /// Those that were not answered as wanted, by reason.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Those that were due after the container's own end, and count for nothing.
    pub(crate) after_end: u64,
    /// The longest that one left after it was due.
    pub(crate) late_max_seconds: f64,
}

impl Probed {
    /// `end` is that of the container, if it ended.
    pub(crate) fn of(probe: &Probe, paced: Paced, end: Option<Instant>) -> Self {
        let late_max_seconds = paced.late_max().as_secs_f64();
        let mut probed = Self {
            condition: probe.condition.to_string(),
            by: paced.by,
            rate: probe.rate.per_second(),
            late_max_seconds,
            ..Self::default()
        };
        for one in paced.probes {
            match one.answer {
                Ok(latency) => probed.latencies_seconds.push(latency.as_secs_f64()),
                Err(_) if end.is_some_and(|end| paced.begun + one.due >= end) => {
                    probed.after_end += 1;
                }
                Err(miss) => *probed.errors.entry(miss.to_string()).or_default() += 1,
            }
        }
        probed
    }

    /// Adds the figures.
    pub(crate) fn add_to(&self, metrics: &mut Metrics) {
        let count = self.latencies_seconds.len();
        let sample = Sample::new(self.latencies_seconds.clone()).ok();
        for (name, share, least) in [
            ("probe_p50_seconds", 0.5, 1),
            ("probe_p95_seconds", 0.95, FOR_P95),
            ("probe_p99_seconds", 0.99, FOR_P99),
        ] {
            let sample = sample.as_ref().filter(|_| count >= least);
            metrics.set_known(name, sample.and_then(|sample| sample.quantile(share)));
        }
        metrics.set_count("probe_errors", self.errors.values().sum());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dp_engine::probe::{self, Miss};

    use super::*;

    fn probed(latencies_seconds: Vec<f64>) -> Metrics {
        let mut metrics = Metrics::default();
        Probed { latencies_seconds, ..Probed::default() }.add_to(&mut metrics);
        metrics
    }

    #[test]
    fn a_percentile_needs_some_answers_above_it() {
        let names = |count: u32| {
            let metrics = probed((0..count).map(f64::from).collect());
            metrics.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(0), ["probe_errors"]);
        assert_eq!(names(99), ["probe_errors", "probe_p50_seconds"]);
        assert_eq!(names(100), ["probe_errors", "probe_p50_seconds", "probe_p95_seconds"]);
        assert_eq!(names(499).len(), 3);
        assert_eq!(names(500).len(), 4);
    }

    #[test]
    fn percentiles_are_those_of_definition_7() {
        // 0..=500: the share q lies at 500 q.
        let metrics = probed((0..=500).rev().map(f64::from).collect());
        assert_eq!(metrics.get("probe_p50_seconds"), Some(250.0));
        assert_eq!(metrics.get("probe_p95_seconds"), Some(475.0));
        assert_eq!(metrics.get("probe_p99_seconds"), Some(495.0));
    }

    #[test]
    fn errors_are_told_by_reason_and_those_after_the_end_count_for_nothing() {
        let ms = Duration::from_millis;
        let one = |due, answer| probe::Probe { due: ms(due), late: ms(due / 100), answer };
        let begun = Instant::now();
        let all = vec![
            one(0, Ok(ms(3))),
            one(100, Err(Miss::Status(503))),
            one(200, Err(Miss::TimedOut)),
            one(300, Err(Miss::Status(503))),
            one(400, Err(Miss::Closed)),
        ];
        let paced = Paced { begun, by: "b".to_owned(), probes: all };
        let wanted = Probe { condition: "tcp=80".parse().unwrap(), rate: "10".parse().unwrap() };
        let probed = Probed::of(&wanted, paced, Some(begun + ms(400)));
        let errors: BTreeMap<_, _> =
            [("status 503".to_owned(), 2), ("timed out".to_owned(), 1)].into();
        let expected = Probed {
            condition: "tcp=80".to_owned(),
            by: "b".to_owned(),
            rate: 10.0,
            latencies_seconds: vec![0.003],
            errors,
            after_end: 1,
            late_max_seconds: 0.004,
        };
        assert_eq!(probed, expected);
        let mut metrics = Metrics::default();
        probed.add_to(&mut metrics);
        assert_eq!(metrics.get("probe_errors"), Some(3.0));
    }
}
