//! Whether work passed under a limit, by what it does without one. Pure.

use dp_math::Sample;
use dp_record::Metrics;

/// Passing work waits for memory for at most this share of the time that it
/// takes without a limit. Without one it waits for nothing, and work that no
/// longer fits waits again and again.
const STALLED: f64 = 0.10;
/// Passing work takes at most this share longer, by the median of the runs that
/// confirm.
const SLOWER: f64 = 0.10;
/// A single run may take this many times longer than that: on a busy machine
/// single times differ by half. Only where waiting is known, which is steadier;
/// work that no longer fits was seen to take 2 to 20 times longer.
const SINGLE: f64 = 1.5;
/// What a busy machine costs any run, however short, in seconds.
const SLACK: f64 = 0.1;
/// How many times the time that passes a run may take until it is stopped:
/// nothing more is to be learnt from it.
const PATIENCE: f64 = 3.0;

/// The measurements by which one run is judged. What is not known is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Measured {
    /// Why it was no run at all, as a code of records.
    pub(super) error: Option<String>,
    pub(super) exit_code: Option<i64>,
    pub(super) oom_kills: Option<i64>,
    /// How long the work took; absent if it did not end.
    pub(super) seconds: Option<f64>,
    /// How long it waited for memory.
    pub(super) stalled_seconds: Option<f64>,
}

impl Measured {
    /// Of a run's metrics, and the code of its failure.
    pub(super) fn of(metrics: &Metrics, error: Option<&str>) -> Self {
        let observed = metrics.get("observed_seconds");
        let ratio = metrics.get("memory_pressure_ratio");
        Self {
            error: error.map(str::to_owned),
            exit_code: metrics.get("exit_code").map(whole),
            oom_kills: metrics.get("oom_kills").map(whole),
            seconds: metrics.get("load_seconds").or(metrics.get("run_seconds")),
            stalled_seconds: ratio.zip(observed).map(|(ratio, seconds)| ratio * seconds),
        }
    }
}

/// Why a run did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    /// A process was killed for want of memory.
    OomKilled,
    /// It could not be started, or failed in another way.
    Error,
    /// It exited with another code than 0.
    NonzeroExit,
    /// It waited too long for memory.
    MemoryPressure,
    /// It took too long.
    Slower,
}

/// The bounds within which a run passes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judge {
    /// Longest time that passes, in seconds, by the median of the runs that
    /// confirm.
    pub(super) seconds: f64,
    /// Longest time of a single run that passes, in seconds.
    pub(super) single_seconds: f64,
    /// Longest wait for memory that passes, in seconds; absent where the kernel
    /// does not count it.
    pub(super) stalled_seconds: Option<f64>,
}

impl Judge {
    /// By runs without a limit; none if they have no time.
    pub(super) fn new(baseline: &[Measured]) -> Option<Self> {
        let seconds = sample(baseline, |run| run.seconds)?;
        let stalled = sample(baseline, |run| run.stalled_seconds);
        let usual = seconds.median();
        // A run that no limit slowed shows that so long is usual.
        let most = seconds.max().max(usual * (1.0 + SLOWER)) + SLACK;
        Some(Self {
            seconds: most,
            single_seconds: if stalled.is_some() { most * SINGLE } else { most },
            stalled_seconds: stalled.map(|stalled| stalled.median() + usual * STALLED),
        })
    }

    /// After how many seconds a run has failed, whatever it does.
    pub(super) fn patience(&self) -> f64 {
        self.seconds * PATIENCE
    }

    /// Whether a single run passed, and if not why.
    pub(super) fn single(&self, run: &Measured) -> Result<(), Failing> {
        self.within(run, run.seconds, self.single_seconds)
    }

    /// Whether the last of several runs passed that are judged by the median of
    /// their times.
    pub(super) fn last(&self, run: &Measured, median: f64) -> Result<(), Failing> {
        self.within(run, run.seconds.map(|_| median), self.seconds)
    }

    fn within(&self, run: &Measured, seconds: Option<f64>, most: f64) -> Result<(), Failing> {
        if run.oom_kills.is_some_and(|kills| kills > 0) {
            return Err(Failing::OomKilled);
        }
        match run.error.as_deref() {
            Some("nonzero_exit") => return Err(Failing::NonzeroExit),
            Some(_) => return Err(Failing::Error),
            None => {}
        }
        if run.exit_code.is_some_and(|code| code != 0) {
            return Err(Failing::NonzeroExit);
        }
        let waits = self.stalled_seconds.unwrap_or(f64::INFINITY);
        if run.stalled_seconds.is_some_and(|stalled| stalled > waits) {
            return Err(Failing::MemoryPressure);
        }
        // One that did not end was stopped when it had taken too long.
        match seconds {
            Some(seconds) if seconds <= most => Ok(()),
            _ => Err(Failing::Slower),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "codes and counts are whole and small")]
fn whole(number: f64) -> i64 {
    number as i64
}

/// The known values of these runs.
pub(super) fn sample(runs: &[Measured], of: fn(&Measured) -> Option<f64>) -> Option<Sample> {
    Sample::new(runs.iter().filter_map(of).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: f64, stalled: f64) -> Measured {
        Measured {
            exit_code: Some(0),
            seconds: Some(seconds),
            stalled_seconds: Some(stalled),
            ..Measured::default()
        }
    }

    fn verdict(run: &Measured) -> Result<(), Failing> {
        let judge = Judge::new(&[self::run(2.0, 0.0), self::run(2.0, 0.0)]);
        judge.unwrap().single(run)
    }

    #[test]
    fn work_passes_that_neither_waits_nor_takes_longer() {
        assert_eq!(verdict(&run(2.0, 0.0)), Ok(()));
        assert_eq!(verdict(&run(3.4, 0.15)), Ok(()));
        assert_eq!(verdict(&run(3.5, 0.0)), Err(Failing::Slower));
        assert_eq!(verdict(&run(2.0, 0.25)), Err(Failing::MemoryPressure));
    }

    #[test]
    fn the_median_of_several_runs_has_a_closer_bound() {
        let judge = Judge::new(&[run(2.0, 0.0)]).unwrap();
        assert_eq!(judge.last(&run(9.0, 0.0), 2.25), Ok(()));
        assert_eq!(judge.last(&run(2.0, 0.0), 2.35), Err(Failing::Slower));
        let endless = Measured { seconds: None, ..run(2.0, 0.0) };
        assert_eq!(judge.last(&endless, 2.0), Err(Failing::Slower));
    }

    #[test]
    fn a_kill_says_more_than_the_exit_code_that_it_made() {
        let mut killed = run(0.5, 0.0);
        killed.exit_code = Some(137);
        assert_eq!(verdict(&killed), Err(Failing::NonzeroExit));
        killed.oom_kills = Some(1);
        assert_eq!(verdict(&killed), Err(Failing::OomKilled));
        // One of its processes was killed, and the rest took it for success.
        killed.exit_code = Some(0);
        assert_eq!(verdict(&killed), Err(Failing::OomKilled));
    }

    #[test]
    fn what_did_not_start_or_did_not_end_has_not_passed() {
        let unstarted =
            Measured { error: Some("engine_refused".to_owned()), ..Measured::default() };
        assert_eq!(verdict(&unstarted), Err(Failing::Error));
        assert_eq!(verdict(&Measured::default()), Err(Failing::Slower));
    }

    #[test]
    fn what_runs_without_a_limit_differ_by_is_no_slowness() {
        let judge = Judge::new(&[run(1.0, 0.0), run(1.0, 0.0), run(1.8, 0.4)]).unwrap();
        assert_eq!(judge.last(&run(1.85, 0.0), 1.85), Ok(()));
        assert_eq!(judge.single(&run(1.0, 0.11)), Err(Failing::MemoryPressure));
    }

    #[test]
    fn where_the_kernel_counts_no_waiting_time_alone_decides() {
        let unknown = |seconds| Measured { stalled_seconds: None, ..run(seconds, 0.0) };
        let judge = Judge::new(&[unknown(1.0)]).unwrap();
        assert_eq!(judge.stalled_seconds, None);
        assert_eq!(judge.single(&unknown(1.1)), Ok(()));
        assert_eq!(judge.single(&unknown(1.3)), Err(Failing::Slower));
        assert!(Judge::new(&[Measured::default()]).is_none());
    }

    #[test]
    fn the_wait_for_memory_is_a_share_of_the_observed_time() {
        let metrics = [
            ("exit_code", 3.0),
            ("run_seconds", 2.5),
            ("observed_seconds", 4.0),
            ("memory_pressure_ratio", 0.25),
        ];
        let metrics: Metrics = metrics.into_iter().collect();
        let measured = Measured::of(&metrics, Some("nonzero_exit"));
        assert_eq!((measured.exit_code, measured.seconds), (Some(3), Some(2.5)));
        assert_eq!(measured.stalled_seconds, Some(1.0));
        assert_eq!(verdict(&measured), Err(Failing::NonzeroExit));
        // The time of a load command is that of the work.
        let metrics: Metrics = [("run_seconds", 2.5), ("load_seconds", 2.0)].into_iter().collect();
        assert_eq!(Measured::of(&metrics, None).seconds, Some(2.0));
    }
}
