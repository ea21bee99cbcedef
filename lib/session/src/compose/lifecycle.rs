//! One stack from its creation to its removal: three states, three types.

use std::future::pending;
use std::io;
use std::time::{Duration, Instant};

use dp_engine::EngineError;
use dp_engine::container::{Event, Events, Moment};
use dp_engine::probe::{
    Condition, ProbeAnswer, ProbeError, ProbeTally, ProbedContainer, probe_until_ready,
};
use dp_tool::{Fault, Mask, Stop};
use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant as Deadline, sleep_until, timeout};

use super::command::{Call, Compose};
use super::member::{Member, Trouble};
use super::stack::Stack;
use crate::Session;
use crate::container::{Image, LABEL};

/// Events and the end of compose arrive by ways of their own: what was before the end may
/// arrive a little after it.
const STRAGGLERS: Duration = Duration::from_secs(1);
/// How long compose may take to end after all is as it is wanted.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// What a run of a stack needs.
#[derive(Clone, Copy)]
pub struct StackRun<'a> {
    /// The engine.
    pub session: &'a Session,
    /// Its events of what bears the label of the batch.
    pub events: &'a Events,
    /// The stack.
    pub stack: &'a Stack,
    /// The batch.
    pub batch: &'a str,
    /// Asks to stop.
    pub stop: &'a Stop,
}

/// What a stack is started for.
#[derive(Debug, Clone, Copy)]
pub struct StackGoal<'a> {
    /// Whether the health of services is waited for.
    pub health: bool,
    /// What is probed beside.
    pub probe: Option<StackProbe<'a>>,
    /// Longest time until all are ready.
    pub timeout: Duration,
}

/// A service that is probed.
#[derive(Debug, Clone, Copy)]
pub struct StackProbe<'a> {
    /// Its name.
    pub service: &'a str,
    /// The condition.
    pub condition: &'a Condition,
}

/// Why a stack is not up.
#[derive(Debug)]
pub enum NotUp {
    /// An image is missing.
    NoImage {
        /// The service.
        service: String,
        /// Its image.
        image: String,
        /// Whether the compose file says how it is built.
        built: bool,
    },
    /// compose did not do what it was called for.
    Compose {
        /// The call.
        call: &'static str,
        /// Its last lines.
        lines: Vec<String>,
    },
    /// A service is not as it is wanted.
    Service {
        /// Its name.
        service: String,
        /// What is in the way.
        trouble: Trouble,
        /// Whether a process of it was killed for lack of memory.
        oom: bool,
        /// Its last lines.
        log: Vec<String>,
    },
    /// The time is over.
    Timeout {
        /// How long it was.
        limit: Duration,
        /// The services that were not ready.
        waiting: Vec<String>,
        /// What the last probe that failed was answered.
        probe: Option<String>,
        /// The last lines of the first of them.
        log: Vec<String>,
    },
    /// It cannot be probed.
    Probe(ProbeError),
    /// The engine refused, or is lost.
    Engine(EngineError),
    /// docker compose cannot be run.
    NoCompose(String),
    /// The engine tells nothing any more.
    Lost,
    /// The user stopped it.
    Stopped,
}

impl From<EngineError> for NotUp {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<io::Error> for NotUp {
    fn from(error: io::Error) -> Self {
        Self::NoCompose(error.to_string())
    }
}

/// A stack that was created and is not started yet.
pub struct CreatedStack<'a> {
    run: StackRun<'a>,
    compose: Compose<'a>,
    members: Vec<Member>,
    events: UnboundedReceiver<(usize, Event)>,
    /// When it was called for.
    pub create: Moment,
    /// How long that took.
    pub created_in: Duration,
}

/// What is known of a stack that was started.
#[derive(Debug)]
pub struct StackLife {
    /// When it was called for.
    pub create: Moment,
    /// How long that took.
    pub created_in: Duration,
    /// The start call.
    pub start: Moment,
    /// When compose had ended.
    pub replied: Option<Instant>,
    /// Since when all of it was ready, or why it was not.
    pub ready: Result<Instant, NotUp>,
    /// The answer of the service that was probed.
    pub answer: Option<ProbeAnswer>,
    /// How often it was asked.
    pub probes: u64,
    /// Its containers.
    pub members: Vec<Member>,
}

/// A stack that was started, ready or not.
pub struct StartedStack<'a> {
    run: StackRun<'a>,
    compose: Compose<'a>,
    events: UnboundedReceiver<(usize, Event)>,
    /// What is known of it.
    pub life: StackLife,
}

/// A stack that is gone.
#[derive(Debug)]
pub struct RemovedStack {
    /// What is known of it.
    pub life: StackLife,
    /// The call of `docker compose down`, and how long it took; none if it was killed.
    pub teardown: Option<(Moment, Duration)>,
    /// A moment after all of it.
    pub end: Moment,
}

impl<'a> StackRun<'a> {
    /// Finds the images of all services, and answers what is to be hidden of them.
    ///
    /// # Errors
    /// One is missing, or the engine is lost.
    pub async fn images(&self) -> Result<Vec<Mask>, NotUp> {
        let mut masks = Vec::new();
        for service in &self.stack.services {
            match Image::find(self.session, &service.image).await {
                Ok(image) => masks.push(image.mask),
                Err(EngineError::NoSuchImage { .. }) => {
                    return Err(NotUp::NoImage {
                        service: service.name.clone(),
                        image: service.image.clone(),
                        built: service.built,
                    });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(masks)
    }

    /// Creates the project `name`, its containers under the control group `group`. From here
    /// on no event of it is missed.
    ///
    /// # Errors
    /// compose or the engine refuses. Parts may have been created then: they have the label
    /// of the batch.
    pub async fn create(self, name: &str, group: Option<&str>) -> Result<CreatedStack<'a>, NotUp> {
        let Self { session, events, stack, batch, .. } = self;
        let containers = stack.containers(name);
        let names: Vec<String> = containers.iter().map(|(name, _)| name.clone()).collect();
        let events = events.of_all(&names);
        let mut members: Vec<Member> =
            containers.into_iter().map(|(name, service)| Member::new(name, service)).collect();
        let compose = Compose {
            endpoint: session.engine.endpoint(),
            project: name.to_owned(),
            folder: stack.folder(),
            document: stack.document((LABEL, batch), group),
        };
        let create = Moment::now();
        // A call that is short, and that would leave what it was at if it were cut.
        let ended = compose.call(&["create", "--no-build", "--pull=never"]).await?;
        let created_in = create.monotonic.elapsed();
        if !ended.good {
            return Err(NotUp::Compose { call: "create", lines: ended.lines });
        }
        // Engines before 25 accept a start interval and ignore it.
        let heeds = session.engine.version().api.minor >= 44;
        let facts = join_all(names.iter().map(|name| session.engine.container(name))).await;
        for (member, facts) in members.iter_mut().zip(facts) {
            member.know(facts?, heeds);
        }
        Ok(CreatedStack { run: self, compose, members, events, create, created_in })
    }
}

impl<'a> CreatedStack<'a> {
    /// Starts it and waits until all of it is ready.
    pub async fn start(self, goal: StackGoal<'_>) -> StartedStack<'a> {
        let Self { run, compose, mut members, events, create, created_in } = self;
        if !goal.health {
            members.iter_mut().for_each(Member::want_running);
        }
        let life = StackLife {
            create,
            created_in,
            start: Moment::now(),
            replied: None,
            ready: Err(NotUp::Stopped),
            answer: None,
            probes: 0,
            members,
        };
        let mut started = StartedStack { run, compose, events, life };
        let tally = ProbeTally::default();
        started.life.ready = match started.compose.begin(&["start"]) {
            Ok(call) => started.wait(call, goal, &tally).await,
            Err(error) => Err(error.into()),
        };
        started.life.probes = tally.sent();
        started
    }
}

type Probing<'a> = LocalBoxFuture<'a, Result<ProbeAnswer, ProbeError>>;

impl StartedStack<'_> {
    /// Waits until all is ready, or nothing more is to be waited for.
    async fn wait(
        &mut self,
        call: Call,
        goal: StackGoal<'_>,
        tally: &ProbeTally,
    ) -> Result<Instant, NotUp> {
        let deadline = Deadline::now() + goal.timeout;
        let (session, stop) = (self.run.session, self.run.stop);
        let (mut call, mut probing): (_, Option<Probing<'_>>) = (Some(call), None);
        let mut refused = None;
        let ready = loop {
            if let Some(ready) = self.ready_since(goal) {
                break ready;
            }
            if let (None, Some(probe)) = (&probing, goal.probe)
                && let Some(container) = self.running(probe.service)
            {
                let asking = ask(session, container, probe.condition, tally);
                probing = Some(Box::pin(asking));
            }
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some((at, event)) => if let Some(trouble) = self.life.members[at].take(event) {
                        return Err(self.trouble(at, trouble).await);
                    },
                    None => return Err(NotUp::Lost),
                },
                answer = answer_of(&mut probing), if self.life.answer.is_none() => match answer {
                    Ok(answer) => self.life.answer = Some(answer),
                    Err(error) => return Err(NotUp::Probe(error)),
                },
                at = ended(&mut call), if call.is_some() => {
                    self.life.replied = Some(at);
                    refused = end(call.take())?.map(|lines| (lines, Deadline::now() + STRAGGLERS));
                }
                () = until(refused.as_ref().map(|(_, deadline)| *deadline)) => {
                    let lines = refused.map(|(lines, _)| lines).unwrap_or_default();
                    return Err(NotUp::Compose { call: "start", lines });
                }
                () = sleep_until(deadline) => return Err(self.timeout(goal, tally).await),
                _ = stop.wait() => return Err(NotUp::Stopped),
            }
        };
        if let Some(begun) = &mut call {
            self.life.replied = timeout(LAST_WORDS, begun.ended()).await.ok();
        }
        match end(call)? {
            Some(lines) => Err(NotUp::Compose { call: "start", lines }),
            None => Ok(ready),
        }
    }

    /// Since when all of it is ready, if it is.
    fn ready_since(&self, goal: StackGoal<'_>) -> Option<Instant> {
        let answered = match goal.probe {
            Some(_) => Some(self.life.answer.as_ref()?.received),
            None => None,
        };
        let all: Option<Vec<Instant>> =
            self.life.members.iter().map(|member| member.ready).collect();
        all?.into_iter().chain(answered).max()
    }

    /// The name of the first container of a service, once it runs.
    fn running(&self, service: &str) -> Option<String> {
        let member = self.life.members.iter().find(|member| member.service == service)?;
        member.started.map(|_| member.container.clone())
    }

    async fn trouble(&self, at: usize, trouble: Trouble) -> NotUp {
        let member = &self.life.members[at];
        let engine = &self.run.session.engine;
        let facts = engine.container(&member.container).await;
        let killed = facts.is_ok_and(|facts| facts.oom_killed);
        NotUp::Service {
            service: member.service.clone(),
            trouble,
            oom: member.oom || killed,
            log: engine.log_tail(&member.container).await.unwrap_or_default(),
        }
    }

    async fn timeout(&self, goal: StackGoal<'_>, tally: &ProbeTally) -> NotUp {
        let late = self.life.members.iter().filter(|member| member.ready.is_none());
        // One that was never started waits for another: that one's words matter.
        let mut late: Vec<&Member> = late.collect();
        late.sort_by_key(|member| member.started.is_none());
        let mut waiting: Vec<String> = late.iter().map(|member| member.service.clone()).collect();
        waiting.dedup();
        let probed = goal.probe.filter(|_| waiting.is_empty());
        let asked = probed.and_then(|probe| self.running(probe.service));
        waiting.extend(probed.map(|probe| probe.service.to_owned()));
        let first = late.first().map(|member| member.container.clone()).or(asked);
        let log = match first {
            Some(first) => self.run.session.engine.log_tail(&first).await.unwrap_or_default(),
            None => Vec::new(),
        };
        NotUp::Timeout { limit: goal.timeout, waiting, probe: tally.last_failure(), log }
    }

    /// Takes all of it down if it got ready, as `docker compose down` does; what did not,
    /// or what is not to be waited for, is killed. Nothing of it is left then.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn remove(self) -> Result<RemovedStack, Fault> {
        let StackRun { session, batch, stop, .. } = self.run;
        let mut teardown = None;
        if self.life.ready.is_ok() && !stop.is_set() {
            let begun = Moment::now();
            if let Ok(mut call) = self.compose.begin(&["down", "--volumes"]) {
                let gone = tokio::select! {
                    _ = call.ended() => true,
                    _ = stop.wait() => false,
                };
                let took = begun.monotonic.elapsed();
                let good = call.end().is_ok_and(|ended| ended.good);
                teardown = (gone && good).then_some((begun, took));
            }
        }
        if teardown.is_none() {
            session.remove_labelled(batch).await?;
        }
        Ok(RemovedStack { life: self.life, teardown, end: Moment::now() })
    }
}

/// Asks the container again and again.
async fn ask(
    session: &Session,
    container: String,
    condition: &Condition,
    tally: &ProbeTally,
) -> Result<ProbeAnswer, ProbeError> {
    let engine = &session.engine;
    let facts = engine.container(&container).await?;
    let local = session.facts.local;
    let container = ProbedContainer { engine, name: &container, facts: &facts, local };
    probe_until_ready(condition, &container, tally).await
}

async fn answer_of(probing: &mut Option<Probing<'_>>) -> Result<ProbeAnswer, ProbeError> {
    match probing {
        Some(probing) => probing.await,
        None => pending().await,
    }
}

async fn ended(call: &mut Option<Call>) -> Instant {
    match call {
        Some(call) => call.ended().await,
        None => pending().await,
    }
}

/// Ends a call; its last lines if it did not end well.
fn end(call: Option<Call>) -> io::Result<Option<Vec<String>>> {
    let ended = call.map(Call::end).transpose()?;
    Ok(ended.filter(|ended| !ended.good).map(|ended| ended.lines))
}

async fn until(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
