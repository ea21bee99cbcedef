//! Builds by `BuildKit` inside the engine, over the engine's own API: for hosts
//! that have no buildx.
//!
//! `POST /build?version=2` starts the build and answers with its progress. The
//! files go over a session beside it, by the protocol that buildx uses: only what
//! the engine does not have yet, and the Dockerfile apart from the context. (The
//! API also takes a tar as the request's body. `BuildKit` then keeps the whole
//! tar and its unpacked files as records of its cache for every single build, and
//! the Dockerfile is among the files that `COPY . .` copies, whatever
//! `.dockerignore` says.)
//!
//! Secrets, ssh agents, named contexts and the user's registry credentials are
//! not handed on: what needs those needs buildx. Images that anybody may pull are
//! pulled.

mod grpc;
mod hearing;
mod packet;
mod serve;
mod session;
mod source;
mod status;
mod sync;
mod wanted;

use self::serve::serve;
use self::session::Session;
use self::source::Sources;
use super::account::Account;
use super::buildx::Event;
use super::query::Query;
use super::request::BuildRequest;
use super::run::{BuildRun, Clock};
use super::watch::{Watch, hear};
use crate::connect::{Engine, Pieces};
use crate::error::EngineError;

const DOING: &str = "building";

/// Runs a build to its end. `stop` is asked every 20 ms; once it says true the
/// connections are closed, and the engine stops the build.
///
/// # Errors
/// When nothing could be built: the engine is gone, or refuses a session. A build
/// that fails is no error.
pub async fn run(
    engine: &Engine,
    request: &BuildRequest<'_>,
    stop: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<BuildRun, EngineError> {
    let watch = Watch::begin();
    let mut account = Account::new(on_event);
    let sources = match Sources::new(request) {
        Ok(sources) => sources,
        Err(error) => {
            account.error(&error.told());
            return Ok(watch.end(false).into_run(account.finish(), Clock::Engine));
        }
    };
    let building = build(engine, request, &sources, &mut account);
    let end = watch.until(building, stop).await?;
    if let Some(trouble) = sources.into_trouble() {
        account.error(&trouble);
    }
    Ok(end.into_run(account.finish(), Clock::Engine))
}

async fn build(
    engine: &Engine,
    request: &BuildRequest<'_>,
    sources: &Sources<'_>,
    account: &mut Account<'_>,
) -> Result<(), EngineError> {
    let session = Session::open(engine, sources.folder()).await?;
    let mut query = Query::new(2, request.dockerfile.name, request.options);
    query.add("remote", "client-session");
    query.add("session", session.id());
    let path = query.into_path();
    // No body: everything goes over the session.
    let asking = engine.post(DOING, &path, |head| head, Pieces(None));
    let building = async {
        let heard = hear(asking.await?, |line| hearing::line(line, account)).await;
        if let Err(error) = heard {
            account.error(&error);
        }
        Ok(())
    };
    // The engine may ask for files before it answers at all.
    tokio::select! {
        built = building => built,
        never = serve(session.stream, sources) => match never {},
    }
}
