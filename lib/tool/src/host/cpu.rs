//! CPU time of single processes.

use std::fs;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use super::stat::own_ticks;

/// CPU time that this process has spent, all its threads, no children.
pub fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// CPU time that a process of this machine has spent, all its threads, no
/// children, in ticks of (mostly) 10 ms; none if it cannot be read.
pub fn process_cpu(process: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let seconds = own_ticks(&text)? as f64 / clock_ticks_per_second() as f64;
    Some(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree_on_our_own_process() {
        let begin = own_cpu();
        while own_cpu() < begin + Duration::from_millis(30) {
            std::hint::black_box(0);
        }
        let (ours, told) = (own_cpu(), process_cpu(std::process::id()).unwrap());
        assert!(told <= ours + Duration::from_millis(20), "{told:?} of {ours:?}");
        assert!(told >= begin, "{told:?} of {ours:?}");
    }
}
