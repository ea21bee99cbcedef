//! Kills for want of memory that an engine does not report: a container that exits
//! at once may be gone before the engine has looked (seen with 20.10).

use std::fs;

use dp_record::detail::stats::Bound;
use dp_session::container::RemovedContainer;

use crate::observation::Observation;

/// 128 and SIGKILL.
const KILLED: i64 = 137;

/// Kills on all of this machine since it was booted (`oom_kill` of
/// `/proc/vmstat`, proc(5)).
#[derive(Debug, Clone, Copy)]
pub(crate) struct OomKills(Option<u64>);

impl OomKills {
    /// Up to now; unknown of another machine.
    pub(crate) fn now(local: bool) -> Self {
        let text = local.then(|| fs::read_to_string("/proc/vmstat").ok()).flatten();
        Self(text.as_deref().and_then(count))
    }

    /// Whether a process of this container was killed since then: the engine
    /// says so, or it was killed by a signal that was not ours, at its limit, while the kernel
    /// killed something.
    pub(crate) fn killed_since(
        self,
        now: Self,
        life: &RemovedContainer,
        observation: &Observation,
    ) -> bool {
        let killed = self.0.zip(now.0).is_some_and(|(before, now)| now > before);
        let limit = observation.limits.memory_bytes.as_ref().and_then(Bound::at);
        let peak = observation.after.memory_peak_bytes;
        let at_limit = limit.zip(peak).is_some_and(|(limit, peak)| peak >= limit);
        let by_signal = life.stopped.is_none() && life.exit_code() == Some(KILLED);
        life.oom_killed() || (killed && at_limit && by_signal)
    }
}

fn count(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_read() {
        assert_eq!(count("oom_kill_x 7\noom_kill 3\nnr_free 9\n"), Some(3));
        assert_eq!(count("nr_free 9\n"), None);
    }
}
