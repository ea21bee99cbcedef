//! What may a subject cost? Demands on metrics, checked against the records.
//!
//! ```text
//! file, flags -> Rule, Expectation -> check -> Check (in the report)
//! ```
//!
//! A demand that cannot be checked is an error or incomplete, never a pass.

mod check;
mod file;
mod flags;
mod outcome;
mod pattern;
mod quantity;
mod relative;
mod resolve;
mod rule;

pub(crate) use check::check;
#[cfg(test)]
pub(crate) use file::parse;
pub(crate) use file::read;
pub(crate) use flags::MetricValue;
pub(crate) use outcome::{Check, CheckedDemand, Measured, Outcome};
pub(crate) use rule::{BoundKind, ChangeKind, Expectation, OnBusy, Rule};

/// All that is demanded.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    /// Demands on metrics.
    pub(crate) rules: Vec<Rule>,
    /// Demands on how many records came.
    pub(crate) expectations: Vec<Expectation>,
    /// What becomes of limits in seconds where others kept the machine busy.
    pub(crate) on_busy: OnBusy,
}

impl Budget {
    /// Whether nothing is demanded.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.expectations.is_empty()
    }

    /// The metrics that are named: `kind.name` or `name`.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.metric.as_str())
    }
}
