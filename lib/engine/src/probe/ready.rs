//! Starting a container and waiting until it is ready.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::{Instant as Deadline, sleep_until};

use super::{Answered, Condition, Place, ProbeError, Tally, ask};
use crate::connect::Engine;
use crate::container::{Action, Event, Exited, Lines, Live, Moment, News};
use crate::error::EngineError;

/// Events, output and exit come by ways of their own: what was before the exit
/// may be heard a little after it.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// What a container is started for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// When it is ready.
    pub condition: &'a Condition,
    /// How long to wait for that.
    pub timeout: Option<Duration>,
    /// Whether the engine is on this machine.
    pub local: bool,
    /// From one health check to the next.
    pub health_interval: Option<Duration>,
}

/// What was seen of a start.
#[derive(Debug)]
pub struct Seen {
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
    /// The engine's word that all is cleaned up after its end.
    pub exited: Option<Exited>,
    /// Whether a process was killed for lack of memory.
    pub oom: bool,
    /// Whether somebody removed it.
    pub destroyed: bool,
    /// How often was asked.
    pub probes: u64,
    lines: Lines,
}

/// The condition was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// When we knew; for [`Condition::Exit`] the engine's stamp is better.
    pub heard: Instant,
    /// How we knew.
    pub how: How,
}

/// How readiness was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// By what the container did, told by this (`start event`).
    Told(&'static str),
    /// By the container's own check, which runs only so often.
    Checked(Option<Duration>),
    /// By asking.
    Asked(Answered),
}

/// Why a container did not get ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReady {
    /// The engine did not start it.
    Refused(EngineError),
    /// It ended before, with this code.
    Exited(i64),
    /// It ended with this code and not with 0, which was waited for.
    Failed(i64),
    /// Its own check says so.
    Unhealthy,
    /// The time is over.
    Timeout,
    /// Nothing can be asked.
    Probe(ProbeError),
    /// The engine tells nothing any more.
    Lost,
    /// The user stopped it.
    Stopped,
}

/// Starts a container and waits until it is ready, or `stop` ends.
pub async fn start(
    live: &mut Live,
    wanted: Wanted<'_>,
    stop: impl Future<Output = ()>,
) -> (Seen, Result<Ready, NotReady>) {
    let (engine, name) = (live.engine().clone(), live.name().to_owned());
    let tally = Rc::new(Tally::default());
    let mut seen = Seen::begin();
    let mut stop = pin!(stop);
    let mut starting = pin!(engine.start_container(&name));
    let mut asking: Option<Asking<'_>> = None;
    let deadline = wanted.timeout.map(|timeout| Deadline::now() + timeout);
    let mut stragglers = None;
    let end = loop {
        if let Some(end) = seen.verdict(wanted, live.is_silent(), stragglers) {
            break end;
        }
        if asking.is_none() && seen.started.is_some() && wanted.condition.is_asked() {
            asking = Some(Box::pin(asked(&engine, &name, wanted, Rc::clone(&tally))));
        }
        tokio::select! {
            news = live.next() => match seen.take(news, wanted.condition) {
                Some(end) => break end,
                None if seen.exited.is_some() && stragglers.is_none() => {
                    stragglers = Some(Deadline::now() + STRAGGLERS);
                }
                None => {}
            },
            reply = &mut starting, if seen.replied.is_none() => match reply {
                Ok(()) => seen.replied = Some(Instant::now()),
                Err(error) => break Err(NotReady::Refused(error)),
            },
            answered = of(&mut asking) => break match answered {
                Ok(answered) => Ok(Ready { heard: answered.heard, how: How::Asked(answered) }),
                Err(error) => Err(seen.probe_failed(error)),
            },
            () = at(deadline) => break Err(NotReady::Timeout),
            () = at(stragglers) => stragglers = Some(Deadline::now()),
            () = &mut stop => break Err(NotReady::Stopped),
        }
    };
    seen.probes = tally.probes();
    (seen, end)
}

type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answered, ProbeError>> + 'a>>;

/// Asks a container that runs.
async fn asked(
    engine: &Engine,
    name: &str,
    wanted: Wanted<'_>,
    tally: Rc<Tally>,
) -> Result<Answered, ProbeError> {
    let facts = engine.container(name).await?;
    let place = Place { engine, name, facts: &facts, local: wanted.local };
    ask(wanted.condition, &place, &tally).await
}

async fn of(asking: &mut Option<Asking<'_>>) -> Result<Answered, ProbeError> {
    match asking {
        Some(asking) => asking.await,
        None => pending().await,
    }
}

async fn at(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

impl Seen {
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
            lines: Lines::default(),
        }
    }

    /// The last lines of output.
    pub fn tail(&self) -> Vec<String> {
        self.lines.tail()
    }

    /// Takes news after the container was ready.
    pub fn note(&mut self, news: News) {
        self.take(news, &Condition::Running);
    }

    /// Takes news. Answers the end if that is one.
    fn take(&mut self, news: News, condition: &Condition) -> Option<Result<Ready, NotReady>> {
        match news {
            News::Event(event) => return self.take_event(event, condition),
            News::Written(written) => {
                self.first_byte.get_or_insert(written.heard);
                let mut fits = matches!(condition, Condition::Output);
                self.lines.add(&written, |line| {
                    fits |= matches!(condition, Condition::Log(pattern) if pattern.fits(line));
                });
                let told = How::Told("output, by attach");
                return fits.then_some(Ok(Ready { heard: written.heard, how: told }));
            }
            News::Silent => {}
            News::Exited(exited) => self.exited = Some(exited),
            News::Lost => return Some(Err(NotReady::Lost)),
        }
        None
    }

    fn take_event(
        &mut self,
        event: Event,
        condition: &Condition,
    ) -> Option<Result<Ready, NotReady>> {
        let Event { action, heard, stamp } = event;
        match action {
            Action::Start => {
                self.started.get_or_insert((heard, stamp));
                let ready = Ready { heard, how: How::Told("start event") };
                return matches!(condition, Condition::Running).then_some(Ok(ready));
            }
            Action::Health(word) if word == "healthy" => {
                self.healthy.get_or_insert((heard, stamp));
            }
            Action::Health(word) if word == "unhealthy" => {
                let waited = matches!(condition, Condition::Health);
                return waited.then_some(Err(NotReady::Unhealthy));
            }
            Action::Die(code) => {
                self.died.get_or_insert((heard, stamp, code));
            }
            Action::Oom => self.oom = true,
            Action::Destroy => self.destroyed = true,
            Action::Create | Action::Health(_) | Action::Other(_) => {}
        }
        None
    }

    /// The end that follows from what was seen.
    fn verdict(
        &self,
        wanted: Wanted<'_>,
        silent: bool,
        stragglers: Option<Deadline>,
    ) -> Option<Result<Ready, NotReady>> {
        if let (Condition::Health, Some((heard, _))) = (wanted.condition, self.healthy) {
            return Some(Ok(Ready { heard, how: How::Checked(wanted.health_interval) }));
        }
        let Exited { heard, code } = self.exited?;
        match wanted.condition {
            Condition::Exit if code == 0 => Some(Ok(Ready { heard, how: How::Told("wait reply") })),
            Condition::Exit => Some(Err(NotReady::Failed(code))),
            _ => {
                let late = stragglers.is_some_and(|deadline| Deadline::now() >= deadline);
                let all_heard = silent && self.started.is_some();
                (late || all_heard).then_some(Err(NotReady::Exited(code)))
            }
        }
    }

    /// What is asked of a container that is ending fails in many ways.
    fn probe_failed(&self, error: ProbeError) -> NotReady {
        match (&self.died, &error) {
            (Some((_, _, code)), ProbeError::Engine(_) | ProbeError::NoAddress { .. }) => {
                NotReady::Exited(code.unwrap_or(-1))
            }
            _ => NotReady::Probe(error),
        }
    }
}
