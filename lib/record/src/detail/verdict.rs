//! What a `verdict` record says.
//!
//! [`VerdictDetail`] is flat, and writes all fields of a row, those that are not
//! known as null: so it is a line of CSV and what templates see, too. A record
//! leaves out what is null.

use serde::{Deserialize, Serialize};

use crate::metrics::{Metrics, optional_number};

/// The `detail` of a `verdict` record: one metric of one series, with its
/// comparison if there was one. `budget`, `failed` and `planned` stand alone.
///
/// Figures are in the unit of the metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VerdictDetail {
    /// Kind of the records that it is about (`build`, `size`...).
    pub kind: Option<String>,
    /// The metric.
    pub metric: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Which way is better: `lower`, `higher` or `none`.
    pub better: Option<String>,
    /// Whether the metric is exact; else it is noisy.
    pub exact: Option<bool>,
    /// Whether others are compared with this series.
    pub is_baseline: Option<bool>,
    /// How many runs count.
    pub n: Option<u64>,
    /// Their median.
    #[serde(serialize_with = "optional_number")]
    pub median: Option<f64>,
    /// Lower end of the confidence interval of the median.
    #[serde(serialize_with = "optional_number")]
    pub low: Option<f64>,
    /// Its upper end.
    #[serde(serialize_with = "optional_number")]
    pub high: Option<f64>,
    /// The confidence of that interval, 0 to 1.
    pub confidence: Option<f64>,
    /// The smallest value.
    #[serde(serialize_with = "optional_number")]
    pub min: Option<f64>,
    /// The largest value.
    #[serde(serialize_with = "optional_number")]
    pub max: Option<f64>,
    /// How many values are outliers.
    pub outliers: Option<u64>,
    /// The verdict: `regressed`, `improved`, `unchanged`, `inconclusive`,
    /// `mixed`, `missing`, `new` or `refused`.
    pub verdict: Option<String>,
    /// Why, where the figures alone do not say it.
    pub reason: Option<String>,
    /// How many runs of the baseline count.
    pub baseline_n: Option<u64>,
    /// Their median.
    #[serde(serialize_with = "optional_number")]
    pub baseline_median: Option<f64>,
    /// Lower end of the confidence interval of that.
    #[serde(serialize_with = "optional_number")]
    pub baseline_low: Option<f64>,
    /// Its upper end.
    #[serde(serialize_with = "optional_number")]
    pub baseline_high: Option<f64>,
    /// The smallest value of the baseline.
    #[serde(serialize_with = "optional_number")]
    pub baseline_min: Option<f64>,
    /// Its largest value.
    #[serde(serialize_with = "optional_number")]
    pub baseline_max: Option<f64>,
    /// How many of its values are outliers.
    pub baseline_outliers: Option<u64>,
    /// By how much the metric changed: series less baseline
    /// (Hodges-Lehmann's estimate; of exact metrics the difference of medians).
    #[serde(serialize_with = "optional_number")]
    pub change: Option<f64>,
    /// The same as a share of the baseline's median.
    pub change_ratio: Option<f64>,
    /// Smallest change that the test does not rule out.
    #[serde(serialize_with = "optional_number")]
    pub change_low: Option<f64>,
    /// Largest change that the test does not rule out.
    #[serde(serialize_with = "optional_number")]
    pub change_high: Option<f64>,
    /// `change_low` as a share of the baseline's median.
    pub change_low_ratio: Option<f64>,
    /// `change_high` as a share of the baseline's median.
    pub change_high_ratio: Option<f64>,
    /// Changes below this do not matter.
    #[serde(serialize_with = "optional_number")]
    pub floor: Option<f64>,
    /// The smallest change that would have got a verdict in about every second
    /// measurement like this one (the minimum detectable effect).
    #[serde(serialize_with = "optional_number")]
    pub minimum_detectable: Option<f64>,
    /// The same as a share of the baseline's median.
    pub minimum_detectable_ratio: Option<f64>,
    /// How it was compared: `exact`, `signed_rank`, `rank_sum` or `between_batches`.
    pub method: Option<String>,
    /// With `signed_rank`: how many rounds were compared.
    pub rounds: Option<u64>,
    /// With `rank_sum`: whether both were measured in the same batches.
    pub same_batch: Option<bool>,
    /// With `between_batches`: how many batches the series has.
    pub batches: Option<u64>,
    /// With `between_batches`: how many batches the baseline has, whose spread is the
    /// noise.
    pub baseline_batches: Option<u64>,
    /// Probability of calling a difference real that is none.
    pub alpha: Option<f64>,
    /// Two-sided p of the test.
    pub p: Option<f64>,
    /// One-sided bound of the change towards 0, by that test: `regressed` and
    /// `improved` need it beyond the floor, and 0 outside of `change_low` to
    /// `change_high`.
    #[serde(serialize_with = "optional_number")]
    pub bound: Option<f64>,
    /// Its confidence, 0 to 1: the more verdicts a report gives, the higher.
    pub bound_confidence: Option<f64>,
    /// Lower end of the interval of the change that `unchanged` needs within the
    /// floor.
    #[serde(serialize_with = "optional_number")]
    pub equivalence_low: Option<f64>,
    /// Its upper end.
    #[serde(serialize_with = "optional_number")]
    pub equivalence_high: Option<f64>,
    /// Its confidence, 0 to 1.
    pub equivalence_confidence: Option<f64>,
    /// Where the runs grow or fall over the rounds: the median of the last third
    /// of them less that of the first.
    #[serde(serialize_with = "optional_number")]
    pub drift: Option<f64>,
    /// Where the runs have two peaks: the median of the lower one.
    #[serde(serialize_with = "optional_number")]
    pub peak_low: Option<f64>,
    /// The median of the higher one.
    #[serde(serialize_with = "optional_number")]
    pub peak_high: Option<f64>,
    /// Mean share of all CPUs that others and the hypervisor took during the runs,
    /// 0 to 1.
    pub other_cpu_ratio: Option<f64>,
    /// The same during the runs of the baseline.
    pub baseline_other_cpu_ratio: Option<f64>,
    /// How many runs of the series failed.
    pub failed: Option<u64>,
    /// The batch of which planned runs are missing.
    pub batch: Option<String>,
    /// How many runs of the series were planned.
    pub planned: Option<u64>,
    /// How many of these there are.
    pub seen: Option<u64>,
    /// Figures that were asked for (`--stat`): `mean`, `p95`...
    #[serde(skip_serializing_if = "Metrics::is_empty")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, f64>"))]
    pub statistics: Metrics,
    /// A demand of the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetVerdict>,
}

/// One demand of a budget, and whether it is met.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BudgetVerdict {
    /// Where it is written: file and rule, or the option.
    pub rule: String,
    /// The metric, or what else is limited.
    pub metric: String,
    /// Unit of the metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// `pass`, `fail`, `inconclusive`, `incomplete` or `error`.
    pub result: String,
    /// `max`, `min`, `improve`, `worsen` or `at_least`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand: Option<String>,
    /// The bound of `max`, `min` or `at_least`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub limit: Option<f64>,
    /// What is compared with it: `median`, `max`, `p95`...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistic: Option<String>,
    /// The bound of `improve` or `worsen`, as a share of the other's median.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub limit_ratio: Option<f64>,
    /// The other, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub than: Option<String>,
    /// What was measured, in the unit of the metric.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub measured: Option<f64>,
    /// As in [`VerdictDetail::change`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub change: Option<f64>,
    /// As in [`VerdictDetail::change_ratio`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_ratio: Option<f64>,
    /// As in [`VerdictDetail::change_low`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub change_low: Option<f64>,
    /// As in [`VerdictDetail::change_high`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub change_high: Option<f64>,
    /// As in [`VerdictDetail::floor`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub floor: Option<f64>,
    /// As in [`VerdictDetail::minimum_detectable`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub minimum_detectable: Option<f64>,
    /// As in [`VerdictDetail::method`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// As in [`VerdictDetail::rounds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u64>,
    /// As in [`VerdictDetail::same_batch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_batch: Option<bool>,
    /// As in [`VerdictDetail::alpha`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// As in [`VerdictDetail::p`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Why the result is what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whose demand it is, or why, in the words of the budget (`note`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The step or layer that has the largest part in the figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributor: Option<Contributor>,
    /// The Dockerfile that its lines are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
}

/// What has the largest part in a figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Contributor {
    /// The largest part.
    pub biggest: ContributorPart,
    /// The largest part whose line is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biggest_with_line: Option<ContributorPart>,
}

/// A step or layer, with its part in a figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ContributorPart {
    /// Its line in the Dockerfile, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Its instruction.
    pub instruction: String,
    /// How long it takes, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub seconds: Option<f64>,
    /// How many bytes it has.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_number")]
    pub bytes: Option<f64>,
}
