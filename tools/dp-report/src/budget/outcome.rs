//! What came of the demands of a budget.

use dp_record::{SeriesKey, Unit, printable};

use crate::budget::rule::{BoundKind, ChangeKind, Rule};
use crate::explain::contributor::Contributor;
use crate::input::busy::Busy;
use crate::input::measure::Measure;
use crate::judge::compare::Change;
use crate::judge::statistic::Statistic;
use crate::scale::UnitName;

/// Characters of a name.
const NAME_CHARS: usize = 80;

/// One demand on one series, and what came of it.
#[derive(Debug)]
pub(crate) struct Check {
    /// Where the demand is written: `budget.toml:3`, or the option.
    pub(crate) source: String,
    /// `size.engine_size_bytes`, or `size records`.
    pub(crate) what: String,
    /// What is known of the metric; none for records, and unknown metrics.
    pub(crate) measure: Option<Measure>,
    /// The series; none for records, and for errors.
    pub(crate) key: Option<SeriesKey>,
    /// The demand; none where it could not be understood.
    pub(crate) demand: Option<CheckedDemand>,
    /// What the records say.
    pub(crate) measured: Measured,
    /// Whose demand it is, or why, in its author's words.
    pub(crate) note: Option<String>,
    /// Whether it holds.
    pub(crate) outcome: Outcome,
    /// Why it does not, where the numbers alone do not say it.
    pub(crate) reason: Option<String>,
    /// What contributes most to a value beyond its limit.
    pub(crate) contributor: Option<Contributor>,
    /// The Dockerfile of the series.
    pub(crate) dockerfile: Option<String>,
    /// How busy others kept the machine during its runs.
    pub(crate) busy: Busy,
}

/// A demand whose numbers are in the unit of its metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CheckedDemand {
    /// A limit for a figure of the runs.
    Bound {
        /// Whether it is a maximum or a minimum.
        kind: BoundKind,
        limit: f64,
        statistic: Statistic,
    },
    /// A change from another subject.
    Change {
        /// Whether to improve, or not to worsen.
        kind: ChangeKind,
        /// The share of the other's median.
        share: f64,
        than: String,
    },
    /// So many good records.
    Records { at_least: u64 },
}

/// What the records say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Measured {
    Nothing,
    Value(f64),
    Change(Box<Change>),
    Records(u64),
}

/// Whether a demand holds; worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Pass,
    /// The numbers allow neither answer.
    Inconclusive,
    /// There is too little to answer.
    Incomplete,
    Fail,
    /// It means nothing for these records.
    Error,
}

impl Outcome {
    /// All outcomes, worst first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Error, Self::Fail, Self::Incomplete, Self::Inconclusive, Self::Pass];

    /// The word in texts and records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Incomplete => "incomplete",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl Check {
    /// Whether it is a limit in seconds: another machine keeps or breaks it with the
    /// very same build.
    pub(crate) fn is_absolute_time(&self) -> bool {
        let unit = self.measure.as_ref().map(|measure| &measure.unit);
        let is_bound = matches!(self.demand, Some(CheckedDemand::Bound { .. }));
        is_bound && unit == Some(&UnitName::Known(Unit::Seconds))
    }

    /// A rule that means nothing for these records.
    pub(crate) fn error(rule: &Rule, reason: String) -> Self {
        Self {
            source: rule.source.clone(),
            what: printable(&rule.metric, NAME_CHARS),
            measure: None,
            key: None,
            demand: None,
            measured: Measured::Nothing,
            note: rule.note.clone(),
            outcome: Outcome::Error,
            reason: Some(reason),
            contributor: None,
            dockerfile: None,
            busy: Busy::default(),
        }
    }
}

/// What is said of one series.
pub(crate) struct Answer {
    /// What the records say.
    pub(crate) measured: Measured,
    /// Whether the demand holds.
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<String>,
}

impl Answer {
    /// Too little to answer.
    pub(crate) fn incomplete(reason: impl Into<String>) -> Self {
        Self {
            measured: Measured::Nothing,
            outcome: Outcome::Incomplete,
            reason: Some(reason.into()),
        }
    }
}
