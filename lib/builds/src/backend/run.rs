//! What a build left behind, whichever backend ran it.

use std::time::Duration;

use jiff::Timestamp;

use crate::backend::buildx::BuildxRun;
use crate::progress::Trace;

/// Whose clock stamped the vertexes of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// The engine's.
    Engine,
    /// Ours: times are those at which its messages arrived here.
    Client,
}

/// A build that ended, whether it succeeded or not.
#[derive(Debug, Clone)]
pub struct BuildRun {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// From just before it was asked for until it ended, by our monotonic clock.
    pub wall: Duration,
    /// When it was asked for, by our clock.
    pub started_at: Timestamp,
    /// What it did.
    pub trace: Trace,
    /// Whose clock that is.
    pub clock: Clock,
    /// The last plain-text lines that came with it, at most 50 of 4 KiB. If it
    /// failed, the last one begins with `ERROR: ` (see [`crate::Failure::of`]).
    pub text: Vec<String>,
    /// It was stopped on request.
    pub cancelled: bool,
    /// Ids of its images, where the backend reports them: that of the target, with
    /// the old builder after those of all stages before it, which have no name.
    pub images: Vec<String>,
    /// Ids of the images that the old builder made on its way, oldest first, also
    /// if the build failed: one for each instruction that was not cached. Those
    /// that no stage of a named image needs stay without a name.
    pub created_images: Vec<String>,
}

impl BuildRun {
    /// A build that could not begin, for this reason.
    pub fn refused(reason: &str) -> Self {
        Self {
            succeeded: false,
            wall: Duration::ZERO,
            started_at: Timestamp::now(),
            trace: Trace::default(),
            clock: Clock::Client,
            text: vec![format!("ERROR: {reason}")],
            cancelled: false,
            images: Vec::new(),
            created_images: Vec::new(),
        }
    }
}

impl From<BuildxRun> for BuildRun {
    fn from(mut run: BuildxRun) -> Self {
        // It had no time to say anything.
        if run.exit_status.code().is_none() && !run.cancelled {
            run.text.push(format!("ERROR: docker buildx was ended by {}", run.exit_status));
        }
        Self {
            succeeded: run.exit_status.success(),
            wall: run.wall,
            started_at: run.started_at,
            trace: run.trace,
            clock: Clock::Engine,
            text: run.text,
            cancelled: run.cancelled,
            images: Vec::new(),
            created_images: Vec::new(),
        }
    }
}
