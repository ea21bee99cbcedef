//! What opens a batch: where it was measured, and what it is going to measure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Plan, Record, Run, kind};

/// Where a batch was measured, as far as it decides whether two batches can be
/// compared. What is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Ground {
    /// Version of the tool that measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// Engine version, as the engine says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<String>,
    /// API version agreed on with the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_api: Option<String>,
    /// Storage driver (`overlay2`, ...).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_driver: Option<String>,
    /// Image store: `graphdriver` or `containerd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_store: Option<String>,
    /// cgroup version of the engine: `1` or `2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_version: Option<String>,
    /// cgroup driver of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_driver: Option<String>,
    /// `local` or `remote`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_location: Option<String>,
    /// What builds: `buildx`, `engine` or `legacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder_backend: Option<String>,
    /// buildx driver (`docker`, `docker-container`, ...).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder_driver: Option<String>,
    /// Version of the builder's client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder_version: Option<String>,
    /// Operating system of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Kernel release of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Architecture of the engine, as the engine says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// CPU model of this machine; only with a local engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// CPUs that the engine sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<u64>,
    /// Memory that the engine sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// CPU frequency governor of this machine; only with a local engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_governor: Option<String>,
    /// `none`, or that a hypervisor was seen; only with a local engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtualization: Option<String>,
}

impl Ground {
    /// That of records that were made without an engine: the tool's version alone.
    pub fn of_tool(version: &str) -> Self {
        Self { tool_version: Some(version.to_owned()), ..Self::default() }
    }
}

/// Share of the last ten seconds in which some task waited (PSI `some avg10`),
/// each 0 to 1. Absent where the kernel does not tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Pressure {
    /// Waiting for a CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ratio: Option<f64>,
    /// Waiting for memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_ratio: Option<f64>,
    /// Waiting for input and output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io_ratio: Option<f64>,
}

/// How a batch waited for others to leave the machine alone before its first run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct QuietWait {
    /// How long it would have waited, in seconds.
    pub longest_seconds: f64,
    /// How long it waited, in seconds.
    pub waited_seconds: f64,
    /// Whether the machine was quiet then: others took at most 10 % of its CPUs.
    pub quiet: bool,
    /// The share of all CPUs that others, the hypervisor included, took at last, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_cpu_ratio: Option<f64>,
}

/// The `detail` of an `env` record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct EnvDetail {
    /// The tool that began the batch.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tool: String,
    /// What makes batches comparable.
    pub ground: Ground,
    /// The engine's own id; never compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_id: Option<String>,
    /// Address of the engine, without credentials; never compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_host: Option<String>,
    /// Load average over one minute when the batch began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load1: Option<f64>,
    /// Stolen CPU time since boot, as a share of all CPU time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_steal_ratio: Option<f64>,
    /// Pressure when the batch began.
    pub pressure: Pressure,
    /// Seed of the random order of the rounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How the batch waited for a quiet machine (`--quiet-wait`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_wait: Option<QuietWait>,
    /// What the batch sets out to measure.
    pub plan: Plan,
}

impl EnvDetail {
    /// The `env` record that opens `batch`; the records of that batch name it by `id`.
    pub fn into_record(self, at: Timestamp, batch: &str, id: &str) -> Record {
        let mut record = Record::new(kind::ENV, at);
        record.run = Some(Run { batch: batch.to_owned(), ..Run::default() });
        record.env = Some(id.to_owned());
        record.detail = Some(self.into());
        record
    }
}
