//! What a fit tells: its metrics and its detail.

use dp_record::Metrics;
use serde::Serialize;

use super::Baseline;
use super::judge::{Failing, Judge, Measured, sample};
use super::search::{Fit, Step};

/// One run under a limit.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Try {
    /// The limit, swap included: there is none.
    pub(super) limit_bytes: u64,
    /// Whether it was to confirm what is recommended.
    pub(super) confirming: bool,
    /// Whether it passed.
    pub(super) passed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failing: Option<Failing>,
    /// What it is judged by.
    #[serde(flatten)]
    pub(super) measured: Measured,
}

impl Try {
    /// A step that was made.
    pub(super) fn of(step: Step, verdict: Result<(), Failing>, measured: Measured) -> Self {
        Self {
            limit_bytes: step.limit(),
            confirming: matches!(step, Step::Confirm(_)),
            passed: verdict.is_ok(),
            failing: verdict.err(),
            measured,
        }
    }
}

/// `detail.fit`.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    /// Without a limit.
    without_limit: WithoutLimit,
    /// What passes.
    passes: &'a Judge,
    /// Runs under limits, in their order.
    tries: &'a [Try],
    /// How sure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    sure: Option<Sure>,
}

/// Medians of the runs without a limit, and their greatest peak.
#[derive(Debug, Serialize)]
struct WithoutLimit {
    runs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stalled_seconds: Option<f64>,
}

/// How sure a recommendation is.
#[derive(Debug, Serialize)]
struct Sure {
    /// Smallest passing over largest failing limit, less one: what is needed
    /// lies between. Absent where nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap_ratio: Option<f64>,
    /// Limited runs of the search.
    searching_runs: usize,
    /// Runs under the recommended limit that passed, one after the other.
    confirming_runs: u32,
}

impl<'a> Report<'a> {
    /// Of what was tried.
    pub(super) fn of(
        baseline: &Baseline,
        judge: &'a Judge,
        tries: &'a [Try],
        fit: Option<&Fit>,
    ) -> Self {
        let median = |of| sample(&baseline.runs, of).map(|sample| sample.median());
        let without_limit = WithoutLimit {
            runs: baseline.runs.len(),
            peak_bytes: baseline.known.peaks.iter().max().copied(),
            seconds: median(|run| run.seconds),
            stalled_seconds: median(|run| run.stalled_seconds),
        };
        let sure = fit.map(|fit| Sure {
            gap_ratio: fit.failing.map(|failing| fit.passing as f64 / failing as f64 - 1.0),
            searching_runs: tries.iter().filter(|one| !one.confirming).count(),
            confirming_runs: super::search::CONFIRMATIONS,
        });
        Self { without_limit, passes: judge, tries, sure }
    }
}

/// The metrics of a fit.
pub(super) fn metrics(fit: &Fit) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.set_count("memory_fit_bytes", fit.recommended);
    metrics.set_count("memory_fit_passing_bytes", fit.passing);
    if let Some(failing) = fit.failing {
        metrics.set_count("memory_fit_failing_bytes", failing);
    }
    metrics
}
