//! One container from its making to its removal.

use std::time::{Duration, Instant};

use dp_engine::EngineError;
use dp_engine::container::{ContainerFacts, Events, Live, Moment, News, Request};
use dp_engine::probe::{
    Condition, NotReady, ProbeError, Ready, Seen, Wanted, is_listening_here, start,
};
use tokio::time::{Instant as Deadline, sleep_until, timeout};

use crate::{Session, Stop};

/// How long the engine may need to tell of an end that it has brought about.
const LAST_NEWS: Duration = Duration::from_secs(30);

/// What a container is started for.
#[derive(Debug, Clone, Copy)]
pub struct Goal<'a> {
    /// When it is ready.
    pub condition: &'a Condition,
    /// Longest time until then.
    pub timeout: Option<Duration>,
}

/// A container that was made and is not started yet.
pub struct Made<'a> {
    session: &'a Session,
    goal: Goal<'a>,
    live: Live,
    health_interval: Option<Duration>,
    has_health: bool,
}

/// A container that was started.
pub struct Started<'a> {
    session: &'a Session,
    live: Live,
    created_in: Duration,
    /// What was seen.
    pub seen: Seen,
    /// Whether it was ready.
    pub ready: Result<Ready, NotReady>,
    held: Option<Held>,
}

/// A whole life.
#[derive(Debug)]
pub struct Life {
    /// Name of the container.
    pub name: String,
    /// From the create call to its answer.
    pub created_in: Duration,
    /// What was seen.
    pub seen: Seen,
    /// Whether it was ready.
    pub ready: Result<Ready, NotReady>,
    /// The watch after that.
    pub held: Option<Held>,
    /// Our stop call; none if it ended by itself or was killed with its removal.
    pub stopped: Option<Call>,
    /// What the engine knew of it at its end; none if it was not there any more.
    pub facts: Option<ContainerFacts>,
    /// The remove call.
    pub removed_in: Option<Duration>,
    /// A moment behind it all.
    pub end: Moment,
}

/// The watch after a container was ready.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// How long it was watched.
    pub passed: Duration,
    /// Whether it ended meanwhile.
    pub ended: bool,
}

/// A call and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When it was made.
    pub begun: Moment,
    /// How long the answer took.
    pub took: Duration,
}

impl<'a> Made<'a> {
    /// Makes a container that is listened to.
    pub async fn new(
        session: &'a Session,
        goal: Goal<'a>,
        events: &Events,
        name: &str,
        request: &Request,
    ) -> Result<Self, EngineError> {
        let live = Live::create(&session.engine, events, name, request).await?;
        let mut made = Self { session, goal, live, health_interval: None, has_health: true };
        if let Condition::Health = goal.condition {
            let health = session.engine.container(name).await?.health;
            made.has_health = health.is_some();
            // Engines before 25 accept a start interval and ignore it.
            let heeds = session.engine.version().api.minor >= 44;
            made.health_interval = health
                .map(|health| health.start_interval.filter(|_| heeds).unwrap_or(health.interval));
        }
        Ok(made)
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self, stop: &Stop, host_network: bool) -> Started<'a> {
        let Self { session, goal, mut live, health_interval, has_health } = self;
        let wanted = Wanted {
            condition: goal.condition,
            timeout: goal.timeout,
            local: session.facts.local,
            health_interval,
        };
        let created_in = live.created_in();
        let unfit =
            if has_health { taken(wanted, host_network) } else { Some(ProbeError::NoHealthCheck) };
        let (seen, ready) = match unfit {
            Some(error) => (Seen::begin(), Err(NotReady::Probe(error))),
            None => {
                start(&mut live, wanted, async {
                    let _ = stop.wait().await;
                })
                .await
            }
        };
        Started { session, live, created_in, seen, ready, held: None }
    }
}

/// Whether the port that is to be asked is somebody else's already.
fn taken(wanted: Wanted<'_>, host_network: bool) -> Option<ProbeError> {
    let port = wanted.condition.port().filter(|_| host_network && wanted.local)?;
    is_listening_here(port).is_ok_and(|taken| taken).then_some(ProbeError::PortInUse { port })
}

impl Started<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        self.live.name()
    }

    /// Watches it for a while, if it was ready.
    pub async fn hold(&mut self, hold: Duration, stop: &Stop) {
        if self.ready.is_err() {
            return;
        }
        let (begun, deadline) = (Instant::now(), Deadline::now() + hold);
        while self.seen.exited.is_none() {
            tokio::select! {
                news = self.live.next() => self.note(news),
                () = sleep_until(deadline) => break,
                _ = stop.wait() => break,
            }
            if self.ready.is_err() {
                return;
            }
        }
        let ended = self.seen.exited.is_some();
        let passed = self.seen.exited.map_or(begun.elapsed(), |exited| exited.heard - begun);
        self.held = Some(Held { passed, ended });
    }

    fn note(&mut self, news: News) {
        if news == News::Lost {
            self.ready = Err(NotReady::Lost);
        }
        self.seen.note(news);
    }

    /// Hears the next news of it. May be dropped and called again.
    pub async fn hear(&mut self) {
        let news = self.live.next().await;
        self.note(news);
    }

    /// Stops it if it still runs (a failed one is killed with its removal), and
    /// removes it. A container that cannot be removed is told as the error.
    pub async fn end(mut self, stop: &Stop) -> Result<Life, EngineError> {
        let name = self.live.name().to_owned();
        let engine = &self.session.engine;
        let stopped = if self.ready.is_ok() && self.seen.exited.is_none() {
            Some(self.stop(stop).await?)
        } else {
            None
        };
        let facts = match engine.container(&name).await {
            Ok(facts) => Some(facts),
            Err(EngineError::Refused { status: 404, .. }) => None,
            Err(error) => return Err(error),
        };
        let begun = Instant::now();
        let there = engine.remove_container(&name).await?;
        let removed_in = there.then(|| begun.elapsed());
        Ok(Life {
            name,
            created_in: self.created_in,
            seen: self.seen,
            ready: self.ready,
            held: self.held,
            stopped,
            facts,
            removed_in,
            end: Moment::now(),
        })
    }

    /// The stop call, and the news until the end that it brings about. A user
    /// who does not want to wait has it removed at once.
    async fn stop(&mut self, stop: &Stop) -> Result<Call, EngineError> {
        let (engine, name) = (self.live.engine().clone(), self.live.name().to_owned());
        let begun = Moment::now();
        let mut took = None;
        let mut calling = std::pin::pin!(engine.stop_container(&name));
        while took.is_none() || self.seen.exited.is_none() {
            if took.is_some() {
                match timeout(LAST_NEWS, self.live.next()).await {
                    Ok(news) => self.note(news),
                    Err(_) => break,
                }
            } else {
                tokio::select! {
                    news = self.live.next(), if self.ready.is_ok() => self.note(news),
                    called = &mut calling => {
                        match called {
                            Ok(()) | Err(EngineError::Refused { status: 404, .. }) => {}
                            Err(error) => return Err(error),
                        }
                        took = Some(begun.monotonic.elapsed());
                    }
                    _ = stop.wait() => break,
                }
            }
            if self.ready.is_err() {
                break;
            }
        }
        Ok(Call { begun, took: took.unwrap_or_else(|| begun.monotonic.elapsed()) })
    }
}

impl Life {
    /// By how much the realtime clock was set meanwhile, if it was: more than a
    /// clock that is being slewed moves (at most 500 ppm).
    pub fn clock_step_seconds(&self) -> Option<f64> {
        let step = self.seen.start.step_until(&self.end).as_secs_f64();
        let passed = self.seen.start.to(self.end.monotonic);
        (step.abs() > 0.001 + passed / 1000.0).then_some(step)
    }

    /// Seconds from the start call to the container's own end, by the engine's
    /// stamp; only where its clock is ours and was not set meanwhile.
    pub fn finished(&self, local: bool) -> Option<f64> {
        let finished = self.facts.as_ref()?.finished?;
        let usable = local && self.clock_step_seconds().is_none();
        usable.then(|| self.seen.start.to_stamp(finished)).filter(|seconds| *seconds >= 0.0)
    }

    /// Whether it ended before we stopped it.
    pub fn ended_by_itself(&self, local: bool) -> bool {
        match &self.stopped {
            None => self.seen.exited.is_some(),
            Some(call) => {
                let called = self.seen.start.to(call.begun.monotonic);
                self.finished(local).is_some_and(|finished| finished < called)
            }
        }
    }

    /// Whether a process of it was killed for lack of memory.
    pub fn oom_killed(&self) -> bool {
        self.seen.oom || self.facts.as_ref().is_some_and(|facts| facts.oom_killed)
    }

    /// Exit code, once it has ended.
    pub fn exit_code(&self) -> Option<i64> {
        let known = self.facts.as_ref().filter(|facts| !facts.running);
        let known = known.and_then(|facts| facts.exit_code);
        self.seen.exited.map(|exited| exited.code).or(known)
    }
}
