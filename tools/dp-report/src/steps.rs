//! The steps of a build that ran, as its record tells them.

use std::hash::{DefaultHasher, Hash, Hasher};

use dp_record::{Record, kind};
use serde::Deserialize;

/// Which steps of a build ran.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Executed {
    /// The steps that ran, in the order of the record.
    pub(crate) steps: Vec<Step>,
}

/// One step that ran.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// The same in every run of the same step: a hash of stage, line and text.
    pub(crate) id: u64,
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The instruction, or the builder's name of the step.
    pub(crate) text: String,
    /// How long it ran, where known.
    pub(crate) seconds: Option<f64>,
    /// Whether all that it needs was cached: the cache was lost at this step.
    pub(crate) first: bool,
}

/// The `detail` of a build record, as far as it matters here.
#[derive(Deserialize)]
struct Detail {
    steps: Vec<StepDetail>,
}

#[derive(Deserialize)]
struct StepDetail {
    name: Option<String>,
    stage: Option<String>,
    instruction: Option<String>,
    line: Option<u64>,
    state: Option<String>,
    seconds: Option<f64>,
    inputs: Option<Vec<usize>>,
}

impl StepDetail {
    fn ran(&self) -> bool {
        self.state.as_deref() == Some("executed")
    }
}

impl Executed {
    /// The steps that ran; none where the record has no (readable) steps.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let detail = record.detail.as_ref().filter(|_| record.kind == kind::BUILD)?;
        let detail = Detail::deserialize(detail).ok()?;
        let ran: Vec<bool> = detail.steps.iter().map(StepDetail::ran).collect();
        let needs_none_that_ran = |inputs: &Vec<usize>| {
            inputs.iter().all(|input| !ran.get(*input).copied().unwrap_or(false))
        };
        let step = |step: StepDetail| {
            let first = step.inputs.as_ref().is_some_and(needs_none_that_ran);
            Step { first, ..Step::from(step) }
        };
        let steps = detail.steps.into_iter().filter(StepDetail::ran);
        Some(Self { steps: steps.map(step).collect() })
    }

    /// The same for builds in which the same steps ran, in whatever order.
    pub(crate) fn signature(&self) -> u64 {
        let mut ids: Vec<u64> = self.steps.iter().map(|step| step.id).collect();
        ids.sort_unstable();
        hash(&ids)
    }
}

impl From<StepDetail> for Step {
    fn from(step: StepDetail) -> Self {
        let text = step.instruction.or(step.name).unwrap_or_default();
        let id = hash(&(&step.stage, step.line, &text));
        Self { id, line: step.line, text, seconds: step.seconds, first: false }
    }
}

/// The line of the step at which a build failed.
pub(crate) fn failed_line(record: &Record) -> Option<u64> {
    let detail = record.detail.as_ref().filter(|_| record.kind == kind::BUILD)?;
    let detail = Detail::deserialize(detail).ok()?;
    let failed = |step: &&StepDetail| step.state.as_deref() == Some("failed");
    detail.steps.iter().find(failed)?.line
}

/// How many steps ran and how many were cached, by the metrics.
pub(crate) fn counts(record: &Record) -> Option<(u64, u64)> {
    let is_build = record.kind == kind::BUILD || record.kind == kind::CACHE;
    let executed = record.metrics.get("steps_executed").filter(|_| is_build)?;
    let cached = record.metrics.get("steps_cached")?;
    Some((executed.to_bits(), cached.to_bits()))
}

/// Stable within a process, and `DefaultHasher::new` always starts alike.
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn signature(steps: &Value) -> Option<u64> {
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(json!({ "steps": steps }));
        Executed::of(&record).map(|executed| executed.signature())
    }

    fn step(line: u64, state: &str) -> Value {
        json!({ "name": "[1/2] RUN x", "instruction": "RUN x", "line": line, "state": state })
    }

    #[test]
    fn order_and_steps_that_did_not_run_do_not_matter() {
        let one = signature(&json!([step(1, "executed"), step(2, "executed")]));
        let two = signature(&json!([step(2, "executed"), step(9, "cached"), step(1, "executed")]));
        assert!(one.is_some());
        assert_eq!(one, two);
    }

    #[test]
    fn another_line_is_another_step() {
        let one = signature(&json!([step(1, "executed")]));
        assert_ne!(one, signature(&json!([step(2, "executed")])));
        assert_ne!(one, signature(&json!([])));
    }

    #[test]
    fn the_cache_is_lost_at_steps_of_which_all_inputs_were_cached() {
        let step = |line, state: &str, inputs: &[usize]| {
            json!({"instruction": format!("RUN {line}"),
            "line": line, "state": state, "inputs": inputs})
        };
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(json!({"steps": [
            step(1, "base", &[]), step(2, "cached", &[0]),
            step(3, "executed", &[1]), step(4, "executed", &[2]),
            // Of a stage of its own, and what joins both.
            step(9, "executed", &[0]), step(10, "executed", &[3, 4]),
            json!({"instruction": "RUN 11", "line": 11, "state": "executed"}),
        ]}));
        let steps = Executed::of(&record).unwrap().steps;
        let first: Vec<_> = steps.iter().filter(|step| step.first).map(|step| step.line).collect();
        assert_eq!(first, [Some(3), Some(9)]);
    }

    #[test]
    fn a_detail_of_another_shape_says_nothing() {
        assert_eq!(signature(&json!("none")), None);
        assert_eq!(signature(&json!([{ "line": "x" }])), None);
    }
}
