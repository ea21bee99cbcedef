//! Builds by the engine's old builder, which knows no `BuildKit`.
//!
//! `POST /build?version=1` takes the whole context as a tar and tells in text
//! which instruction it is at. Each instruction that makes files becomes a vertex
//! in one long chain, so that the same analysis serves; when it began and ended
//! is when its news arrived here. The vertex of the k-th instruction of the file
//! has the digest `legacy:k`; that of the context is `legacy:0`. The builder counts and times other things than
//! `BuildKit` does: figures of the two are never compared.
//!
//! Every instruction is an image of its own to this builder. What a failed build
//! got done stays as images without a name, and so do stages that the result does
//! not need: [`BuildRun::made`] tells them.

mod chain;
mod hearing;
mod naming;
mod upload;

use std::cell::Cell;
use std::time::Instant;

use hyper::header::CONTENT_TYPE;
use jiff::Timestamp;
use tokio::sync::mpsc;

use self::hearing::Hearing;
pub use self::naming::LegacyStage;
use super::account::Account;
use super::buildx::Event;
use super::context;
use super::query::Query;
use super::request::BuildRequest;
use super::run::{BuildRun, Clock};
use super::watch::{Watch, hear};
use crate::connect::{Engine, Pieces};
use crate::error::EngineError;

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
    let watch = Watch::begin();
    let mut hearing = Hearing::new(Account::new(on_event), stages, Now::new());
    let building = build(engine, request, &mut hearing);
    let end = watch.until(building, stop).await?;
    Ok(end.into_run(hearing.finish(), Clock::Client))
}

async fn build(
    engine: &Engine,
    request: &BuildRequest<'_>,
    hearing: &mut Hearing<'_>,
) -> Result<(), EngineError> {
    let folder = match context::resolve(request.context.folder) {
        Ok(folder) => folder,
        Err(error) => {
            hearing.error(&error.told());
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
        Ok(hear(answer, |line| hearing.line(line, sent.get())).await)
    };
    let uploading = upload::send(request, &folder, sender, &sent);
    match tokio::join!(uploading, asking) {
        // The request then broke off as well.
        (Err(error), _) => hearing.error(&error.told()),
        (Ok(()), Ok(Err(error))) => hearing.error(&error),
        (Ok(()), Ok(Ok(()))) => {}
        (Ok(()), Err(error)) => return Err(error),
    }
    Ok(())
}

/// Our clock: monotonic, from a time of day on.
#[derive(Debug, Clone, Copy)]
struct Now {
    at: Timestamp,
    start: Instant,
}

impl Now {
    fn new() -> Self {
        Self { at: Timestamp::now(), start: Instant::now() }
    }

    fn get(&self) -> Timestamp {
        self.at.checked_add(self.start.elapsed()).unwrap_or(self.at)
    }
}
