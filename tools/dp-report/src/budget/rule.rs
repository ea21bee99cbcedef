//! What a budget demands.

use std::str::FromStr;

use dp_math::Sample;

use crate::budget::pattern::Pattern;
use crate::budget::quantity::Quantity;

/// A share of a value below any measurement's resolution.
const ROUNDING: f64 = 1e-12;

/// One demand on one metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    /// Where it is written: `budget.toml:3`, or the option.
    pub(crate) source: String,
    /// The metric: `kind.name`, or its name alone where one kind has it.
    pub(crate) metric: String,
    /// Which series it is about.
    pub(crate) pattern: Pattern,
    /// What must hold.
    pub(crate) demand: Demand,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Demand {
    /// A figure of the runs must not lie beyond a limit.
    Bound {
        /// Whether it is a maximum or a minimum.
        kind: BoundKind,
        limit: Quantity,
        statistic: Statistic,
    },
    /// A change must be of a certain size.
    Change {
        /// Whether to improve, or not to worsen.
        kind: ChangeKind,
        /// The share of the other's median, 0 or more.
        share: f64,
        than: Than,
    },
}

/// What a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundKind {
    /// No more than the limit.
    Max,
    /// No less.
    Min,
}

/// What a demand on a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// Better by at least so much, and surely so.
    Improve,
    /// Worse by at most so much.
    Worsen,
}

/// What a change is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Than {
    /// The report's own baseline: `--against` or `--baseline`.
    Baseline,
    /// Another subject of the input.
    Subject(String),
}

/// A demand on how many records came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expectation {
    pub(crate) source: String,
    /// The kind of the records.
    pub(crate) kind: String,
    /// Which of them.
    pub(crate) pattern: Pattern,
    /// How many good ones at least, warm-ups apart.
    pub(crate) at_least: u64,
}

/// A figure of the runs of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Statistic {
    Median,
    Min,
    Max,
    Mean,
    /// The percentile of this number, above 0 and below 100.
    Percentile(f64),
}

impl Statistic {
    /// Its value; none for a percentile of which no run is so far out.
    pub(crate) fn of(self, sample: &Sample) -> Option<f64> {
        match self {
            Self::Median => Some(sample.median()),
            Self::Min => Some(sample.min()),
            Self::Max => Some(sample.max()),
            Self::Mean => Some(sample.mean()),
            Self::Percentile(percent) => {
                let enough = sample.len() >= self.fewest_runs();
                sample.quantile(percent / 100.0).filter(|_| enough)
            }
        }
    }

    /// How many runs it needs: of fewer than 20 none is beyond the 95th
    /// percentile, and the largest would be taken for it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1e6")]
    pub(crate) fn fewest_runs(self) -> usize {
        match self {
            Self::Percentile(percent) => {
                let beyond = percent.min(100.0 - percent) / 100.0;
                // 1 / (1 - 0.95) is 20.000000000000018
                (1.0 / beyond - 1e-6).ceil().min(1e6) as usize
            }
            _ => 1,
        }
    }

    /// The word for it.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Median => "median".to_owned(),
            Self::Min => "min".to_owned(),
            Self::Max => "max".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Percentile(percent) => format!("p{percent}"),
        }
    }
}

impl FromStr for Statistic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percentile = || {
            let percent: f64 = text.strip_prefix('p')?.parse().ok()?;
            (percent > 0.0 && percent < 100.0).then_some(Self::Percentile(percent))
        };
        match text {
            "median" => Ok(Self::Median),
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            "mean" => Ok(Self::Mean),
            _ => percentile()
                .ok_or_else(|| "no such statistic: median, min, max, mean, p95...".to_owned()),
        }
    }
}

impl BoundKind {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
        }
    }

    /// Whether a value keeps the limit.
    pub(crate) fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Max => at_most(value, limit),
            Self::Min => at_most(limit, value),
        }
    }
}

/// Whether `value` is no more than `limit`, by more than the rounding of a
/// percentage: 99.9 % is 0.9990000000000001, and 999 of 1000 keep it.
pub(crate) fn at_most(value: f64, limit: f64) -> bool {
    value - limit <= limit.abs().max(value.abs()) * ROUNDING
}

impl ChangeKind {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Improve => "improve",
            Self::Worsen => "worsen",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str, values: &[f64]) -> Option<f64> {
        word.parse::<Statistic>().unwrap().of(&Sample::new(values.to_vec()).unwrap())
    }

    #[test]
    fn statistics_of_values_known_by_hand() {
        let values = [4.0, 1.0, 3.0, 2.0, 10.0];
        let found = ["median", "min", "max", "mean", "p75"].map(|word| of(word, &values));
        assert_eq!(found, [3.0, 1.0, 10.0, 4.0, 4.0].map(Some));
    }

    #[test]
    fn a_percentile_needs_a_run_beyond_it() {
        let runs: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(of("p95", &runs), Some(95.0));
        assert_eq!(of("p95", &runs[..19]), None);
        assert!(of("p95", &runs[..20]).is_some());
        let fewest = |word: &str| word.parse::<Statistic>().unwrap().fewest_runs();
        assert_eq!(["p5", "p50", "p90", "p99", "p99.9"].map(fewest), [20, 2, 10, 100, 1000]);
    }

    #[test]
    fn a_value_on_the_limit_keeps_it() {
        assert!(BoundKind::Max.holds(3.0, 3.0) && BoundKind::Min.holds(3.0, 3.0));
        assert!(!BoundKind::Max.holds(3.000_001, 3.0) && !BoundKind::Min.holds(2.999_999, 3.0));
        assert!(BoundKind::Min.holds(0.999, 99.9 / 100.0));
        assert!(BoundKind::Max.holds(-3.0, -3.0) && !BoundKind::Max.holds(0.0, -3.0));
        assert!(BoundKind::Max.holds(0.0, 0.0) && !BoundKind::Max.holds(1e-9, 0.0));
    }

    #[test]
    fn what_is_no_statistic_is_refused() {
        for word in ["", "p", "p0", "p100", "p-5", "average", "pinf", "P95"] {
            assert!(word.parse::<Statistic>().is_err(), "{word}");
        }
    }
}
