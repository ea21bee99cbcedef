//! The steps of a record.

use dp_record::Record;
use serde::Deserialize;

/// What a record says of a step.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) stage: Option<String>,
    pub(crate) instruction: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) end_line: Option<u32>,
    pub(crate) state: String,
    pub(crate) started_seconds: Option<f64>,
    pub(crate) seconds: f64,
    pub(crate) critical: bool,
}

impl Step {
    /// When it ended, from the begin of the span.
    pub(crate) fn end(&self) -> f64 {
        self.started_seconds.unwrap() + self.seconds
    }
}

/// All steps and bases.
pub(crate) fn steps(record: &Record) -> Vec<Step> {
    serde_json::from_value(dp_testkit::detail(record)["steps"].clone()).unwrap()
}

/// The only step whose text has these words.
#[track_caller]
pub(crate) fn step(record: &Record, words: &str) -> Step {
    let mut found = steps(record);
    found.retain(|step| step.name.contains(words));
    assert_eq!(found.len(), 1, "{words}: {:?}", steps(record));
    found.remove(0)
}

/// Steps in all, cached and executed.
#[track_caller]
pub(crate) fn counts(record: &Record) -> [u32; 3] {
    ["steps", "steps_cached", "steps_executed"].map(|name| count(record, name))
}

/// A metric that is a whole number.
#[track_caller]
pub(crate) fn count(record: &Record, name: &str) -> u32 {
    metric(record, name).to_string().parse().unwrap()
}

/// A metric that must be there.
#[track_caller]
pub(crate) fn metric(record: &Record, name: &str) -> f64 {
    record.metrics.get(name).unwrap_or_else(|| panic!("no {name}: {record:?}"))
}
