//! Cold runs that leave the user's build cache as it was.
//!
//! `--no-cache` alone would empty the user's cache mounts, and its layers would
//! answer the user's next build. So a cold run has a namespace of its own for
//! cache mounts, and the records that it made are removed after it.

use std::ffi::OsString;

use dp_engine::EngineError;
use dp_engine::build::Trace;
use dp_engine::cache::{CacheSnapshot, Made, Removal};
use dp_engine::cgroup::{ParentGroup, Usage};
use dp_engine::info::EngineFacts;
use dp_tool::{Progress, Session};

use crate::detail::Cold;

/// The build argument by which BuildKit keeps cache mounts apart.
const NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";

/// The first engine whose builder heeds `--cgroup-parent`.
const GROUPED: u32 = 28;

/// Words of the command line that make a build cold.
pub(crate) fn words(namespace: &str) -> Vec<OsString> {
    vec!["--no-cache".into(), "--build-arg".into(), format!("{NAMESPACE}={namespace}").into()]
}

/// A cold run whose records must go.
#[derive(Debug)]
pub(crate) struct ColdRun {
    namespace: String,
    before: CacheSnapshot,
    made: Made,
    /// The group that the RUN steps are under, where they can be. It is part of
    /// a step's cache key, which does not matter in a cold run.
    group: Option<ParentGroup>,
}

/// What a cold run leaves.
#[derive(Debug, Default)]
pub(crate) struct ColdEnd {
    /// What was cold, and what became of the records.
    pub(crate) told: Option<Cold>,
    /// What the RUN steps used.
    pub(crate) usage: Usage,
}

impl ColdRun {
    /// To be called right before the build.
    pub(crate) async fn begin(session: &Session, namespace: String) -> Result<Self, EngineError> {
        let before = session.engine.cache_snapshot().await?;
        let made = Made::in_namespace(&namespace);
        let group = heeds_parents(&session.facts).then(|| session.parent_group(&namespace).ok());
        let group = group.flatten();
        Ok(Self { namespace, before, made, group })
    }

    /// What the command line needs.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let group =
            self.group.iter().map(|group| format!("--cgroup-parent={}", group.parent()).into());
        words(&self.namespace).into_iter().chain(group).collect()
    }

    /// The build argument that keeps its cache mounts apart.
    pub(crate) fn build_arg(&self) -> (String, String) {
        (NAMESPACE.to_owned(), self.namespace.clone())
    }

    /// The group that the engine is to put RUN steps under.
    pub(crate) fn cgroup_parent(&self) -> Option<String> {
        self.group.as_ref().map(ParentGroup::parent)
    }

    /// Adds what the build did, however far it came.
    pub(crate) fn add(&mut self, trace: &Trace) {
        self.made.add(trace);
    }

    /// Reads what was used, and removes the records that the run made. What may
    /// be another's stays, and is said.
    pub(crate) async fn end(
        self,
        session: &Session,
        progress: &Progress,
    ) -> Result<ColdEnd, EngineError> {
        let version = session.facts.cgroup_version.unwrap_or_default();
        let usage = self.group.as_ref().map_or_else(Usage::default, |group| group.usage(version));
        drop(self.group);
        let removal = session.engine.remove_cache_made_since(&self.before, &self.made).await?;
        if !removal.left.is_empty() {
            let count = removal.left.len();
            progress.warn(&format!(
                "{count} new build cache records stay, which may be another build's (detail.cold names them)"
            ));
        }
        Ok(ColdEnd { told: Some(told(&removal)), usage })
    }
}

/// Whether the engine puts RUN steps under a group that it is told.
fn heeds_parents(facts: &EngineFacts) -> bool {
    let major = facts.engine_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= GROUPED)
}

fn told(removal: &Removal) -> Cold {
    Cold {
        was: &["steps", "cache_mounts"],
        was_not: &["bases", "page_cache", "network"],
        records_removed: removal.removed.len(),
        records_left: removal.left.iter().map(|(id, reason)| format!("{id}: {reason}")).collect(),
    }
}
