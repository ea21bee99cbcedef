//! The observation of one container: readings, counters and limits. Figures are
//! made of nothing else, whether it was made now or is replayed.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_cgroup::{Limit, Limits, Network, Sample, Totals};
use dp_record::detail::stats::{Bound, ContainerLimits};
use serde::{Deserialize, Serialize};

use crate::load::FinishedLoad;
use crate::probe_summary::ProbeSummary;

/// One container, watched for a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Observation {
    /// The period that the figures describe.
    pub(crate) period: Period,
    /// Where the readings come from.
    pub(crate) source: String,
    /// Time from one reading to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interval_seconds: Option<f64>,
    /// Readings that were due and not made; absent where the engine sets the pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missed: Option<u64>,
    /// The counters when the period began; nothing for a container
    /// that began with it.
    pub(crate) before: Counters,
    /// The counters when it ended.
    pub(crate) after: Counters,
    /// The container's own limits.
    pub(crate) limits: ContainerLimits,
    /// Exit code, if it ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<i64>,
    /// From its start to its own end, if we saw both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run_seconds: Option<f64>,
    /// Kills for want of memory that the engine reported.
    #[serde(default, rename = "oom_told")]
    pub(crate) oom_reported: u64,
    /// CPU time of our process, in seconds.
    pub(crate) overhead_cpu_seconds: f64,
    /// CPU time of the engine's process, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) engine_cpu_seconds: Option<f64>,
    /// The load that ran at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<FinishedLoad>,
    /// The result of the probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probe: Option<ProbeSummary>,
    /// Whether the kernel counted in a group of our own, to the very end.
    #[serde(default)]
    pub(crate) own_group: bool,
    /// What is not known, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) absent: BTreeMap<String, String>,
    /// The readings, in order.
    #[serde(skip)]
    pub(crate) points: Vec<Point>,
}

impl Observation {
    /// Units of metrics that the catalogue does not know: those of the load.
    pub(crate) fn units(&self) -> BTreeMap<String, String> {
        self.load.as_ref().map(FinishedLoad::units).unwrap_or_default()
    }
}

/// A time that figures describe.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Period {
    /// From what to what (`start to exit`).
    pub(crate) name: String,
    /// How long.
    pub(crate) seconds: f64,
}

/// One reading. What is not counted is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Since the period began.
    pub(crate) elapsed_seconds: f64,
    /// All memory that is charged, page cache included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_bytes: Option<u64>,
    /// Anonymous memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) anonymous_bytes: Option<u64>,
    /// Page cache, tmpfs and shared memory included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_bytes: Option<u64>,
    /// Page cache that goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inactive_file_bytes: Option<u64>,
    /// Swap in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) swap_bytes: Option<u64>,
    /// Processes and threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pids: Option<u64>,
    /// CPU time since the container began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_seconds: Option<f64>,
}

impl Point {
    /// Of what the kernel or the engine says.
    pub(crate) fn of(sample: &Sample, elapsed: Duration) -> Self {
        Self {
            elapsed_seconds: elapsed.as_secs_f64(),
            memory_bytes: sample.memory_bytes,
            anonymous_bytes: sample.anonymous_bytes,
            cache_bytes: sample.cache_bytes,
            inactive_file_bytes: sample.inactive_file_bytes,
            swap_bytes: sample.swap_bytes,
            pids: sample.pids,
            cpu_seconds: sample.cpu.map(|cpu| cpu.as_secs_f64()),
        }
    }

    /// The working set, as docker stats shows memory.
    pub(crate) fn working_set_bytes(&self) -> Option<u64> {
        let sample = Sample {
            memory_bytes: self.memory_bytes,
            inactive_file_bytes: self.inactive_file_bytes,
            ..Sample::default()
        };
        sample.working_set_bytes()
    }
}

/// What only grows while a container lives. What is not counted is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_seconds: Option<f64>,
    /// Periods in which something wanted to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) periods: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) throttled_periods: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) throttled_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_peak_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pids_peak: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oom_kills: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) io_read_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) io_write_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) net_rx_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) net_tx_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_pressure_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_pressure_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) io_pressure_seconds: Option<f64>,
}

impl Counters {
    /// What a reading counts.
    pub(crate) fn of_sample(sample: &Sample) -> Self {
        let throttling = sample.throttling.as_ref();
        Self {
            cpu_seconds: sample.cpu.map(|cpu| cpu.as_secs_f64()),
            periods: throttling.map(|of| of.periods),
            throttled_periods: throttling.map(|of| of.throttled_periods),
            throttled_seconds: throttling.map(|of| of.throttled.as_secs_f64()),
            ..Self::default()
        }
    }

    /// The other counters.
    pub(crate) fn of_totals(totals: &Totals) -> Self {
        let waited = |pressure: Option<dp_cgroup::Pressure>| {
            pressure.map(|pressure| pressure.some.as_secs_f64())
        };
        Self {
            memory_peak_bytes: totals.memory_peak_bytes,
            pids_peak: totals.pids_peak,
            oom_kills: totals.oom_kills,
            io_read_bytes: totals.io.map(|io| io.read_bytes),
            io_write_bytes: totals.io.map(|io| io.write_bytes),
            memory_pressure_seconds: waited(totals.memory_pressure),
            cpu_pressure_seconds: waited(totals.cpu_pressure),
            io_pressure_seconds: waited(totals.io_pressure),
            ..Self::default()
        }
    }

    /// What went over the network.
    pub(crate) fn of_network(network: &Network) -> Self {
        Self {
            net_rx_bytes: Some(network.rx_bytes),
            net_tx_bytes: Some(network.tx_bytes),
            ..Self::default()
        }
    }

    /// The same, with what another one knows that this one does not.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds.or(other.cpu_seconds),
            periods: self.periods.or(other.periods),
            throttled_periods: self.throttled_periods.or(other.throttled_periods),
            throttled_seconds: self.throttled_seconds.or(other.throttled_seconds),
            memory_peak_bytes: self.memory_peak_bytes.or(other.memory_peak_bytes),
            pids_peak: self.pids_peak.or(other.pids_peak),
            oom_kills: self.oom_kills.or(other.oom_kills),
            io_read_bytes: self.io_read_bytes.or(other.io_read_bytes),
            io_write_bytes: self.io_write_bytes.or(other.io_write_bytes),
            net_rx_bytes: self.net_rx_bytes.or(other.net_rx_bytes),
            net_tx_bytes: self.net_tx_bytes.or(other.net_tx_bytes),
            memory_pressure_seconds: self.memory_pressure_seconds.or(other.memory_pressure_seconds),
            cpu_pressure_seconds: self.cpu_pressure_seconds.or(other.cpu_pressure_seconds),
            io_pressure_seconds: self.io_pressure_seconds.or(other.io_pressure_seconds),
        }
    }
}

/// The container's own limits, as records have them.
pub(crate) fn limits_of(limits: Limits) -> ContainerLimits {
    fn bound<T: Copy>(limit: Limit<T>) -> Bound<T> {
        match limit {
            Limit::At(value) => Bound::At(value),
            Limit::Unlimited => Bound::none(),
        }
    }
    ContainerLimits {
        memory_bytes: limits.memory_bytes.map(bound),
        swap_bytes: limits.swap_bytes.map(bound),
        cpu_cores: limits.cpu_cores.map(bound),
        pids: limits.pids.map(bound),
    }
}
