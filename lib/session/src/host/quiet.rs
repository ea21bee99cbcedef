//! Waiting for a quiet machine before the first run (`--quiet-wait`).

use std::time::Duration;

use dp_record::Host;
use dp_record::detail::env::QuietWait;
use dp_tool::{Progress, Stop};
use tokio::time::{Instant, sleep};

use super::stat::{CpuTicks, read_cpu_ticks};

/// How long one look at the machine takes: a hundred ticks of each CPU.
const LOOK: Duration = Duration::from_secs(1);
/// Looks in a row in which it must be so: many a load pauses for a moment.
const LOOKS: u32 = 2;

/// Waits until others leave this machine alone, but no longer than that, and says so.
/// None where the machine cannot be seen.
pub(crate) async fn wait_for_quiet(
    longest: Duration,
    stop: &Stop,
    progress: &Progress,
) -> Option<QuietWait> {
    progress.doing(&format!("waiting for a quiet machine, {} s at most", longest.as_secs_f64()));
    let waited = wait(longest, LOOK, stop, read_cpu_ticks).await?;
    if !waited.quiet && !stop.is_set() {
        let share = 100.0 * waited.other_cpu_ratio.unwrap_or_default();
        progress.note(&format!(
            "the machine is still busy after {:.0} s, others take {share:.0} % of its CPUs: \
             measured all the same",
            waited.waited_seconds
        ));
    }
    Some(waited)
}

/// The same with looks of this length, by readings of the CPU time of the machine. While it
/// waits, dp takes next to none of it.
async fn wait(
    longest: Duration,
    look: Duration,
    stop: &Stop,
    mut read: impl FnMut() -> Option<CpuTicks>,
) -> Option<QuietWait> {
    let begun = Instant::now();
    let mut waited = QuietWait { longest_seconds: longest.as_secs_f64(), ..QuietWait::default() };
    let mut quiet = 0;
    let mut before = read()?;
    while quiet < LOOKS && begun.elapsed() + look <= longest {
        tokio::select! {
            () = sleep(look) => {}
            _ = stop.wait() => break,
        }
        let now = read()?;
        let spent = now.since(before);
        before = now;
        let share = (spent.busy + spent.steal) as f64 / spent.total.max(1) as f64;
        waited.other_cpu_ratio = Some(share);
        quiet = if share <= Host::BUSY_SHARE { quiet + 1 } else { 0 };
    }
    waited.quiet = quiet >= LOOKS;
    waited.waited_seconds = begun.elapsed().as_secs_f64();
    Some(waited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_tool::StopReason;

    const NONE: Duration = Duration::ZERO;

    /// What comes of looks of no length in which others took these shares, in percent.
    fn waited(longest: Duration, shares: &[u64], stop: &Stop) -> Option<QuietWait> {
        let mut at = CpuTicks::default();
        let mut shares = shares.iter();
        let mut first = true;
        let read = || {
            if !std::mem::take(&mut first) {
                let share = shares.next()?;
                at.total += 100;
                // A part of it is what the hypervisor takes.
                at.steal += share / 2;
                at.busy += share - share / 2;
            }
            Some(at)
        };
        crate::block_on(async { Ok(wait(longest, NONE, stop, read).await) }).unwrap()
    }

    #[test]
    fn two_quiet_looks_in_a_row_are_quiet() {
        let stop = Stop::default();
        let minute = Duration::from_mins(1);
        let waited = waited(minute, &[90, 5, 40, 10, 9, 90], &stop).unwrap();
        assert!(waited.quiet, "{waited:?}");
        assert_eq!(waited.other_cpu_ratio, Some(0.09));
        assert!((waited.longest_seconds - 60.0).abs() < 1e-9);
    }

    #[test]
    fn it_ends_at_its_bound_and_says_that_the_machine_was_busy() {
        let (bound, busy) = (Duration::from_millis(30), vec![50; 100_000]);
        let waited = waited(bound, &busy, &Stop::default()).unwrap();
        assert!(!waited.quiet && waited.waited_seconds <= 1.0, "{waited:?}");
        assert_eq!(waited.other_cpu_ratio, Some(0.5));
    }

    #[test]
    fn a_stop_ends_it() {
        let stop = Stop::default();
        stop.set(StopReason::Signal(15));
        let waited = waited(Duration::from_hours(1), &vec![50; 100_000], &stop);
        assert!(!waited.unwrap().quiet);
    }

    #[test]
    fn a_machine_that_cannot_be_read_is_not_waited_for() {
        assert!(waited(Duration::from_hours(1), &[], &Stop::default()).is_none());
    }
}
