//! What explains the figures of one build.

use serde::{Deserialize, Serialize};

use super::word::word_enum;

/// The `detail` of a `build` record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BuildDetail {
    /// Where the progress came from: `buildx`, `engine`, `legacy` or `log`.
    pub source: String,
    /// Which clock stamped what.
    pub clock: BuildClock,
    /// Time between the first start and the last end of a vertex in which no
    /// vertex ran, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_seconds: Option<f64>,
    /// What was cold and what was not; with `--cold` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold: Option<Cold>,
    /// Files of the context that may not be read and were sent empty; absent
    /// if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_unreadable_files: Option<u64>,
    /// The steps and base images, in the order in which the builder first
    /// named them.
    pub steps: Vec<BuildStep>,
    /// The vertices that are no steps (context, metadata, export...).
    pub other: Vec<OtherVertex>,
    /// What the builder remarks about the Dockerfile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Which clock stamped the times of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BuildClock {
    /// That of `wall_seconds`; absent for a recorded build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall: Option<String>,
    /// That of all other times.
    pub vertexes: String,
}

/// What a cold run found cold, and what it did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Cold {
    /// What was empty or not used (`steps`, `cache_mounts`...).
    pub was: Vec<String>,
    /// What was left as it was (`bases`, `page_cache`...).
    pub was_not: Vec<String>,
    /// How many cache records the run made, which were removed again; absent
    /// where they go later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_removed: Option<u64>,
    /// Ids of new cache records that stay, since they may be another build's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records_left: Vec<String>,
}

/// One step of a build, or a base image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BuildStep {
    /// `[stage n/m]` and the instruction: the Dockerfile's own text where it is
    /// known, else the builder's.
    pub name: String,
    /// The stage; absent where it has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The Dockerfile's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Its first line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Its last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    /// What became of it.
    pub state: StepState,
    /// When it started, in seconds after the first vertex did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_seconds: Option<f64>,
    /// How long it ran, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How long it waited after the end of its last input, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_seconds: Option<f64>,
    /// Whether it is on the critical path: a shorter step, a shorter build.
    pub critical: bool,
    /// Network of a RUN step: `default`, `none` or `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The steps whose results it needs, by their index in this list, from 0;
    /// absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<usize>>,
}

word_enum! {
    /// What became of a step.
    StepState {
        /// A base image.
        Base => "base",
        /// Its result was in the build cache.
        Cached => "cached",
        /// It ran.
        Executed => "executed",
        /// Another build ran it at the same time, and this one had its result. Times before this
        /// build began are cut off.
        Shared => "shared",
        /// It never ran, since the build ended before.
        Skipped => "skipped",
        /// It ran, and was stopped since another step failed.
        Canceled => "canceled",
        /// It ran and failed.
        Failed => "failed",
    }
}

/// A vertex that is no step of the Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OtherVertex {
    /// Its name, as the builder calls it.
    pub name: String,
    /// When it started, in seconds after the first vertex did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_seconds: Option<f64>,
    /// How long it ran, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Whether it is on the critical path.
    pub critical: bool,
}

impl BuildDetail {
    /// The steps that ran, with their index in [`BuildDetail::steps`].
    pub fn executed(&self) -> impl Iterator<Item = (usize, &BuildStep)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.state == StepState::Executed)
    }

    /// The names of the images that the builder looked up, those of all stages.
    pub fn base_images(&self) -> impl Iterator<Item = &str> {
        /// What BuildKit calls the vertex that looks up a base image.
        const METADATA: &str = "[internal] load metadata for ";
        self.other.iter().filter_map(|vertex| vertex.name.strip_prefix(METADATA))
    }
}
