//! What a budget demands.

use clap::ValueEnum;

use crate::budget::pattern::Pattern;
use crate::budget::quantity::Quantity;
use crate::judge::statistic::Statistic;

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
    /// Whose demand it is, or why, in its author's words.
    pub(crate) note: Option<String>,
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

/// What becomes of a limit in seconds where others kept the machine busy: it says
/// something of them too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnBusy {
    /// A broken one fails all the same, and says how busy the machine was
    #[default]
    Warn,
    /// A broken one is inconclusive
    Inconclusive,
    /// One that holds fails too
    Fail,
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
    /// As in [`Rule::note`].
    pub(crate) note: Option<String>,
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

    #[test]
    fn a_value_on_the_limit_keeps_it() {
        assert!(BoundKind::Max.holds(3.0, 3.0) && BoundKind::Min.holds(3.0, 3.0));
        assert!(!BoundKind::Max.holds(3.000_001, 3.0) && !BoundKind::Min.holds(2.999_999, 3.0));
        assert!(BoundKind::Min.holds(0.999, 99.9 / 100.0));
        assert!(BoundKind::Max.holds(-3.0, -3.0) && !BoundKind::Max.holds(0.0, -3.0));
        assert!(BoundKind::Max.holds(0.0, 0.0) && !BoundKind::Max.holds(1e-9, 0.0));
    }
}
