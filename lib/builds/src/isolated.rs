//! Builds that leave the user's build cache as it was.
//!
//! `--no-cache` alone would empty the user's cache mounts, and its layers would
//! answer the user's next build. So such a build has a namespace of its own for
//! cache mounts, and the records that it made are removed: those of a cold build
//! right after it, those of a priming build when all that it primed is done.

use std::ffi::OsString;

use crate::Trace;
use crate::cache::{BuildCache, CacheSnapshot, OwnBuilds, OwnMount, Removal};
use dp_cgroup::{ParentGroup, Usage};
use dp_engine::EngineError;
use dp_engine::info::EngineFacts;
use dp_record::detail::build::Cold;
use dp_session::Session;
use dp_tool::Progress;

/// The build argument by which BuildKit keeps cache mounts apart.
const NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";

/// The first engine whose builder heeds `--cgroup-parent`.
const GROUPED: u32 = 28;

/// What of the build cache a build may use, and what becomes of what it adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheUse {
    /// All that is there; what it adds stays.
    AsIs,
    /// Nothing, with cache mounts of its own; what it adds goes right after it.
    Cold,
    /// Nothing, with the cache mounts of this namespace; what it adds stays for
    /// the builds that are [`CacheUse::Primed`], and goes at the end of the batch.
    Priming(String),
    /// All that is there, with the cache mounts of this namespace; what it adds
    /// goes right after it.
    Primed(String),
}

impl CacheUse {
    /// Whether every step is to run.
    pub fn is_cold(&self) -> bool {
        matches!(self, Self::Cold | Self::Priming(_))
    }
}

/// Words of the command line that make a build cold.
pub fn cold_words(namespace: &str) -> Vec<OsString> {
    let mut words = vec!["--no-cache".into()];
    words.extend(namespace_words(namespace));
    words
}

fn namespace_words(namespace: &str) -> [OsString; 2] {
    ["--build-arg".into(), format!("{NAMESPACE}={namespace}").into()]
}

/// A build whose records must go.
#[derive(Debug)]
pub struct IsolatedRun {
    namespace: String,
    /// Whether every step runs.
    cold: bool,
    before: CacheSnapshot,
    own: OwnBuilds,
    /// The group that the RUN steps are under, where they can be. It is part of
    /// a step's cache key, which does not matter in a build that nothing primes. It is a
    /// folder with the systemd driver, too: the builder's runc makes it without systemd.
    group: Option<ParentGroup>,
}

/// What such a build leaves.
#[derive(Debug, Default)]
pub struct IsolatedEnd {
    /// What was cold, and what became of the records; none if nothing was.
    pub cold: Option<Cold>,
    /// What the RUN steps used.
    pub usage: Usage,
    /// The cache mounts that it had, with their sizes when it had ended.
    pub mounts: Vec<OwnMount>,
    /// Whether its records stay since others would lose by their removal.
    pub would_forget: bool,
    /// Whether its records stay since the engine does not let go of them.
    pub held: bool,
    /// How many of its records stay.
    pub left: usize,
    /// How many went.
    pub removed: usize,
}

impl IsolatedRun {
    /// To be called right before the build; none where it is to use and leave
    /// what any build would. `namespace` is that of a cold build.
    ///
    /// # Errors
    /// The engine is lost.
    pub async fn begin(
        session: &Session,
        usage: &CacheUse,
        namespace: String,
    ) -> Result<Option<Self>, EngineError> {
        let namespace = match usage {
            CacheUse::AsIs => return Ok(None),
            CacheUse::Cold => namespace,
            CacheUse::Priming(shared) | CacheUse::Primed(shared) => shared.clone(),
        };
        let before = cache_of(session).snapshot().await?;
        let own = OwnBuilds::in_namespace(&namespace);
        let group = (*usage == CacheUse::Cold && heeds_parents(&session.facts))
            .then(|| session.build_group(&namespace).ok());
        Ok(Some(Self { namespace, cold: usage.is_cold(), before, own, group: group.flatten() }))
    }

    /// What the command line needs.
    pub fn words(&self) -> Vec<OsString> {
        let mut words = if self.cold {
            cold_words(&self.namespace)
        } else {
            namespace_words(&self.namespace).into()
        };
        words.extend(
            self.group.iter().map(|group| format!("--cgroup-parent={}", group.parent()).into()),
        );
        words
    }

    /// The build argument that keeps its cache mounts apart.
    pub fn build_arg(&self) -> (String, String) {
        (NAMESPACE.to_owned(), self.namespace.clone())
    }

    /// Whether every step is to run.
    pub fn is_cold(&self) -> bool {
        self.cold
    }

    /// The group that the engine is to put RUN steps under.
    pub fn cgroup_parent(&self) -> Option<String> {
        self.group.as_ref().map(ParentGroup::parent)
    }

    /// Adds what the build did, however far it came.
    pub fn add(&mut self, trace: &Trace, stopped: bool) {
        if stopped { self.own.add_stopped(trace) } else { self.own.add(trace) }
    }

    /// Takes on a later one: what both made goes when this one ends.
    pub fn take_on(&mut self, later: Self) {
        self.own.join(later.own);
    }

    /// The cache mounts that it filled.
    ///
    /// # Errors
    /// The engine is lost.
    pub async fn mounts(&self, session: &Session) -> Result<Vec<OwnMount>, EngineError> {
        cache_of(session).mounts_made_since(&self.before, &self.own).await
    }

    /// What was cold, before it is known what becomes of the records.
    pub fn cold(&self) -> Option<Cold> {
        self.cold.then(|| Cold {
            was: ["steps", "cache_mounts"].map(str::to_owned).to_vec(),
            was_not: ["bases", "page_cache", "network"].map(str::to_owned).to_vec(),
            ..Cold::default()
        })
    }

    /// Reads what was used, and removes the records that the build made. What may
    /// be another's stays. `primed` are the cache mounts of the build that
    /// primed it, which it used in place of its own.
    ///
    /// # Errors
    /// The engine is lost: it can be asked to end once more.
    pub async fn end(
        &mut self,
        session: &Session,
        primed: Option<&[OwnMount]>,
    ) -> Result<IsolatedEnd, EngineError> {
        let version = session.facts.cgroup_version.unwrap_or_default();
        let usage = self.group.as_ref().map_or_else(Usage::default, |group| group.usage(version));
        let cold = self.cold();
        drop(self.group.take());
        let removal = cache_of(session).remove_made_since(&self.before, &self.own).await?;
        let (would_forget, held) = (removal.would_forget(), removal.is_held());
        let (left, removed) = (removal.left.len(), removal.removed.len());
        let cold = cold.map(|cold| with_removal(cold, &removal));
        let mounts = match primed {
            Some(mounts) => removal.sizes_of(mounts),
            None => removal.mounts,
        };
        Ok(IsolatedEnd { cold, usage, mounts, would_forget, held, left, removed })
    }
}

impl IsolatedEnd {
    /// Says that records stay, if any do.
    pub fn warn(&self, progress: &Progress) {
        let why = match self {
            Self { left: 0, .. } => return,
            Self { would_forget: true, .. } => {
                "since the engine would forget cached steps of others with them (scripts/clean-engine removes them where it can)"
            }
            Self { held: true, .. } => {
                "which the engine still holds (it lets go of them at the latest when it is restarted)"
            }
            _ => "which may be another build's",
        };
        let named = if self.cold.is_some() { " (detail.cold names them)" } else { "" };
        let left = self.left;
        progress.warn(&format!("{left} new build cache records stay, {why}{named}"));
    }
}

/// The build cache of a session's engine.
fn cache_of(session: &Session) -> BuildCache<'_> {
    BuildCache::of(&session.engine, session.facts.image_store)
}

/// Whether the engine puts RUN steps under a group of our choice.
fn heeds_parents(facts: &EngineFacts) -> bool {
    let major = facts.engine_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= GROUPED)
}

fn with_removal(cold: Cold, removal: &Removal) -> Cold {
    Cold {
        records_removed: Some(removal.removed.len() as u64),
        records_left: removal.left.iter().map(|(id, reason)| format!("{id}: {reason}")).collect(),
        ..cold
    }
}
