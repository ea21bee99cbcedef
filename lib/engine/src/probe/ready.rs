//! Starting a container and waiting until it is ready.
//!
//! [`start`] listens to everything at once: the container's feed (events, output,
//! exit), the answer of the start call, the probe, the timeout and the user's stop.
//! What it sees goes into a [`Timeline`]; the first thing that decides ends it.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::{Instant as Deadline, sleep_until};

use super::log::Matches;
use super::{Condition, ProbeAnswer, ProbeError, ProbeTally, ProbedContainer, probe_until_ready};
use crate::connect::Engine;
use crate::container::{Action, ContainerFeed, Event, Exited, Lines, Moment, Update};
use crate::error::EngineError;

/// Events, output and exit arrive by ways of their own: what was before the exit
/// may arrive a little after it.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// What a container is started for.
#[derive(Debug, Clone, Copy)]
pub struct Goal<'a> {
    /// When it is ready.
    pub condition: &'a Condition,
    /// Longest time until then; none waits for ever.
    pub timeout: Option<Duration>,
}

/// How to wait for a goal with this engine and container.
#[derive(Debug, Clone, Copy)]
pub struct Wait<'a> {
    /// What is waited for.
    pub goal: Goal<'a>,
    /// Whether the engine is on this machine.
    pub local: bool,
    /// From one health check to the next, where health is waited for.
    pub health_interval: Option<Duration>,
}

/// What was seen of a container from its start call on. Every [`Instant`] is when
/// we received it, by our monotonic clock; every [`Timestamp`] is the engine's
/// stamp.
#[derive(Debug)]
pub struct Timeline {
    /// The start call.
    pub start: Moment,
    /// Its answer.
    pub replied: Option<Instant>,
    /// The start event.
    pub started: Option<(Instant, Option<Timestamp>)>,
    /// The first byte of output.
    pub first_byte: Option<Instant>,
    /// The first event that said healthy.
    pub healthy: Option<(Instant, Option<Timestamp>)>,
    /// The event of its end, with the exit code.
    pub died: Option<(Instant, Option<Timestamp>, Option<i64>)>,
    /// The engine's answer that it has exited, and that all is cleaned up.
    pub exited: Option<Exited>,
    /// Whether a process was killed for lack of memory.
    pub oom: bool,
    /// Whether it was removed, not by us.
    pub destroyed: bool,
    /// How many probes were sent.
    pub probes: u64,
    /// What the last one that failed was answered, and by whom, for people.
    pub probe_failure: Option<String>,
    lines: Lines,
    matches: Matches,
}

/// The condition was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// When we knew, by our monotonic clock; for [`Condition::Exit`] the engine's
    /// stamp is better.
    pub received: Instant,
    /// How we knew.
    pub evidence: Evidence,
}

/// How readiness was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// By what the container did, as this source reported it (`start event`).
    Reported(&'static str),
    /// By the container's own health check, which runs once in this time.
    HealthCheck(Option<Duration>),
    /// By a probe.
    Probe(ProbeAnswer),
}

/// Why a container did not get ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// The engine did not start it.
    Refused(EngineError),
    /// It exited before, with this code.
    Exited(i64),
    /// It exited with this code and not with 0, which was waited for.
    Failed(i64),
    /// Its own health check says so.
    Unhealthy,
    /// The time is over.
    Timeout,
    /// It cannot be probed.
    Probe(ProbeError),
    /// The engine reports nothing any more.
    Lost,
    /// The user stopped it.
    Stopped,
}

/// Starts a container and waits until it is ready, or `stop` ends.
pub async fn start(
    feed: &mut ContainerFeed,
    wait: Wait<'_>,
    stop: impl Future<Output = ()>,
) -> (Timeline, Result<Ready, NotReady>) {
    let (engine, name) = (feed.engine().clone(), feed.name().to_owned());
    let condition = wait.goal.condition;
    let tally = Rc::new(ProbeTally::default());
    let mut timeline = Timeline::begin();
    let mut stop = pin!(stop);
    let mut starting = pin!(engine.start_container(&name));
    let mut probing: Option<Probing<'_>> = None;
    let deadline = wait.goal.timeout.map(|timeout| Deadline::now() + timeout);
    let mut stragglers = None;
    let end = loop {
        // What was seen may decide already.
        if let Some(end) = timeline.verdict(wait, feed.is_silent(), stragglers) {
            break end;
        }
        // A container is probed from its start event on.
        if probing.is_none() && timeline.started.is_some() && condition.is_probed() {
            probing = Some(Box::pin(probe(&engine, &name, wait, Rc::clone(&tally))));
        }
        tokio::select! {
            update = feed.next() => match timeline.take(update, condition) {
                Some(end) => break end,
                None if timeline.exited.is_some() && stragglers.is_none() => {
                    stragglers = Some(Deadline::now() + STRAGGLERS);
                }
                None => {}
            },
            reply = &mut starting, if timeline.replied.is_none() => match reply {
                Ok(()) => timeline.replied = Some(Instant::now()),
                Err(error) => break Err(NotReady::Refused(error)),
            },
            answer = answer_of(&mut probing) => break match answer {
                Ok(answer) => {
                    let received = answer.received;
                    Ok(Ready { received, evidence: Evidence::Probe(answer) })
                }
                Err(error) => Err(timeline.probe_failed(error)),
            },
            () = at(deadline) => break Err(NotReady::Timeout),
            () = at(stragglers) => stragglers = Some(Deadline::now()),
            () = &mut stop => break Err(NotReady::Stopped),
        }
    };
    timeline.probes = tally.sent();
    timeline.probe_failure = tally.last_failure();
    (timeline, end)
}

type Probing<'a> = Pin<Box<dyn Future<Output = Result<ProbeAnswer, ProbeError>> + 'a>>;

/// Probes a container that runs. Never ends if the condition is not a probe.
async fn probe(
    engine: &Engine,
    name: &str,
    wait: Wait<'_>,
    tally: Rc<ProbeTally>,
) -> Result<ProbeAnswer, ProbeError> {
    let facts = engine.container(name).await?;
    let container = ProbedContainer { engine, name, facts: &facts, local: wait.local };
    probe_until_ready(wait.goal.condition, &container, &tally).await
}

async fn answer_of(probing: &mut Option<Probing<'_>>) -> Result<ProbeAnswer, ProbeError> {
    match probing {
        Some(probing) => probing.await,
        None => pending().await,
    }
}

async fn at(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

impl Timeline {
    /// Nothing yet; the start call is now.
    pub fn begin() -> Self {
        Self {
            start: Moment::now(),
            replied: None,
            started: None,
            first_byte: None,
            healthy: None,
            died: None,
            exited: None,
            oom: false,
            destroyed: false,
            probes: 0,
            probe_failure: None,
            lines: Lines::default(),
            matches: Matches::default(),
        }
    }

    /// The last lines of output.
    pub fn tail(&self) -> Vec<String> {
        self.lines.tail()
    }

    /// How often what is waited for in the output was seen.
    pub fn matches(&self) -> u64 {
        self.matches.seen()
    }

    /// Takes an update that came after the container was ready.
    pub fn note(&mut self, update: Update) {
        self.take(update, &Condition::Running);
    }

    /// Takes an update. Returns the end of the wait if it decides.
    fn take(&mut self, update: Update, condition: &Condition) -> Option<Result<Ready, NotReady>> {
        match update {
            Update::Event(event) => return self.take_event(event, condition),
            Update::Written(written) => {
                let received = written.received;
                self.first_byte.get_or_insert(received);
                let Self { lines, matches, .. } = self;
                lines.add(&written, |line, ended| {
                    if let Condition::Log(pattern) = condition {
                        matches.look(pattern, written.stderr, line, ended);
                    }
                });
                let ready = match condition {
                    Condition::Output => true,
                    Condition::Log(pattern) => matches.seen() >= pattern.count(),
                    _ => false,
                };
                let evidence = Evidence::Reported("output, by attach");
                return ready.then_some(Ok(Ready { received, evidence }));
            }
            Update::OutputEnded => {}
            Update::Exited(exited) => self.exited = Some(exited),
            Update::Lost => return Some(Err(NotReady::Lost)),
        }
        None
    }

    fn take_event(
        &mut self,
        event: Event,
        condition: &Condition,
    ) -> Option<Result<Ready, NotReady>> {
        let Event { action, received, stamp } = event;
        match action {
            Action::Start => {
                self.started.get_or_insert((received, stamp));
                let ready = Ready { received, evidence: Evidence::Reported("start event") };
                return matches!(condition, Condition::Running).then_some(Ok(ready));
            }
            Action::Health(word) if word == "healthy" => {
                self.healthy.get_or_insert((received, stamp));
            }
            Action::Health(word) if word == "unhealthy" => {
                let waited = matches!(condition, Condition::Health);
                return waited.then_some(Err(NotReady::Unhealthy));
            }
            Action::Die(code) => {
                self.died.get_or_insert((received, stamp, code));
            }
            Action::Oom => self.oom = true,
            Action::Destroy => self.destroyed = true,
            Action::Create | Action::Health(_) | Action::Other(_) => {}
        }
        None
    }

    /// The end of the wait that follows from what was seen. An exit before the
    /// condition counts once everything before it has arrived: all output and the
    /// start event, or at the latest when the time for stragglers is over.
    fn verdict(
        &self,
        wait: Wait<'_>,
        silent: bool,
        stragglers: Option<Deadline>,
    ) -> Option<Result<Ready, NotReady>> {
        if let (Condition::Health, Some((received, _))) = (wait.goal.condition, self.healthy) {
            let evidence = Evidence::HealthCheck(wait.health_interval);
            return Some(Ok(Ready { received, evidence }));
        }
        let Exited { received, code } = self.exited?;
        match wait.goal.condition {
            Condition::Exit if code == 0 => {
                let evidence = Evidence::Reported("wait reply");
                Some(Ok(Ready { received, evidence }))
            }
            Condition::Exit => Some(Err(NotReady::Failed(code))),
            _ => {
                let late = stragglers.is_some_and(|deadline| Deadline::now() >= deadline);
                let all_arrived = silent && self.started.is_some();
                (late || all_arrived).then_some(Err(NotReady::Exited(code)))
            }
        }
    }

    /// A probe of a container that is exiting fails in many ways: the exit is what
    /// matters then.
    fn probe_failed(&self, error: ProbeError) -> NotReady {
        match (&self.died, &error) {
            (Some((_, _, code)), ProbeError::Engine(_) | ProbeError::NoAddress { .. }) => {
                NotReady::Exited(code.unwrap_or(-1))
            }
            _ => NotReady::Probe(error),
        }
    }
}
