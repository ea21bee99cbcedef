//! The record: one observation.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Detail, FORMAT, Metrics, Version};

/// One observation. The fields are on the line in this order; a reader takes
/// them in any (see `parse`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record {
    /// Format version, `major.minor`.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^1\.[0-9]+$")))]
    pub dp: Version,
    /// What was observed: `env`, `build`, `size`, `start`, `stats`, `cache`,
    /// `verdict`, or another tool's own word.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub kind: String,
    /// When the observation began (RFC 3339, UTC).
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub at: Timestamp,
    /// What was measured; absent on `env` records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The user's own words (`--meta key=value`), and those of upstream records.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub meta: BTreeMap<String, String>,
    /// Where the observation stands in its batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// Whether the condition that was asked for was reached.
    pub outcome: Outcome,
    /// What went wrong; exactly with outcome `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The numbers; with outcome `ok` only.
    #[serde(skip_serializing_if = "Metrics::is_empty")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, f64>", default))]
    pub metrics: Metrics,
    /// What explains the figures and what limits them, typed by the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<BTreeMap<String, Value>>"))]
    pub detail: Option<Detail>,
    /// The machine just before and during the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// Id of the `env` record that the batch began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Units of metrics that dp does not know, in other people's records:
    /// metric name to unit (`seconds`, `bytes`, `ratio`, `cores`, `count`),
    /// with ` higher`, ` lower` or ` none` behind it, without which a unit is one
    /// word; a metric of which nobody says which way is better gets no verdict.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub units: BTreeMap<String, String>,
}

impl Record {
    /// An `ok` record without metrics, of an observation that began at `at`.
    pub fn new(kind: &str, at: Timestamp) -> Self {
        Self {
            dp: FORMAT,
            kind: kind.to_owned(),
            at,
            subject: None,
            meta: BTreeMap::new(),
            run: None,
            outcome: Outcome::Ok,
            error: None,
            metrics: Metrics::default(),
            detail: None,
            host: None,
            env: None,
            units: BTreeMap::new(),
        }
    }

    /// Turns the record into a failed one. A failed observation has no metrics.
    pub fn fail(&mut self, failure: Failure) {
        self.outcome = Outcome::Failed;
        self.error = Some(failure);
        self.metrics = Metrics::default();
    }

    /// Whether the record is of a warm-up run.
    pub fn is_warmup(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.warmup)
    }
}

/// What was measured. Fields are absent where unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Subject {
    /// What people call it.
    pub name: String,
    /// `cold`, `warm`, `as-is`, `code`, `deps`, or the user's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// `os/architecture[/variant]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Name of the variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Image id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The name by which the image can be had.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Path of the Dockerfile, as the user gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
    /// The stage that was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Path of the build context, as the user gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Container name or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

impl Subject {
    /// What people call it: its name, and its variant's.
    pub fn label(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{} {variant}", self.name),
            None => self.name.clone(),
        }
    }

    /// Makes it another series by a word behind its scenario, if it has one.
    pub fn add_scenario(&mut self, word: &str) {
        self.scenario = Some(match self.scenario.take() {
            Some(scenario) => format!("{scenario} {word}"),
            None => word.to_owned(),
        });
    }
}

/// Where an observation stands in its batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// One id per invocation.
    pub batch: String,
    /// The round, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// How many rounds there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// Place in the round, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Whether the run is a warm-up, which never enters statistics.
    #[serde(default)]
    pub warmup: bool,
}

/// Whether the condition that was asked for was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was reached.
    Ok,
    /// It was not.
    Failed,
}

/// Why an observation failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// Stable, snake case.
    #[cfg_attr(test, schemars(regex(pattern = r"^[a-z][a-z0-9_]*$")))]
    pub code: String,
    /// One line.
    pub message: String,
    /// The last lines of output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// What was seen until then; never enters statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<BTreeMap<String, Value>>"))]
    pub partial: Option<Value>,
}

/// The machine around a run. Fields are absent where they cannot be had.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Host {
    /// Load average over one minute, before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load1: Option<f64>,
    /// Share of the ten seconds before the run in which some task waited for
    /// a CPU (PSI `some avg10`), 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_pressure_ratio: Option<f64>,
    /// Busy CPU during the run that neither the subject, the engine nor dp
    /// spent, as a share of all CPUs, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_cpu_ratio: Option<f64>,
    /// CPU time taken by the hypervisor during the run, as a share of all CPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_steal_ratio: Option<f64>,
}

impl Host {
    /// The share of all CPUs that others may take, 0 to 1: above it the machine is busy.
    pub const BUSY_SHARE: f64 = 0.10;
}
