//! Containers that run already: watched, never touched.

use std::pin::pin;

use dp_engine::EngineError;
use dp_engine::container::{ContainerFacts, Exit};
use dp_record::{Failure, Host};
use dp_tool::host::Watch;
use dp_tool::{Session, Stop};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::observation::{Observation, Period};
use crate::plan::{Plan, Until};
use crate::reader::Reader;
use crate::spent::Spent;
use crate::watch::Watcher;

/// What was seen of a container that runs.
pub(crate) struct Watched {
    /// What was seen; none if it cannot be watched.
    pub(crate) seen: Option<Observation>,
    /// Why it failed.
    pub(crate) failure: Option<Failure>,
}

/// Watches these containers, by their ids, at once.
pub(crate) async fn observe(
    session: &Session,
    plan: &Plan,
    stop: &Stop,
    ids: &[&str],
) -> Result<(Vec<Watched>, Host), EngineError> {
    let watch = Watch::begin(session.process);
    let all = ids.iter().map(|id| one(session, plan, stop, id));
    let all: Result<Vec<Watched>, EngineError> = join_all(all).await.into_iter().collect();
    Ok((all?, watch.end()))
}

async fn one(
    session: &Session,
    plan: &Plan,
    stop: &Stop,
    id: &str,
) -> Result<Watched, EngineError> {
    let engine = &session.engine;
    // From here on no end is missed; that it runs is asked afterwards.
    let listening = Exit::wait(engine, id).await;
    let facts = engine.container(id).await;
    let (mut exit, facts) = match (listening, facts) {
        (Ok(exit), Ok(facts)) if facts.running => (exit, facts),
        (Ok(_), Ok(_)) => return Ok(failed("not_running", "it does not run any more")),
        (Err(EngineError::Refused { status: 404, .. }), _)
        | (_, Err(EngineError::Refused { status: 404, .. })) => return Ok(removed(None)),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let spent = Spent::now(session);
    let (reader, unreadable) = Reader::open(session, &facts);
    let mut watcher = Watcher::begin(reader, plan.interval);
    let begin = Instant::now();
    let mut over = pin!(plan.until.over());
    let exited = loop {
        tokio::select! {
            biased;
            () = watcher.next() => {}
            exited = exit.next() => break Some(exited),
            () = &mut over => break None,
            _ = stop.wait() => break None,
        }
    };
    let seconds = begin.elapsed().as_secs_f64();
    let period = Period { name: name(plan.until), seconds };
    let mut seen = watcher.end().into_observation(period, plan.interval);
    spent.note(Spent::now(session), &mut seen);
    if let Some(why) = unreadable {
        seen.absent.insert("samples".to_owned(), why);
    }
    match exited {
        None => Ok(Watched { seen: Some(seen), failure: None }),
        Some(None) => Ok(Watched {
            seen: Some(seen),
            failure: Some(failure("engine_lost", "the engine tells nothing any more")),
        }),
        Some(Some(exited)) => {
            seen.exit_code = Some(exited.code);
            end(session, plan, id, seen).await
        }
    }
}

/// It has ended.
async fn end(
    session: &Session,
    plan: &Plan,
    id: &str,
    mut seen: Observation,
) -> Result<Watched, EngineError> {
    let facts: Option<ContainerFacts> = match session.engine.container(id).await {
        Ok(facts) => Some(facts),
        Err(EngineError::Refused { status: 404, .. }) => None,
        Err(error) => return Err(error),
    };
    seen.oom_told = u64::from(facts.as_ref().is_some_and(|facts| facts.oom_killed));
    if plan.until == Until::Exit {
        return Ok(Watched { seen: Some(seen), failure: None });
    }
    let failure = match (&facts, seen.oom_told, seen.exit_code) {
        (None, ..) => return Ok(removed(Some(seen))),
        (_, 1.., _) => failure("oom_killed", "it was killed for want of memory"),
        (_, _, code) => {
            let code = code.unwrap_or_default();
            failure("ended_early", &format!("it ended with {code} before the time was over"))
        }
    };
    Ok(Watched { seen: Some(seen), failure: Some(failure) })
}

fn name(until: Until) -> String {
    match until {
        Until::Exit => "from now to its exit",
        Until::Over(_) => "from now to the end of --for",
    }
    .to_owned()
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned(), ..Failure::default() }
}

fn failed(code: &str, message: &str) -> Watched {
    Watched { seen: None, failure: Some(failure(code, message)) }
}

fn removed(seen: Option<Observation>) -> Watched {
    Watched { seen, failure: Some(failure("container_removed", "somebody removed it")) }
}
