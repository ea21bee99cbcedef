//! A build on the engine's API from its request to its end.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::account::Told;
use super::lines::Lines;
use super::run::{BuildRun, Clock};
use crate::connect::Answer;
use crate::error::EngineError;

/// How soon a request to stop is seen.
const LOOK: Duration = Duration::from_millis(20);

/// Measures a build.
#[derive(Debug)]
pub(crate) struct Watch {
    started_at: Timestamp,
    start: Instant,
}

/// The end of a build.
#[derive(Debug)]
pub(crate) struct End {
    watch: Watch,
    wall: Duration,
    cancelled: bool,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        Self { started_at: Timestamp::now(), start: Instant::now() }
    }

    /// Waits for the build, or until it is to stop: then the future is dropped,
    /// and with it every connection.
    pub(crate) async fn until(
        self,
        building: impl Future<Output = Result<(), EngineError>>,
        stop: &dyn Fn() -> bool,
    ) -> Result<End, EngineError> {
        let cancelled = tokio::select! {
            biased;
            () = stopped(stop) => true,
            built = building => built.map(|()| false)?,
        };
        Ok(self.end(cancelled))
    }

    /// It is over.
    pub(crate) fn end(self, cancelled: bool) -> End {
        End { wall: self.start.elapsed(), watch: self, cancelled }
    }
}

async fn stopped(stop: &dyn Fn() -> bool) {
    while !stop() {
        tokio::time::sleep(LOOK).await;
    }
}

impl End {
    pub(crate) fn into_run(self, told: Told, clock: Clock) -> BuildRun {
        BuildRun {
            succeeded: !told.failed && !self.cancelled,
            wall: self.wall,
            started_at: self.watch.started_at,
            trace: told.trace,
            clock,
            text: told.text,
            cancelled: self.cancelled,
            images: told.images,
            made: told.made,
        }
    }
}

/// Calls `each` for every line of the answer. Gives the reason if the engine
/// refused the request, or if the answer broke off.
pub(crate) async fn hear(mut answer: Answer, mut each: impl FnMut(&[u8])) -> Result<(), String> {
    if !answer.response.status().is_success() {
        return Err(answer.message().await);
    }
    let mut lines = Lines::default();
    loop {
        match answer.next().await {
            Ok(Some(bytes)) => lines.push(&bytes, &mut each),
            Ok(None) => break,
            Err(error) => {
                lines.finish(each);
                return Err(format!("error reading from server: {error}"));
            }
        }
    }
    lines.finish(each);
    Ok(())
}
