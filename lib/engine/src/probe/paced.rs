//! Questions at a fixed rate, and how long each answer took.
//!
//! What could be wrong in such times, and what is done about it:
//! - Coordinated omission: who asks again only after an answer asks seldom
//!   while the server stalls, and so hardly sees it. Here question k is due at
//!   begin + k / rate whatever became of those before, and its time counts from
//!   that moment, not from when it left.
//! - A stall on our side (this thread does other work, the machine is busy)
//!   makes questions leave late and in a burst. They are not left out: their
//!   times hold our own delay, and [`Probe::late`] tells how much that is.
//! - tokio's timer rounds up to whole milliseconds: a thread's sleep is used.
//! - Questions that are not answered have no time, so percentiles of the others
//!   look better than the server was: [`Paced::errors`] belongs beside them.
//! - What was due before the stop is sent and waited for, [`PATIENCE`] at most:
//!   to break off then would leave out just the slowest.
//! - Every question is a connection of its own, as that of a new client: its
//!   time holds the connect. Looking up a name (remote engines only) is in it
//!   too, and so are the engine's own doings with [`Condition::Exec`].
//! - Asking costs CPU time on the same machine, theirs and ours.

mod miss;
mod pulse;
mod question;
mod rate;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{Condition, Place, ProbeError};
pub use miss::Miss;
use pulse::Pulse;
use question::Question;
pub use rate::{BadRate, Rate};

/// How long an answer is waited for, from when the question left.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// When it was due, from the begin.
    pub due: Duration,
    /// How long after that it left; zero if it never did.
    pub late: Duration,
    /// From when it was due to the right answer's first bytes (with a command:
    /// to its end), or why there is none.
    pub answer: Result<Duration, Miss>,
}

/// All questions of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paced {
    /// When the first one was due.
    pub begun: Instant,
    /// What was asked (`container address 172.17.0.2:80`).
    pub by: String,
    /// All that were due until the stop, in that order.
    pub probes: Vec<Probe>,
}

impl Paced {
    /// The times of the right answers.
    pub fn latencies(&self) -> impl Iterator<Item = Duration> {
        self.probes.iter().filter_map(|probe| probe.answer.ok())
    }

    /// How many were not answered as wanted.
    pub fn errors(&self) -> usize {
        self.probes.len() - self.latencies().count()
    }

    /// The longest that one left after it was due.
    pub fn late_max(&self) -> Duration {
        self.probes.iter().map(|probe| probe.late).max().unwrap_or_default()
    }
}

/// Asks at a fixed rate until the stop, which must come while the container can
/// still answer: see [`PATIENCE`]. To break off, drop the future.
///
/// # Errors
/// It cannot be asked so.
pub async fn paced(
    condition: &Condition,
    place: &Place<'_>,
    rate: Rate,
    stop: impl Future<Output = ()>,
) -> Result<Paced, ProbeError> {
    let question = Question::new(condition, place)?;
    let limits = Limits { patience: PATIENCE, open: question.most_open() };
    Ok(asked(&question, rate, limits, stop).await)
}

/// What keeps asking from growing without bounds.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// How long an answer is waited for.
    patience: Duration,
    /// Most questions without an answer at once: more are not sent.
    open: usize,
}

async fn asked(
    question: &Question<'_>,
    rate: Rate,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Paced {
    let begun = Instant::now();
    let pulse = Pulse::new((0..).map(move |k| begun + rate.due(k)));
    let mut dues = (0..).map(|k| rate.due(k)).peekable();
    let (mut open, mut probes) = (FuturesUnordered::new(), Vec::new());
    let (mut stop, mut stopped) = (pin!(stop), false);
    while !stopped {
        tokio::select! {
            () = pulse.next() => {}
            Some(probe) = open.next() => probes.push(probe),
            () = &mut stop => stopped = true,
        }
        let passed = begun.elapsed();
        while let Some(due) = dues.next_if(|due| *due <= passed) {
            if open.len() < limits.open {
                open.push(one(question, begun, due, limits.patience));
            } else {
                probes.push(Probe { due, late: Duration::ZERO, answer: Err(Miss::NotSent) });
            }
        }
    }
    probes.extend(open.collect::<Vec<_>>().await);
    probes.sort_by_key(|probe| probe.due);
    Paced { begun, by: question.to_string(), probes }
}

async fn one(question: &Question<'_>, begun: Instant, due: Duration, patience: Duration) -> Probe {
    let late = begun.elapsed().saturating_sub(due);
    let heard = question.ask(patience).await;
    Probe { due, late, answer: heard.map(|heard| heard - (begun + due)) }
}

#[cfg(test)]
mod tests;
