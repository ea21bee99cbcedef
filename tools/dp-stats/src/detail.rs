//! The `detail` of a stats record.

use std::collections::BTreeMap;

use dp_record::Metrics;
use serde::Serialize;

use crate::figures;
use crate::findings::{self, Finding};
use crate::load::{End, Loaded};
use crate::observation::{Bounds, Observation};
use crate::probed::Probed;

/// What stands behind the figures of one container.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// Where the readings come from.
    pub(crate) source: String,
    /// What the figures describe.
    pub(crate) period: String,
    /// The clock of all seconds.
    pub(crate) clock: &'static str,
    /// How `memory_peak_bytes` is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peak_source: Option<&'static str>,
    /// Time from one reading to the next: what comes and goes within it is not
    /// seen by what is sampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interval_seconds: Option<f64>,
    /// Whether the kernel counted in a group of our own, beyond the exit.
    pub(crate) own_group: bool,
    /// The load that ran meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<LoadDetail>,
    /// What was asked meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probe: Option<ProbeDetail>,
    /// The container's own limits.
    pub(crate) limits: Bounds,
    /// What is not known, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) absent: BTreeMap<String, String>,
    /// What should be looked at.
    pub(crate) findings: Vec<Finding>,
}

/// A load.
#[derive(Debug, Serialize)]
pub(crate) struct LoadDetail {
    /// As it was given.
    pub(crate) command: String,
    /// From its start to its end.
    pub(crate) seconds: f64,
    /// How it ended.
    pub(crate) end: End,
    /// Its last lines.
    pub(crate) output: Vec<String>,
    /// Why figures of pgbench are not taken, if it spoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_taken: Option<String>,
}

/// Probes.
#[derive(Debug, Serialize)]
pub(crate) struct ProbeDetail {
    /// What was asked.
    pub(crate) condition: String,
    /// By which way.
    pub(crate) by: String,
    /// Probes a second.
    pub(crate) rate: f64,
    /// Those that were answered.
    pub(crate) answers: usize,
    /// Those that were not answered as wanted, by reason.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Those that were due after the container's own end, and count for nothing.
    pub(crate) after_end: u64,
    /// The longest that one left after it was due: our own part in the figures.
    pub(crate) late_max_seconds: f64,
}

impl LoadDetail {
    fn of(load: &Loaded) -> Self {
        Self {
            command: load.command.clone(),
            seconds: load.seconds,
            end: load.end,
            output: load.output.clone(),
            not_taken: load.pgbench.refused(),
        }
    }
}

impl ProbeDetail {
    fn of(probe: &Probed) -> Self {
        Self {
            condition: probe.condition.clone(),
            by: probe.by.clone(),
            rate: probe.rate,
            answers: probe.latencies_seconds.len(),
            errors: probe.errors.clone(),
            after_end: probe.after_end,
            late_max_seconds: probe.late_max_seconds,
        }
    }
}

impl Detail {
    /// Of an observation and its metrics.
    pub(crate) fn of(seen: &Observation, metrics: &Metrics) -> Self {
        let unknown = |name: &String| metrics.get(name).is_none_or(|_| name == "samples");
        let absent = seen.absent.iter().filter(|(name, _)| unknown(name));
        Self {
            source: seen.source.clone(),
            period: seen.period.name.clone(),
            clock: "client, monotonic",
            peak_source: figures::memory_peak(seen).map(|(_, source)| source.word()),
            interval_seconds: seen.interval_seconds,
            own_group: seen.own_group,
            load: seen.load.as_ref().map(LoadDetail::of),
            probe: seen.probe.as_ref().map(ProbeDetail::of),
            limits: seen.limits,
            absent: absent.map(|(name, why)| (name.clone(), why.clone())).collect(),
            findings: findings::of(seen, metrics),
        }
    }
}
