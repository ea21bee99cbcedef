//! Single processes of this machine: which one is the engine, and the CPU time of
//! one.

use std::fs;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use dp_engine::endpoint::Transport;
use rustix::net::sockopt::socket_peercred;
use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use super::stat::own_ticks;

/// The process that listens on the engine's socket (`SO_PEERCRED`, unix(7)),
/// if it is the engine itself: with socket activation it is init, whose CPU
/// time says nothing.
pub fn engine_process(transport: &Transport) -> Option<u32> {
    let Transport::Unix(path) = transport else { return None };
    let peer = socket_peercred(UnixStream::connect(path).ok()?).ok()?;
    let id = u32::try_from(peer.pid.as_raw_nonzero().get()).ok()?;
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    (name.trim() == "dockerd").then_some(id)
}

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
        let (ours, ticks) = (own_cpu(), process_cpu(std::process::id()).unwrap());
        assert!(ticks <= ours + Duration::from_millis(20), "{ticks:?} of {ours:?}");
        assert!(ticks >= begin, "{ticks:?} of {ours:?}");
    }
}
