//! Containers that run already: watched, never touched.

use std::pin::pin;

use dp_engine::EngineError;
use dp_engine::container::{ContainerFacts, Exit};
use dp_engine::probe::ProbedContainer;
use dp_record::{Failure, Host};
use dp_session::Session;
use dp_session::host::Watch;
use dp_tool::Stop;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::figures;
use crate::load::LoadEnvironment;
use crate::observation::{Observation, Period};
use crate::overhead::CpuOverhead;
use crate::plan::{Plan, Target, Until};
use crate::probe_summary::ProbeSummary;
use crate::reader::Reader;
use crate::watch::Watcher;
use crate::workload::{self, LoadTask, ProbeTask};

/// One container that ran already, after the watch.
pub(crate) struct RunningContainer {
    /// The observation; none if it could not be watched.
    pub(crate) observation: Option<Observation>,
    /// Why it failed.
    pub(crate) failure: Option<Failure>,
}

/// What every run needs.
#[derive(Clone, Copy)]
pub(crate) struct RunContext<'a> {
    /// The engine.
    pub(crate) session: &'a Session,
    /// What is measured.
    pub(crate) plan: &'a Plan,
    /// Asks to stop.
    pub(crate) stop: &'a Stop,
    /// The number of the run.
    pub(crate) run: u32,
    /// The stack that the containers are of, if they are of one.
    pub(crate) stack: Option<StackContext<'a>>,
}

/// The stack that containers are of.
#[derive(Clone, Copy)]
pub(crate) struct StackContext<'a> {
    /// The name of its project on the engine.
    pub(crate) project: &'a str,
    /// The container that is probed, and whose address the load gets; none of them is the one
    /// if it is none.
    pub(crate) asked: Option<&'a str>,
}

/// A container that runs and whose exit will not be missed.
struct Open {
    exit: Exit,
    facts: ContainerFacts,
}

impl RunContext<'_> {
    /// Watches these containers at once, under one load.
    pub(crate) async fn observe(
        &self,
        targets: &[&Target],
    ) -> Result<(Vec<RunningContainer>, Host), EngineError> {
        let (plan, session) = (self.plan, self.session);
        let watch = Watch::begin(session.process);
        let ids = targets.iter().filter_map(|target| target.running());
        let opened: Result<Vec<_>, EngineError> =
            join_all(ids.map(|id| open(session, id))).await.into_iter().collect();
        let opened = opened?;
        let open = targets.iter().zip(&opened).filter_map(|(target, opened)| {
            opened.as_ref().ok().map(|open| (*target, open.facts.clone()))
        });
        let first = match self.stack.and_then(|stack| stack.asked) {
            Some(asked) => open.clone().find(|(_, facts)| facts.name == asked),
            None => open.clone().next(),
        };
        let about = first.as_ref().map(|(target, facts)| LoadEnvironment {
            endpoint: session.engine.endpoint(),
            container: &facts.name,
            address: facts.addresses.first().copied(),
            subject: &target.subject,
            run: self.run,
            project: self.stack.map(|stack| stack.project),
        });
        let load = plan.workload.load.as_ref().zip(about);
        let loading = load.map(|(load, about)| LoadTask::new(Some(load), about, &plan.mask));
        let loading = loading.unwrap_or_default();
        let all = opened.into_iter().map(async |opened| match opened {
            Ok(open) => self.watch(open, &loading).await,
            Err(watched) => Ok(watched),
        });
        let all: Result<Vec<RunningContainer>, EngineError> =
            join_all(all).await.into_iter().collect();
        let (mut all, host) = (all?, watch.end());
        let loaded = loading.end().await;
        let failure = workload::failure(loaded.as_ref(), None);
        let loaded = loaded.and_then(Result::ok);
        for one in &mut all {
            if let Some(observation) = &mut one.observation {
                observation.load.clone_from(&loaded);
            }
            let kills = one.observation.as_ref().and_then(figures::oom_kills);
            let of_load = failure.clone().map(|failure| workload::with_cause(failure, kills));
            one.failure = one.failure.take().or(of_load);
        }
        Ok((all, host))
    }

    async fn watch(
        &self,
        open: Open,
        loading: &LoadTask<'_>,
    ) -> Result<RunningContainer, EngineError> {
        let (session, plan, stop) = (self.session, self.plan, self.stop);
        let Open { mut exit, facts } = open;
        let spent = CpuOverhead::now(session);
        let (reader, unreadable) = Reader::open(session, &facts);
        let mut watcher = Watcher::begin(reader, plan.interval);
        let container = ProbedContainer {
            engine: &session.engine,
            name: &facts.name,
            facts: &facts,
            local: session.facts.local,
        };
        let asked = self.stack.is_none_or(|stack| stack.asked == Some(&facts.name));
        let probe = plan.workload.probe.as_ref().filter(|_| asked);
        let mut probing = ProbeTask::new(probe, Some(container));
        let begin = Instant::now();
        let mut over = pin!(plan.until.over(loading));
        let exited = loop {
            tokio::select! {
                biased;
                () = watcher.next() => {}
                exited = exit.next() => break Some(exited),
                () = &mut over => break None,
                _ = stop.wait() => break None,
                () = probing.go_on() => {}
            }
        };
        let seconds = begin.elapsed().as_secs_f64();
        let period = Period { name: name(plan.until), seconds };
        let mut observation = watcher.end().into_observation(period, plan.interval);
        spent.note(CpuOverhead::now(session), &mut observation);
        if let Some(why) = unreadable {
            observation.absent.insert("samples".to_owned(), why);
        }
        let probed = probing.end(stop).await;
        let failed = workload::failure(None, probed.as_ref());
        observation.probe = ProbeSummary::of_workload(&plan.workload, probed, None);
        let mut one = match exited {
            None => RunningContainer { observation: Some(observation), failure: None },
            Some(None) => RunningContainer {
                observation: Some(observation),
                failure: Some(failure("engine_lost", "the engine tells nothing any more")),
            },
            Some(Some(exited)) => {
                observation.exit_code = Some(exited.code);
                end(session, plan, &facts.id, observation).await?
            }
        };
        let kills = one.observation.as_ref().and_then(figures::oom_kills);
        one.failure =
            one.failure.or_else(|| failed.map(|failed| workload::with_cause(failed, kills)));
        Ok(one)
    }
}

/// A container that runs, or why it cannot be watched.
async fn open(session: &Session, id: &str) -> Result<Result<Open, RunningContainer>, EngineError> {
    let engine = &session.engine;
    // From here on no exit is missed; whether it runs is asked afterwards.
    let listening = Exit::wait(engine, id).await;
    let facts = engine.container(id).await;
    Ok(match (listening, facts) {
        (Ok(exit), Ok(facts)) if facts.running => Ok(Open { exit, facts }),
        (Ok(_), Ok(_)) => Err(failed("not_running", "it does not run any more")),
        (Err(EngineError::Refused { status: 404, .. }), _)
        | (_, Err(EngineError::Refused { status: 404, .. })) => Err(removed(None)),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    })
}

/// It has ended.
async fn end(
    session: &Session,
    plan: &Plan,
    id: &str,
    mut observation: Observation,
) -> Result<RunningContainer, EngineError> {
    let facts: Option<ContainerFacts> = match session.engine.container(id).await {
        Ok(facts) => Some(facts),
        Err(EngineError::Refused { status: 404, .. }) => None,
        Err(error) => return Err(error),
    };
    observation.oom_reported = u64::from(facts.as_ref().is_some_and(|facts| facts.oom_killed));
    if plan.until == Until::Exit {
        return Ok(RunningContainer { observation: Some(observation), failure: None });
    }
    let failure = match (&facts, observation.oom_reported, observation.exit_code) {
        (None, ..) => return Ok(removed(Some(observation))),
        (_, 1.., _) => failure("oom_killed", "it was killed for want of memory"),
        (_, _, code) => {
            let code = code.unwrap_or_default();
            let what =
                if plan.until == Until::Load { "the load had ended" } else { "the time was over" };
            failure("ended_early", &format!("it ended with {code} before {what}"))
        }
    };
    Ok(RunningContainer { observation: Some(observation), failure: Some(failure) })
}

fn name(until: Until) -> String {
    match until {
        Until::Exit => "from now to its exit",
        Until::Over(_) => "from now to the end of --for",
        Until::Load => "from now to the end of the load",
    }
    .to_owned()
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned(), ..Failure::default() }
}

fn failed(code: &str, message: &str) -> RunningContainer {
    RunningContainer { observation: None, failure: Some(failure(code, message)) }
}

fn removed(observation: Option<Observation>) -> RunningContainer {
    RunningContainer {
        observation,
        failure: Some(failure("container_removed", "somebody removed it")),
    }
}
