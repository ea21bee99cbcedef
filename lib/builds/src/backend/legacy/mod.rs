//! Builds by the engine's old builder, which knows no `BuildKit`.
//!
//! `POST /build?version=1` takes the whole context as a tar, and its answer says in
//! text which instruction it is at. Each instruction that makes files becomes a
//! vertex in one long chain, so that the same analysis serves; it began and ended
//! when the lines that say so arrived here. The vertex of the k-th instruction of
//! the file has the digest `legacy:k`; that of the context is `legacy:0`. The
//! builder counts and times other things than `BuildKit` does: figures of the two
//! are never compared.
//!
//! Every instruction is an image of its own to this builder. What a failed build
//! got done stays as images without a name, and so do stages that the result does
//! not need: [`BuildRun::created_images`] lists them.

mod classic_output;
mod step_chain;
mod step_names;
mod upload;

use std::cell::Cell;

use hyper::header::CONTENT_TYPE;
use tokio::sync::mpsc;

use self::classic_output::ClassicOutput;
pub use self::step_names::LegacyStage;
use crate::backend::query::Query;
use crate::backend::request::BuildRequest;
use crate::backend::run::{BuildRun, Clock};
use crate::backend::stopwatch::Stopwatch;
use crate::context;
use crate::progress::Event;
use crate::progress::answer::read_lines;
use crate::progress::collector::Collector;
use dp_engine::EngineError;
use dp_engine::connect::{Engine, Pieces};

const DOING: &str = "building";

/// Pieces of the context that may wait for the connection.
const WAITING: usize = 4;

/// Runs a build to its end. `stages` are those of the Dockerfile, in its order.
/// [`super::Dockerfile::ignore`] means nothing to this builder: it knows
/// `.dockerignore` alone. `stop` is asked every 20 ms; once it says true the
/// connection is closed, and the engine stops the build.
///
/// # Errors
/// When nothing could be built: the engine is gone. A build that fails is no
/// error.
pub async fn run(
    engine: &Engine,
    request: &BuildRequest<'_>,
    stages: &[LegacyStage],
    stop: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<BuildRun, EngineError> {
    let stopwatch = Stopwatch::start();
    let mut output = ClassicOutput::new(Collector::new(on_event), stages);
    let building = build(engine, request, &mut output);
    let stopped = stopwatch.wait_for(building, stop).await?;
    Ok(stopped.into_run(output.finish(), Clock::Client))
}

async fn build(
    engine: &Engine,
    request: &BuildRequest<'_>,
    output: &mut ClassicOutput<'_>,
) -> Result<(), EngineError> {
    let folder = match context::resolve(request.context.folder) {
        Ok(folder) => folder,
        Err(error) => {
            output.add_error(&error.build_message());
            return Ok(());
        }
    };
    let path = Query::new(1, upload::dockerfile(request), request.options).into_path();
    let (sender, pieces) = mpsc::channel(WAITING);
    let sent = Cell::new(0);
    let asking = async {
        let head =
            |head: hyper::http::request::Builder| head.header(CONTENT_TYPE, "application/x-tar");
        let answer = engine.post(DOING, &path, head, Pieces(Some(pieces))).await?;
        Ok(read_lines(answer, |line| output.read_line(line, sent.get())).await)
    };
    let uploading = upload::send(request, &folder, sender, &sent);
    match tokio::join!(uploading, asking) {
        // The request then broke off as well.
        (Err(error), _) => output.add_error(&error.build_message()),
        (Ok(()), Ok(Err(error))) => output.add_error(&error),
        (Ok(()), Ok(Ok(()))) => {}
        (Ok(()), Err(error)) => return Err(error),
    }
    Ok(())
}
