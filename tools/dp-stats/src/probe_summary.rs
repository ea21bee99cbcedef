//! The probes of one container: percentiles of their answers, and errors.

use std::collections::BTreeMap;
use std::time::Instant;

use dp_engine::probe::{OpenLoopResult, ProbeError};
use dp_math::Sample;
use dp_record::Metrics;
use serde::{Deserialize, Serialize};

use crate::workload::{ProbePlan, Workload};

/// Fewest answers from which a 95th percentile is reported: five lie above it.
const FOR_P95: usize = 100;
/// The same of the 99th.
const FOR_P99: usize = 500;

/// All probes of one container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProbeSummary {
    /// What was probed.
    pub(crate) condition: String,
    /// To what the probes were sent.
    pub(crate) by: String,
    /// Probes a second.
    pub(crate) rate: f64,
    /// From when each was due to its answer, in the order in which they were due.
    pub(crate) latencies_seconds: Vec<f64>,
    /// Those that were not answered as expected, by reason.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Those that were due after the container's own end, and count for nothing.
    pub(crate) after_end: u64,
    /// The longest delay between a probe's due time and its sending.
    pub(crate) late_max_seconds: f64,
}

impl ProbeSummary {
    /// Of the probes that ran, if there were any; `end` is when the container
    /// exited, if it did.
    pub(crate) fn of_workload(
        workload: &Workload,
        result: Option<Result<OpenLoopResult, ProbeError>>,
        end: Option<Instant>,
    ) -> Option<Self> {
        let result = result.and_then(Result::ok);
        workload.probe.as_ref().zip(result).map(|(plan, result)| Self::of(plan, result, end))
    }

    fn of(probe: &ProbePlan, result: OpenLoopResult, end: Option<Instant>) -> Self {
        let late_max_seconds = result.late_max().as_secs_f64();
        let mut summary = Self {
            condition: probe.condition.to_string(),
            by: result.target,
            rate: probe.rate.per_second(),
            late_max_seconds,
            ..Self::default()
        };
        for one in result.probes {
            match one.answer {
                Ok(latency) => summary.latencies_seconds.push(latency.as_secs_f64()),
                Err(_) if end.is_some_and(|end| result.begun + one.due >= end) => {
                    summary.after_end += 1;
                }
                Err(failure) => *summary.errors.entry(failure.to_string()).or_default() += 1,
            }
        }
        summary
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

    use dp_engine::probe::{ProbeFailure, TimedProbe};

    use super::*;

    fn summary(latencies_seconds: Vec<f64>) -> Metrics {
        let mut metrics = Metrics::default();
        ProbeSummary { latencies_seconds, ..ProbeSummary::default() }.add_to(&mut metrics);
        metrics
    }

    #[test]
    fn a_percentile_needs_some_answers_above_it() {
        let names = |count: u32| {
            let metrics = summary((0..count).map(f64::from).collect());
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
        let metrics = summary((0..=500).rev().map(f64::from).collect());
        assert_eq!(metrics.get("probe_p50_seconds"), Some(250.0));
        assert_eq!(metrics.get("probe_p95_seconds"), Some(475.0));
        assert_eq!(metrics.get("probe_p99_seconds"), Some(495.0));
    }

    #[test]
    fn errors_are_counted_by_reason_and_those_after_the_end_count_for_nothing() {
        let ms = Duration::from_millis;
        let one = |due, answer| TimedProbe { due: ms(due), late: ms(due / 100), answer };
        let begun = Instant::now();
        let all = vec![
            one(0, Ok(ms(3))),
            one(100, Err(ProbeFailure::Status(503))),
            one(200, Err(ProbeFailure::TimedOut)),
            one(300, Err(ProbeFailure::Status(503))),
            one(400, Err(ProbeFailure::Closed)),
        ];
        let result = OpenLoopResult { begun, target: "b".to_owned(), probes: all };
        let wanted =
            ProbePlan { condition: "tcp=80".parse().unwrap(), rate: "10".parse().unwrap() };
        let summary = ProbeSummary::of(&wanted, result, Some(begun + ms(400)));
        let errors: BTreeMap<_, _> =
            [("status 503".to_owned(), 2), ("timed out".to_owned(), 1)].into();
        let expected = ProbeSummary {
            condition: "tcp=80".to_owned(),
            by: "b".to_owned(),
            rate: 10.0,
            latencies_seconds: vec![0.003],
            errors,
            after_end: 1,
            late_max_seconds: 0.004,
        };
        assert_eq!(summary, expected);
        let mut metrics = Metrics::default();
        summary.add_to(&mut metrics);
        assert_eq!(metrics.get("probe_errors"), Some(3.0));
    }
}
