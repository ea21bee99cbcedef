//! What explains the figures of one observed run of a container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::word::word_enum;

/// The `detail` of a `stats` record: of an observed run, or of a search for the
/// smallest memory limit (then `fit` alone is there).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StatsDetail {
    /// Where the readings come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the figures describe (`start to exit`...).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The clock of all seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// How `memory_peak_bytes` is known: `kernel` or `sampled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_source: Option<String>,
    /// Time from one reading to the next, in seconds: sampled figures do not
    /// see what comes and goes in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<f64>,
    /// Whether the kernel counted in a control group of dp's own, to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_group: Option<bool>,
    /// The load that ran meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadDetail>,
    /// The probes that were sent meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeDetail>,
    /// The container's own limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ContainerLimits>,
    /// The metrics that are not known, each with the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<String, String>,
    /// What should be looked at, worst first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<Finding>>,
    /// The services of a stack whose sum this is: read in the control group around all of
    /// them, so that what is added was used at the same time; counters are sums of theirs
    /// where that group does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sum_of: Vec<String>,
    /// The search for the smallest memory limit; with `--fit` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<MemoryFit>,
}

/// A load command.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LoadDetail {
    /// The command, as it was given.
    pub command: String,
    /// From its start to its end, in seconds.
    pub seconds: f64,
    /// How it ended; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<LoadOutcome>,
    /// The last lines of its output.
    pub output: Vec<String>,
    /// Why metrics that it printed are not taken, if some are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_taken: Option<String>,
}

/// How a load ended: `{"exit_code": 0}`, `{"signal": 9}`, or a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected an object or a string")]
pub enum LoadOutcome {
    /// By itself.
    Exited(ExitStatus),
    /// Otherwise.
    Ended(LoadEndReason),
}

/// How a process ended by itself: one of the two is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExitStatus {
    /// Its exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// The signal that ended it, which dp did not send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i64>,
}

word_enum! {
    /// Why dp ended a load.
    LoadEndReason {
        /// It took too long.
        Timeout => "timeout",
        /// It was no longer needed.
        Stopped => "stopped",
    }
}

/// Probes that were sent at a fixed rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProbeDetail {
    /// What was asked, as `--probe` spells it.
    pub condition: String,
    /// How the container was reached.
    pub by: String,
    /// Probes a second.
    pub rate: f64,
    /// How many were answered as wanted.
    pub answers: u64,
    /// How many were not, by reason.
    pub errors: BTreeMap<String, u64>,
    /// How many were due after the container had ended; they count for nothing.
    pub after_end: u64,
    /// The longest time from when a probe was due until dp sent it, in seconds:
    /// dp's own part in the latencies.
    pub late_max_seconds: f64,
}

/// The limits of a container. What is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ContainerLimits {
    /// Memory, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<Bound<u64>>,
    /// Swap, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swap_bytes: Option<Bound<u64>>,
    /// CPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_cores: Option<Bound<f64>>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<Bound<u64>>,
}

/// A limit: a number, or the word `none`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number, 0 or more, or the word \"none\"")]
pub enum Bound<T> {
    /// At most so much.
    At(T),
    /// No number.
    Word(BoundWord),
}

word_enum! {
    /// What a limit is that is no number.
    BoundWord {
        /// No limit is set.
        None => "none",
    }
}

impl<T: Copy> Bound<T> {
    /// The number, if there is one.
    pub fn at(&self) -> Option<T> {
        match self {
            Self::At(value) => Some(*value),
            Self::Word(_) => None,
        }
    }

    /// That no limit is set.
    pub fn none() -> Self {
        Self::Word(BoundWord::None)
    }

    /// Whether it is known that no limit is set.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Word(BoundWord::None))
    }
}

/// The search for the smallest memory limit under which the work still passes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MemoryFit {
    /// The runs without a limit.
    pub without_limit: UnlimitedRuns,
    /// What a run must keep to pass.
    pub passes: PassCriteria,
    /// The runs under limits, in their order.
    pub tries: Vec<FitRun>,
    /// How sure the recommendation is; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure: Option<FitConfidence>,
}

/// The runs without a limit: their medians, and their largest peak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UnlimitedRuns {
    /// How many.
    pub runs: u64,
    /// Largest memory peak, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// Median time of the work, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Median time in which it waited for memory, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled_seconds: Option<f64>,
}

/// What a run under a limit must keep to pass, beside exit code 0 and no
/// process killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PassCriteria {
    /// Longest time, in seconds, by the median of the confirming runs.
    pub seconds: f64,
    /// Longest time of a single run, in seconds.
    pub single_seconds: f64,
    /// Longest wait for memory, in seconds; absent where the kernel does not
    /// count it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled_seconds: Option<f64>,
}

/// One run under a limit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FitRun {
    /// The limit of memory, in bytes; swap is not allowed.
    pub limit_bytes: u64,
    /// Whether the run was to confirm the recommendation.
    pub confirming: bool,
    /// Whether it passed.
    pub passed: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<FitFailure>,
    /// The code of its failure, if it was no run at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Exit code of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// How many processes were killed since memory ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_kills: Option<i64>,
    /// How long the work took, in seconds; absent if it did not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How long it waited for memory, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled_seconds: Option<f64>,
}

word_enum! {
    /// Why a run under a limit did not pass.
    FitFailure {
        /// A process was killed since memory ran out.
        OomKilled => "oom_killed",
        /// It could not be started, or failed in another way.
        Error => "error",
        /// It ended with another exit code than 0.
        NonzeroExit => "nonzero_exit",
        /// It waited too long for memory.
        MemoryPressure => "memory_pressure",
        /// It took too long.
        Slower => "slower",
    }
}

/// How sure a recommended limit is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FitConfidence {
    /// Smallest passing limit over largest failing one, less 1: the need lies
    /// in between. Absent where no limit failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_ratio: Option<f64>,
    /// Limited runs of the search.
    pub searching_runs: u64,
    /// Runs under the recommended limit, one after the other, that all passed.
    pub confirming_runs: u64,
}
