//! What explains the figures of one build cache scenario.

use serde::{Deserialize, Serialize};

use super::build::{BuildClock, BuildStep, Cold};
use super::finding::Finding;
use super::word::word_enum;

/// The `detail` of a `cache` record: one build after one change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CacheDetail {
    /// Where the progress came from: `buildx`, `engine`, `legacy` or `log`; of
    /// a volume `container`.
    pub source: String,
    /// Which clock stamped what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<BuildClock>,
    /// What was changed before the build; absent where nothing was (`cold`,
    /// `warm`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ScenarioChange>,
    /// What was cold and what was not; in the scenario `cold` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold: Option<Cold>,
    /// Seconds of the cold build that `saved_seconds` and `saved_ratio` are
    /// counted against (the median of its runs).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_seconds: Option<f64>,
    /// All steps and base images, in the order in which the builder first named
    /// them; those that ran have the state `executed`.
    pub steps: Vec<BuildStep>,
    /// Per branch of the build graph the first step whose cached result could
    /// not be used.
    pub invalidated: Vec<Invalidation>,
    /// The cache mounts of the steps.
    pub mounts: Vec<CacheMount>,
    /// What `--cache-to` and `--cache-from` cost and save.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<CacheTransfer>,
    /// The volume, in place of a build; with `--volume` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<CacheVolume>,
    /// What to change, most seconds first.
    pub findings: Vec<Finding>,
}

/// What a scenario changes before the build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ScenarioChange {
    /// What kind of change it is.
    pub edit: EditKind,
    /// The file that changes, by its path in the context; absent for `arg` and
    /// `cmd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is done to it, for people: the comment that is added, the mode that
    /// is set, the build argument (its value masked), the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why this file and this edit: the user's own words, a manifest that is
    /// known, the file that changed most often in the last commits...
    pub chosen_since: String,
    /// What limits the figure, such as a compiler cache that a comment does not
    /// invalidate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

word_enum! {
    /// A kind of change.
    EditKind {
        /// Bytes within the file change, and it stays valid.
        Edit => "edit",
        /// Bytes are added at its end.
        Append => "append",
        /// Its time of modification alone changes.
        Touch => "touch",
        /// Its mode changes.
        Chmod => "chmod",
        /// It is deleted.
        Delete => "delete",
        /// A new file.
        Add => "add",
        /// Another value of a build argument.
        Arg => "arg",
        /// What a command of the user does to the context.
        Cmd => "cmd",
    }
}

/// The first step of a branch whose cached result could not be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Invalidation {
    /// The step, by its index in `steps`, from 0.
    pub step: usize,
    /// The stage that it is in, if that has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Its instruction: the Dockerfile's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// The first line of that, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why its cached result could not be used.
    pub cause: InvalidationCause,
    /// Which file, argument, variable, image, mount or parent step it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// In which way that differs: `content`, `mode`, `owner`, `added`, `deleted`...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// The steps that ran since this one did, itself included, by their index
    /// in `steps`.
    pub followed: Vec<usize>,
    /// How long these ran, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

word_enum! {
    /// Why the cached result of a step could not be used.
    InvalidationCause {
        /// A file that it copies or mounts.
        File => "file",
        /// A build argument that it sees.
        Argument => "argument",
        /// An environment variable that it sees.
        Environment => "environment",
        /// Its own command or text.
        Command => "command",
        /// Another base image.
        BaseImage => "base_image",
        /// A mount of it.
        Mount => "mount",
        /// A step that it needs ran again.
        Parent => "parent",
        /// Its result is no longer in the cache.
        Evicted => "evicted",
        /// None that could be found.
        Unknown => "unknown",
    }
}

/// A cache mount (`RUN --mount=type=cache`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CacheMount {
    /// Its id: `id=`, else the target.
    pub id: String,
    /// Where it is mounted.
    pub target: String,
    /// Lines of the instructions that mount it.
    pub lines: Vec<u64>,
    /// Whether a step that ran mounted it.
    pub used: bool,
    /// Whether it had content when the build began; absent where that is not
    /// known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm: Option<bool>,
    /// Its bytes when the build ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What exporting and importing a build cache cost and save.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CacheTransfer {
    /// Where the cache goes to and comes from: `registry`, `local`, `inline`, or several.
    pub kind: String,
    /// Time of the export, in seconds, by the engine's clock; of an import that of the
    /// same round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_seconds: Option<f64>,
    /// Bytes that were exported, as they are kept there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_bytes: Option<u64>,
    /// Time of asking for the cache and fetching its layers, in seconds, by the engine's
    /// clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_seconds: Option<f64>,
    /// Bytes of the layers that were fetched, as they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_bytes: Option<u64>,
    /// How many builds that import save as much as the one export cost; absent if
    /// they save nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pays_after_builds: Option<u64>,
    /// What limits the figures, such as steps that the engine's own cache answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

/// A volume that serves as a cache of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CacheVolume {
    /// Its name, as the user gave it.
    pub name: String,
    /// Where it is mounted.
    pub path: String,
    /// The command that runs.
    pub command: String,
    /// Whether the user's own volume was used; else a private one of dp's.
    pub own: bool,
    /// Bytes of it when the command had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}
