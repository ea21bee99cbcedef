//! Cold runs that leave the user's build cache as it was.
//!
//! `--no-cache` alone would empty the user's cache mounts, and its layers would
//! answer the user's next build. So a cold run has a namespace of its own for
//! cache mounts, and the records that it made are removed after it.

use std::ffi::OsString;

use dp_engine::build::Trace;
use dp_engine::cache::{CacheSnapshot, Made, Removal};
use dp_engine::{Engine, EngineError};
use dp_tool::Progress;

use crate::detail::Cold;

/// The build argument by which BuildKit keeps cache mounts apart.
const NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";

/// Words of the command line that make a build cold.
pub(crate) fn words(namespace: &str) -> [OsString; 3] {
    ["--no-cache".into(), "--build-arg".into(), format!("{NAMESPACE}={namespace}").into()]
}

/// A cold run whose records must go.
#[derive(Debug)]
pub(crate) struct ColdRun {
    before: CacheSnapshot,
    made: Made,
}

impl ColdRun {
    /// To be called right before the build.
    pub(crate) async fn begin(engine: &Engine, namespace: &str) -> Result<Self, EngineError> {
        Ok(Self { before: engine.cache_snapshot().await?, made: Made::in_namespace(namespace) })
    }

    /// Adds what the build did, however far it came.
    pub(crate) fn add(&mut self, trace: &Trace) {
        self.made.add(trace);
    }

    /// Removes the records that the run made. What may be another's stays, and
    /// is said.
    pub(crate) async fn end(
        self,
        engine: &Engine,
        progress: &Progress,
    ) -> Result<Cold, EngineError> {
        let removal = engine.remove_cache_made_since(&self.before, &self.made).await?;
        for (id, reason) in &removal.left {
            progress.warn(&format!("build cache record {id} stays: {reason}"));
        }
        Ok(told(&removal))
    }
}

fn told(removal: &Removal) -> Cold {
    Cold {
        was: &["steps", "cache_mounts"],
        was_not: &["bases", "page_cache", "network"],
        records_removed: removal.removed.len(),
        records_left: removal.left.iter().map(|(id, reason)| format!("{id}: {reason}")).collect(),
    }
}
