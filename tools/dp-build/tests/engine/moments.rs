//! Signals and a reader that goes away, at random moments: the engine is left
//! as it was.

use std::time::{Duration, Instant};

use dp_testkit::{
    Docker, Ran, Running, Signal, Snapshot, assert_records, processes_with, wait_until,
};
use fastrand::Rng;

use crate::primed::Primed;

/// What ends a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Signal(Signal),
    ReaderGone,
}

const ENDS: [End; 4] = [
    End::Signal(Signal::INT),
    End::Signal(Signal::TERM),
    End::Signal(Signal::HUP),
    End::ReaderGone,
];

/// Moments at which each of them happens.
const MOMENTS: usize = 10;
/// Where the moments are drawn from.
const SEED: u64 = 7;

impl End {
    fn happen(self, running: &mut Running) {
        match self {
            Self::Signal(signal) => running.signal(signal),
            Self::ReaderGone => running.close_stdout(),
        }
    }

    /// What such a batch must leave.
    fn check(self, ran: &Ran, moment: Duration) {
        let what = format!("{self:?} after {moment:?}: {ran:?}");
        match self {
            // Before dp-build listens to signals, it has made nothing.
            Self::Signal(signal) if ran.signal.is_some() => {
                assert_eq!(
                    (ran.signal, ran.stdout.as_str()),
                    (Some(signal.as_raw()), ""),
                    "{what}"
                );
            }
            Self::Signal(_) => assert_eq!(ran.code, Some(130), "{what}"),
            Self::ReaderGone => {
                assert_eq!(ran.code, Some(4), "{what}");
                assert!(ran.stderr.ends_with("stopped before the last build\n"), "{what}");
            }
        }
        assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{what}");
        let _ = assert_records(&ran.stdout);
    }
}

/// Until the endless step is being built: the time from which moments are
/// drawn.
fn reach_the_end(primed: &[Primed; 4]) -> Duration {
    let begin = Instant::now();
    let running: Vec<_> = primed.iter().map(|one| one.endless().start()).collect();
    for one in primed {
        let word = one.endless_word();
        wait_until("the endless build runs", || !processes_with(&word).is_empty());
    }
    let reached = begin.elapsed();
    for (mut running, end) in running.into_iter().zip(ENDS) {
        end.happen(&mut running);
        end.check(&running.wait(), reached);
    }
    reached
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn whatever_ends_a_batch_at_whatever_moment_leaves_the_engine_as_it_was() {
    let docker = Docker::new();
    let primed = ["int", "term", "hup", "gone"].map(Primed::new);
    let before = Snapshot::take(&docker);
    let reached = reach_the_end(&primed);
    before.assert_unchanged(&docker, "the first end of each kind");
    let mut random = Rng::with_seed(SEED);
    for _ in 0..MOMENTS {
        let moments = ENDS.map(|_| reached.mul_f64(1.2 * random.f64()));
        std::thread::scope(|scope| {
            for ((primed, end), moment) in primed.iter().zip(ENDS).zip(moments) {
                scope.spawn(move || {
                    let mut running = primed.endless().start();
                    // It is the moment that is random, not what is waited for.
                    std::thread::sleep(moment);
                    end.happen(&mut running);
                    end.check(&running.wait(), moment);
                    let left = processes_with(&primed.project.name);
                    assert!(left.is_empty(), "{end:?} after {moment:?}: {left:?}");
                });
            }
        });
        before.assert_unchanged(&docker, &format!("{moments:?} of {ENDS:?}"));
    }
}
