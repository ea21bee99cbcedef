//! Probes at a constant rate (an open loop), and how long each answer took.
//!
//! What could be wrong in such times, and what is done about it:
//! - Coordinated omission: a client that sends its next probe only after an answer
//!   sends few while the server stalls, and so hardly sees the stall. Here probe k
//!   is due at begin + k / rate whatever became of those before, and its time
//!   counts from that moment, not from when it was sent. Example: at 20 a second,
//!   a server that stalls for 500 ms delays 10 probes, by 500, 450, 400... ms.
//! - A stall on our side (this thread does other work, the machine is busy) makes
//!   probes leave late and in a burst. They are not left out: their times include
//!   our own delay, and [`TimedProbe::late`] says how much that is.
//! - tokio's timer rounds up to whole milliseconds: [`Timer`] uses a thread's sleep.
//! - Probes without an answer have no time, so percentiles of the others look
//!   better than the server was: report [`OpenLoopResult::errors`] with them.
//! - What was due before the stop is sent and waited for, [`ANSWER_TIMEOUT`] at
//!   most: breaking off would leave out just the slowest.
//! - Every probe is a connection of its own, as that of a new client: its time
//!   includes the connect. Looking up a name (remote engines only) is included
//!   too, and so is the engine's work for a command in the container.
//! - Probing costs CPU time on the same machine, the server's and ours.

mod rate;
pub(super) mod target;
mod timer;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{Condition, ProbeError, ProbedContainer};
pub use rate::{BadRate, Rate};
pub use target::ProbeFailure;
use target::Target;
use timer::Timer;

/// How long an answer is waited for, from when the probe was sent.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// One probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedProbe {
    /// When it was due, from the begin.
    pub due: Duration,
    /// How long after that it was sent; zero if it never was.
    pub late: Duration,
    /// From when it was due to the right answer's first bytes (with a command:
    /// to its end), or why there is none.
    pub answer: Result<Duration, ProbeFailure>,
}

/// All probes of one open loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLoopResult {
    /// When the first one was due.
    pub begun: Instant,
    /// What was probed (`container address 172.17.0.2:80`).
    pub target: String,
    /// All that were due until the stop, in that order.
    pub probes: Vec<TimedProbe>,
}

impl OpenLoopResult {
    /// The times of the right answers.
    pub fn latencies(&self) -> impl Iterator<Item = Duration> {
        self.probes.iter().filter_map(|probe| probe.answer.ok())
    }

    /// How many were not answered as expected.
    pub fn errors(&self) -> usize {
        self.probes.len() - self.latencies().count()
    }

    /// The longest delay between a probe's due time and its sending.
    pub fn late_max(&self) -> Duration {
        self.probes.iter().map(|probe| probe.late).max().unwrap_or_default()
    }
}

/// Probes at a constant rate until the stop, which must come while the container
/// can still answer: see [`ANSWER_TIMEOUT`]. To break off, drop the future.
///
/// # Errors
/// The condition cannot be probed at a rate, or the container cannot be reached.
pub async fn probe_at_rate(
    condition: &Condition,
    container: &ProbedContainer<'_>,
    rate: Rate,
    stop: impl Future<Output = ()>,
) -> Result<OpenLoopResult, ProbeError> {
    let Condition::Probe(active) = condition else {
        return Err(ProbeError::NoRate { condition: condition.to_string() });
    };
    let target = active.probe.target(container)?;
    let limits = Limits { patience: ANSWER_TIMEOUT, open: target.most_open() };
    Ok(run(target.as_ref(), rate, limits, stop).await)
}

/// What keeps an open loop from growing without bounds.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// How long an answer is waited for.
    patience: Duration,
    /// Most probes without an answer at once: more are not sent.
    open: usize,
}

async fn run(
    target: &dyn Target,
    rate: Rate,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> OpenLoopResult {
    let begun = Instant::now();
    let timer = Timer::new((0..).map(move |k| begun + rate.due(k)));
    let mut dues = (0..).map(|k| rate.due(k)).peekable();
    let (mut open, mut probes) = (FuturesUnordered::new(), Vec::new());
    let (mut stop, mut stopped) = (pin!(stop), false);
    while !stopped {
        tokio::select! {
            () = timer.next() => {}
            Some(probe) = open.next() => probes.push(probe),
            () = &mut stop => stopped = true,
        }
        // All that has become due is sent, also what a stall of ours delayed, and
        // what became due at the moment of the stop.
        let passed = begun.elapsed();
        while let Some(due) = dues.next_if(|due| *due <= passed) {
            if open.len() < limits.open {
                open.push(send(target, begun, due, limits.patience));
            } else {
                let answer = Err(ProbeFailure::NotSent);
                probes.push(TimedProbe { due, late: Duration::ZERO, answer });
            }
        }
    }
    probes.extend(open.collect::<Vec<_>>().await);
    probes.sort_by_key(|probe| probe.due);
    OpenLoopResult { begun, target: target.to_string(), probes }
}

async fn send(
    target: &dyn Target,
    begun: Instant,
    due: Duration,
    patience: Duration,
) -> TimedProbe {
    let late = begun.elapsed().saturating_sub(due);
    let received = target.ask(patience).await;
    TimedProbe { due, late, answer: received.map(|received| received - (begun + due)) }
}

#[cfg(test)]
mod tests;
