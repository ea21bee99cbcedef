//! `--fit memory`: the smallest limit under which the work still passes.
//!
//! Runs without a limit come first, as ordinary records. Then each subject is
//! run under the limits that a [`Search`] asks for, until what is recommended
//! has held three times more. A try that is killed is an outcome, no failure.

mod judge;
mod report;
mod run;
mod search;

use dp_record::detail::stats::MemoryFit;
use dp_record::{Failure, Metrics, Outcome, Record};

use judge::{Failing, Judge, Measured};
use report::Try;
use search::{CONFIRMATIONS, Known, Search};

pub(crate) use search::Step;

/// The runs of one subject without a limit.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    runs: Vec<Measured>,
    known: Known,
    failed: bool,
}

/// The result of a subject's fit.
#[derive(Debug)]
pub(crate) struct Fitted {
    /// Metrics, or why there are none.
    pub(crate) outcome: Result<Metrics, Failure>,
    /// `detail.fit`, where something was tried.
    pub(crate) detail: Option<MemoryFit>,
}

/// A run that says nothing about its limit: the user stopped it, the engine was
/// lost, or the container was removed by others.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The user wants to stop.
    Stopped,
    /// The engine is lost.
    Lost,
    /// The fit fails, for this reason.
    Failed(Box<Failure>),
}

/// Codes of failures that a limit may bring about.
const BY_LIMIT: &[&str] = &[
    "ended_early",
    "engine_refused",
    "exited",
    "load_failed",
    "load_timeout",
    "nonzero_exit",
    "not_ready",
    "oom_killed",
    "unhealthy",
];

impl Baseline {
    /// Takes note of a run without a limit.
    pub(crate) fn note(&mut self, record: &Record, warmup: bool) {
        if warmup {
            return;
        }
        self.failed |= record.outcome == Outcome::Failed;
        let metrics = &record.metrics;
        self.runs.push(Measured::of(metrics, None));
        let bytes = |name| metrics.get(name).map(whole);
        self.known.peaks.extend(bytes("memory_peak_bytes"));
        self.known.anonymous = self.known.anonymous.max(bytes("memory_rss_max_bytes"));
        self.known.cache = self.known.cache.max(bytes("memory_cache_bytes"));
    }
}

/// Looks for the limit. `run` runs the work once under a limit, for at most so
/// many seconds, and answers its metrics and failure.
///
/// # Errors
/// As [`Broken`] says.
pub(crate) async fn fit(
    label: &str,
    baseline: &Baseline,
    mut run: impl AsyncFnMut(Step, f64) -> Result<(Metrics, Option<Failure>), Broken>,
) -> Result<Fitted, Broken> {
    if baseline.failed {
        return Ok(without(
            "fit_without_baseline",
            format!("{label}: it does not pass without a limit"),
        ));
    }
    let (Some(mut search), Some(judge)) =
        (Search::new(&baseline.known), Judge::new(&baseline.runs))
    else {
        let message =
            format!("{label}: neither the kernel nor the engine tells its peak of memory");
        return Ok(without("fit_without_peak", message));
    };
    let mut tries: Vec<Try> = Vec::new();
    while let Some(step) = search.next() {
        let (metrics, failure) = run(step, judge.patience()).await?;
        let code = failure.as_ref().map(|failure| failure.code.as_str());
        let measured = Measured::of(&metrics, code);
        if let Some(failure) = failure.filter(|failure| !BY_LIMIT.contains(&failure.code.as_str()))
        {
            return Err(Broken::Failed(Box::new(failure)));
        }
        let verdict = verdict(&judge, step, &measured, &tries);
        search.record(verdict.is_ok());
        tries.push(Try::of(step, verdict, measured));
    }
    let fit = search.fit();
    let detail = Some(report::detail(baseline, &judge, &tries, fit.as_ref()));
    let none = || {
        let most = tries.iter().map(|one| one.limit_bytes).max().unwrap_or_default();
        failure(
            "fit_not_found",
            format!("{label}: no limit up to {most} bytes held (see detail.fit)"),
        )
    };
    Ok(Fitted { outcome: fit.as_ref().map(report::metrics).ok_or_else(none), detail })
}

/// The times of the runs that confirm are judged by their median too, once they
/// are all there: one may be slow by chance.
fn verdict(judge: &Judge, step: Step, run: &Measured, before: &[Try]) -> Result<(), Failing> {
    let Step::Confirm(limit) = step else { return judge.single(run) };
    let same = before.iter().rev().take_while(|one| one.confirming && one.limit_bytes == limit);
    let runs: Vec<Measured> = same.map(|one| one.measured.clone()).chain([run.clone()]).collect();
    let all = runs.len() == CONFIRMATIONS as usize;
    match judge::sample(&runs, |run| run.seconds).filter(|_| all) {
        Some(times) => judge.last(run, times.median()),
        None => judge.single(run),
    }
}

fn without(code: &str, message: String) -> Fitted {
    Fitted { outcome: Err(failure(code, message)), detail: None }
}

fn failure(code: &str, message: String) -> Failure {
    Failure { code: code.to_owned(), message, ..Failure::default() }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of a machine")]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}

#[cfg(test)]
mod tests {
    use dp_record::detail::stats::FitFailure;
    use futures_util::FutureExt as _;
    use jiff::Timestamp;

    use super::*;

    const NEED: u64 = 100_000_000;

    fn metrics(pairs: &[(&str, f64)]) -> Metrics {
        pairs.iter().copied().collect()
    }

    fn baseline() -> Baseline {
        let mut record = Record::new("stats", Timestamp::UNIX_EPOCH);
        record.metrics = metrics(&[("memory_peak_bytes", 101_000_000.0), ("run_seconds", 1.0)]);
        let mut baseline = Baseline::default();
        baseline.note(&record, false);
        baseline
    }

    fn found(
        baseline: &Baseline,
        mut run: impl FnMut(Step) -> (Metrics, Option<Failure>),
    ) -> Result<Fitted, Broken> {
        let run = async |step: Step, _: f64| Ok(run(step));
        fit("job", baseline, run).now_or_never().unwrap()
    }

    #[test]
    fn a_try_that_is_killed_or_not_even_started_is_an_outcome() {
        let fitted = found(&baseline(), |step| match step.limit() {
            limit if limit >= NEED => (metrics(&[("exit_code", 0.0), ("run_seconds", 1.0)]), None),
            limit if limit >= NEED * 98 / 100 => {
                (metrics(&[("exit_code", 137.0), ("oom_kills", 1.0)]), None)
            }
            _ => (Metrics::default(), Some(failure("engine_refused", "too little".to_owned()))),
        });
        let Fitted { outcome, detail } = fitted.unwrap();
        let metrics = outcome.unwrap();
        assert!(metrics.get("memory_fit_failing_bytes").unwrap() < NEED as f64);
        assert!(metrics.get("memory_fit_bytes").unwrap() <= NEED as f64 * 1.03);
        let why: Vec<_> = detail.unwrap().tries.into_iter().filter_map(|one| one.failing).collect();
        let by_limit = |why: &FitFailure| [FitFailure::Error, FitFailure::OomKilled].contains(why);
        assert!(why.iter().any(by_limit), "{why:?}");
    }

    #[test]
    fn what_no_limit_brings_about_breaks_the_fit() {
        let taken = || (Metrics::default(), Some(failure("port_in_use", "taken".to_owned())));
        let broken = found(&baseline(), |_| taken()).unwrap_err();
        assert!(matches!(broken, Broken::Failed(failure) if failure.code == "port_in_use"));
    }

    #[test]
    fn without_good_runs_and_their_peak_nothing_is_tried() {
        let code = |baseline: &Baseline| {
            let fitted = found(baseline, |_| unreachable!("nothing is to be run")).unwrap();
            fitted.outcome.unwrap_err().code
        };
        let mut record = Record::new("stats", Timestamp::UNIX_EPOCH);
        record.metrics = metrics(&[("run_seconds", 1.0)]);
        let mut unknown = Baseline::default();
        unknown.note(&record, false);
        assert_eq!(code(&unknown), "fit_without_peak");
        let mut failed = baseline();
        record.fail(failure("nonzero_exit", "exited with 3".to_owned()));
        failed.note(&record, false);
        assert_eq!(code(&failed), "fit_without_baseline");
    }
}
