//! The `detail` of a stats record.

use std::collections::BTreeMap;

use dp_record::Metrics;
use serde::Serialize;

use crate::figures;
use crate::findings::{self, Finding};
use crate::observation::{Bounds, Observation};

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
    /// The container's own limits.
    pub(crate) limits: Bounds,
    /// What is not known, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) absent: BTreeMap<String, String>,
    /// What should be looked at.
    pub(crate) findings: Vec<Finding>,
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
            limits: seen.limits,
            absent: absent.map(|(name, why)| (name.clone(), why.clone())).collect(),
            findings: findings::of(seen, metrics),
        }
    }
}
