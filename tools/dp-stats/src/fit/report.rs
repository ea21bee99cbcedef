//! What a fit reports: its metrics and its detail.

use dp_record::Metrics;
use dp_record::detail::stats::{
    FitConfidence, FitFailure, FitRun, MemoryFit, PassCriteria, UnlimitedRuns,
};

use super::Baseline;
use super::judge::{Failing, Judge, Measured, sample};
use super::search::{CONFIRMATIONS, Fit, Step};

/// One run under a limit.
#[derive(Debug, Clone)]
pub(super) struct Try {
    /// The limit of memory in bytes; swap is not allowed.
    pub(super) limit_bytes: u64,
    /// Whether it was to confirm what is recommended.
    pub(super) confirming: bool,
    /// Whether it passed, and if not why.
    pub(super) verdict: Result<(), Failing>,
    /// The measurements that it is judged by.
    pub(super) measured: Measured,
}

impl Try {
    /// A step that was made.
    pub(super) fn of(step: Step, verdict: Result<(), Failing>, measured: Measured) -> Self {
        let confirming = matches!(step, Step::Confirm(_));
        Self { limit_bytes: step.limit(), confirming, verdict, measured }
    }
}

impl From<&Try> for FitRun {
    fn from(run: &Try) -> Self {
        Self {
            limit_bytes: run.limit_bytes,
            confirming: run.confirming,
            passed: run.verdict.is_ok(),
            failing: run.verdict.err().map(FitFailure::from),
            error: run.measured.error.clone(),
            exit_code: run.measured.exit_code,
            oom_kills: run.measured.oom_kills,
            seconds: run.measured.seconds,
            stalled_seconds: run.measured.stalled_seconds,
        }
    }
}

impl From<Failing> for FitFailure {
    fn from(failing: Failing) -> Self {
        match failing {
            Failing::OomKilled => Self::OomKilled,
            Failing::Error => Self::Error,
            Failing::NonzeroExit => Self::NonzeroExit,
            Failing::MemoryPressure => Self::MemoryPressure,
            Failing::Slower => Self::Slower,
        }
    }
}

impl From<&Judge> for PassCriteria {
    fn from(judge: &Judge) -> Self {
        Self {
            seconds: judge.seconds,
            single_seconds: judge.single_seconds,
            stalled_seconds: judge.stalled_seconds,
        }
    }
}

/// `detail.fit`: what was tried, and how sure the recommendation is.
pub(super) fn detail(
    baseline: &Baseline,
    judge: &Judge,
    tries: &[Try],
    fit: Option<&Fit>,
) -> MemoryFit {
    let median = |of| sample(&baseline.runs, of).map(|sample| sample.median());
    MemoryFit {
        without_limit: UnlimitedRuns {
            runs: baseline.runs.len() as u64,
            peak_bytes: baseline.known.peaks.iter().max().copied(),
            seconds: median(|run| run.seconds),
            stalled_seconds: median(|run| run.stalled_seconds),
        },
        passes: judge.into(),
        tries: tries.iter().map(FitRun::from).collect(),
        sure: fit.map(|fit| FitConfidence {
            gap_ratio: fit.failing.map(|failing| fit.passing as f64 / failing as f64 - 1.0),
            searching_runs: tries.iter().filter(|one| !one.confirming).count() as u64,
            confirming_runs: CONFIRMATIONS.into(),
        }),
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
