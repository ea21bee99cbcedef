//! Builds by `BuildKit` inside the engine, over the engine's own API: for hosts
//! that have no buildx.
//!
//! `POST /build?version=2` starts the build and answers with its progress. The
//! files go over a session that runs at the same time, by the protocol that buildx uses: only what
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
mod packet;
mod progress;
mod requested;
mod serve;
mod session;
mod session_files;
mod sync;

use self::serve::serve;
use self::session::Session;
use self::session_files::SessionFiles;
use crate::backend::query::Query;
use crate::backend::request::BuildRequest;
use crate::backend::run::{BuildRun, Clock};
use crate::backend::stopwatch::Stopwatch;
use crate::progress::Event;
use crate::progress::answer::read_lines;
use crate::progress::collector::Collector;
use dp_engine::EngineError;
use dp_engine::connect::{Engine, Pieces};

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
    let stopwatch = Stopwatch::start();
    let mut collector = Collector::new(on_event);
    let files = match SessionFiles::new(request) {
        Ok(files) => files,
        Err(error) => {
            collector.add_error(&error.build_message());
            return Ok(stopwatch.stop().into_run(collector.finish(), Clock::Engine));
        }
    };
    let building = build(engine, request, &files, &mut collector);
    let stopped = stopwatch.wait_for(building, stop).await?;
    if let Some(error) = files.into_error() {
        collector.add_error(&error);
    }
    Ok(stopped.into_run(collector.finish(), Clock::Engine))
}

async fn build(
    engine: &Engine,
    request: &BuildRequest<'_>,
    files: &SessionFiles<'_>,
    collector: &mut Collector<'_>,
) -> Result<(), EngineError> {
    let session = Session::open(engine, files.folder()).await?;
    let mut query = Query::new(2, request.dockerfile.name, request.options);
    query.add("remote", "client-session");
    query.add("session", session.id());
    let path = query.into_path();
    // No body: everything goes over the session.
    let asking = engine.post(DOING, &path, |head| head, Pieces(None));
    let building = async {
        let read = read_lines(asking.await?, |line| progress::read_line(line, collector)).await;
        if let Err(error) = read {
            collector.add_error(&error);
        }
        Ok(())
    };
    // The engine may ask for files before it answers at all.
    tokio::select! {
        built = building => built,
        never = serve(session.stream, files) => match never {},
    }
}
