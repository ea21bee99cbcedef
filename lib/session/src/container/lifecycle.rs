//! One container from its creation to its removal: three states, three types.

use std::time::{Duration, Instant};

use dp_engine::EngineError;
use dp_engine::container::{ContainerFacts, ContainerFeed, Events, Moment, Request, Update};
use dp_engine::probe::{
    Condition, Goal, NotReady, ProbeError, Ready, Timeline, Wait, is_listening_here, start,
};
use tokio::time::{Instant as Deadline, sleep_until, timeout};

use crate::Session;
use dp_tool::Stop;

/// How long the engine may need to report an exit that it has brought about.
const LAST_UPDATE: Duration = Duration::from_secs(30);

/// A container that was created and is not started yet.
pub struct CreatedContainer<'a> {
    session: &'a Session,
    goal: Goal<'a>,
    feed: ContainerFeed,
    health_interval: Option<Duration>,
    has_health: bool,
}

/// A container that was started, ready or not.
pub struct StartedContainer<'a> {
    session: &'a Session,
    feed: ContainerFeed,
    created_in: Duration,
    /// What was seen of it.
    pub timeline: Timeline,
    /// Whether it got ready, and if not why.
    pub ready: Result<Ready, NotReady>,
    hold: Option<Hold>,
}

/// A container that was removed, with all that is known of its life.
#[derive(Debug)]
pub struct RemovedContainer {
    /// Name of the container.
    pub name: String,
    /// From the create call to its answer.
    pub created_in: Duration,
    /// What was seen of it.
    pub timeline: Timeline,
    /// Whether it got ready, and if not why.
    pub ready: Result<Ready, NotReady>,
    /// The time for which it was held after that.
    pub hold: Option<Hold>,
    /// Our stop call; none if it exited by itself or was killed with its removal.
    pub stopped: Option<StopCall>,
    /// What the engine knew of it just before its removal; none if it was not there any more.
    pub facts: Option<ContainerFacts>,
    /// How long the remove call took; none if it was not there any more.
    pub removed_in: Option<Duration>,
    /// A moment after all of it.
    pub end: Moment,
}

/// The time for which a container was held after it was ready.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    /// How long.
    pub passed: Duration,
    /// Whether it exited within that time.
    pub ended: bool,
}

/// A stop call and its answer.
#[derive(Debug, Clone, Copy)]
pub struct StopCall {
    /// When it was made.
    pub begun: Moment,
    /// How long the answer took.
    pub took: Duration,
}

impl<'a> CreatedContainer<'a> {
    /// Creates a container, and listens to all that will be reported of it.
    ///
    /// # Errors
    /// The engine refuses or is lost. The container may have been created then: it
    /// has the label of its batch.
    pub async fn create(
        session: &'a Session,
        goal: Goal<'a>,
        events: &Events,
        name: &str,
        request: &Request,
    ) -> Result<Self, EngineError> {
        let feed = ContainerFeed::create(&session.engine, events, name, request).await?;
        let mut created = Self { session, goal, feed, health_interval: None, has_health: true };
        if let Condition::Health = goal.condition {
            let health = session.engine.container(name).await?.health;
            created.has_health = health.is_some();
            // Engines before 25 accept a start interval and ignore it.
            let heeds = session.engine.version().api.minor >= 44;
            created.health_interval = health
                .map(|health| health.start_interval.filter(|_| heeds).unwrap_or(health.interval));
        }
        Ok(created)
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self, stop: &Stop, host_network: bool) -> StartedContainer<'a> {
        let Self { session, goal, mut feed, health_interval, has_health } = self;
        let wait = Wait { goal, local: session.facts.local, health_interval };
        let created_in = feed.created_in();
        let unfit =
            if has_health { taken(wait, host_network) } else { Some(ProbeError::NoHealthCheck) };
        let (timeline, ready) = match unfit {
            Some(error) => (Timeline::begin(), Err(NotReady::Probe(error))),
            None => {
                start(&mut feed, wait, async {
                    let _ = stop.wait().await;
                })
                .await
            }
        };
        StartedContainer { session, feed, created_in, timeline, ready, hold: None }
    }
}

/// An error if another process listens already on the port that is to be probed.
fn taken(wait: Wait<'_>, host_network: bool) -> Option<ProbeError> {
    let port = wait.goal.condition.port().filter(|_| host_network && wait.local)?;
    is_listening_here(port).is_ok_and(|taken| taken).then_some(ProbeError::PortInUse { port })
}

impl StartedContainer<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        self.feed.name()
    }

    /// Lets it run for a while and follows it, if it was ready.
    pub async fn hold(&mut self, hold: Duration, stop: &Stop) {
        if self.ready.is_err() {
            return;
        }
        let (begun, deadline) = (Instant::now(), Deadline::now() + hold);
        while self.timeline.exited.is_none() {
            tokio::select! {
                update = self.feed.next() => self.note(update),
                () = sleep_until(deadline) => break,
                _ = stop.wait() => break,
            }
            if self.ready.is_err() {
                return;
            }
        }
        let ended = self.timeline.exited.is_some();
        let passed = self.timeline.exited.map_or(begun.elapsed(), |exited| exited.received - begun);
        self.hold = Some(Hold { passed, ended });
    }

    fn note(&mut self, update: Update) {
        if update == Update::Lost {
            self.ready = Err(NotReady::Lost);
        }
        self.timeline.note(update);
    }

    /// Takes the next update of it. May be dropped and called again.
    pub async fn follow(&mut self) {
        let update = self.feed.next().await;
        self.note(update);
    }

    /// Stops it if it still runs (a failed one is killed with its removal), and
    /// removes it.
    ///
    /// # Errors
    /// The engine refuses to stop or remove it, or is lost.
    pub async fn remove(mut self, stop: &Stop) -> Result<RemovedContainer, EngineError> {
        let name = self.feed.name().to_owned();
        let engine = &self.session.engine;
        let stopped = if self.ready.is_ok() && self.timeline.exited.is_none() {
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
        Ok(RemovedContainer {
            name,
            created_in: self.created_in,
            timeline: self.timeline,
            ready: self.ready,
            hold: self.hold,
            stopped,
            facts,
            removed_in,
            end: Moment::now(),
        })
    }

    /// The stop call, and the updates until the exit that it brings about. A user
    /// who does not want to wait has it removed at once.
    async fn stop(&mut self, stop: &Stop) -> Result<StopCall, EngineError> {
        let (engine, name) = (self.feed.engine().clone(), self.feed.name().to_owned());
        let begun = Moment::now();
        let mut took = None;
        let mut calling = std::pin::pin!(engine.stop_container(&name));
        while took.is_none() || self.timeline.exited.is_none() {
            if took.is_some() {
                match timeout(LAST_UPDATE, self.feed.next()).await {
                    Ok(update) => self.note(update),
                    Err(_) => break,
                }
            } else {
                tokio::select! {
                    update = self.feed.next(), if self.ready.is_ok() => self.note(update),
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
        Ok(StopCall { begun, took: took.unwrap_or_else(|| begun.monotonic.elapsed()) })
    }
}

impl RemovedContainer {
    /// By how much the realtime clock was set meanwhile, in seconds, if it was: more than a
    /// clock that is being slewed moves (at most 500 ppm).
    pub fn clock_step_seconds(&self) -> Option<f64> {
        let step = self.timeline.start.step_until(&self.end).as_secs_f64();
        let passed = self.timeline.start.to(self.end.monotonic);
        (step.abs() > 0.001 + passed / 1000.0).then_some(step)
    }

    /// Seconds from the start call to the container's own exit, by the engine's
    /// stamp; only where its clock is ours and was not set meanwhile.
    pub fn finished(&self, local: bool) -> Option<f64> {
        let finished = self.facts.as_ref()?.finished?;
        let usable = local && self.clock_step_seconds().is_none();
        usable.then(|| self.timeline.start.to_stamp(finished)).filter(|seconds| *seconds >= 0.0)
    }

    /// Whether it exited before we stopped it.
    pub fn ended_by_itself(&self, local: bool) -> bool {
        match &self.stopped {
            None => self.timeline.exited.is_some(),
            Some(call) => {
                let called = self.timeline.start.to(call.begun.monotonic);
                self.finished(local).is_some_and(|finished| finished < called)
            }
        }
    }

    /// Whether a process of it was killed for lack of memory.
    pub fn oom_killed(&self) -> bool {
        self.timeline.oom || self.facts.as_ref().is_some_and(|facts| facts.oom_killed)
    }

    /// Exit code, once it has exited.
    pub fn exit_code(&self) -> Option<i64> {
        let known = self.facts.as_ref().filter(|facts| !facts.running);
        let known = known.and_then(|facts| facts.exit_code);
        self.timeline.exited.map(|exited| exited.code).or(known)
    }
}
