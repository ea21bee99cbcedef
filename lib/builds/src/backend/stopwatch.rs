//! A build on the engine's API from its request to its end: how long it took, and whether it was
//! stopped.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::backend::run::{BuildRun, Clock};
use crate::progress::collector::BuildReport;
use dp_engine::EngineError;

/// How often the caller is asked whether to stop.
const STOP_POLL: Duration = Duration::from_millis(20);

/// Measures a build that runs.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    started_at: Timestamp,
    start: Instant,
}

/// The time of a build that has ended.
#[derive(Debug)]
pub(crate) struct StoppedWatch {
    started_at: Timestamp,
    wall: Duration,
    cancelled: bool,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { started_at: Timestamp::now(), start: Instant::now() }
    }

    /// Waits for the build, or until it is to stop: then the future is dropped,
    /// and with it every connection.
    pub(crate) async fn wait_for(
        self,
        building: impl Future<Output = Result<(), EngineError>>,
        stop: &dyn Fn() -> bool,
    ) -> Result<StoppedWatch, EngineError> {
        let cancelled = tokio::select! {
            biased;
            () = until(stop) => true,
            built = building => built.map(|()| false)?,
        };
        Ok(StoppedWatch { cancelled, ..self.stop() })
    }

    /// The build has ended by itself.
    pub(crate) fn stop(self) -> StoppedWatch {
        let wall = self.start.elapsed();
        StoppedWatch { started_at: self.started_at, wall, cancelled: false }
    }
}

async fn until(stop: &dyn Fn() -> bool) {
    while !stop() {
        tokio::time::sleep(STOP_POLL).await;
    }
}

impl StoppedWatch {
    pub(crate) fn into_run(self, report: BuildReport, clock: Clock) -> BuildRun {
        BuildRun {
            succeeded: !report.failed && !self.cancelled,
            wall: self.wall,
            started_at: self.started_at,
            trace: report.trace,
            clock,
            text: report.text,
            cancelled: self.cancelled,
            images: report.images,
            created_images: report.created_images,
        }
    }
}
