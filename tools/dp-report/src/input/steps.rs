//! The steps of a build that ran, as its record has them, and where the cache was
//! lost.

use std::hash::{DefaultHasher, Hash, Hasher};

use dp_record::detail::build::{BuildStep, StepState};
use dp_record::{Record, kind, printable};

/// Characters of the name of what had changed.
const WHAT_CHARS: usize = 80;

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

impl Executed {
    /// The steps that ran; none where the record has no steps.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let steps = Some(steps(record)).filter(|steps| !steps.is_empty())?;
        let ran = |at: &usize| steps.get(*at).is_some_and(|step| step.state == StepState::Executed);
        let step = |step: &BuildStep| {
            let first = step.inputs.as_ref().is_some_and(|inputs| !inputs.iter().any(&ran));
            Step { first, ..Step::from(step) }
        };
        let executed = steps.iter().filter(|step| step.state == StepState::Executed);
        Some(Self { steps: executed.map(step).collect() })
    }

    /// The same for builds in which the same steps ran, in whatever order.
    pub(crate) fn signature(&self) -> u64 {
        let mut ids: Vec<u64> = self.steps.iter().map(|step| step.id).collect();
        ids.sort_unstable();
        hash(&ids)
    }
}

impl From<&BuildStep> for Step {
    fn from(step: &BuildStep) -> Self {
        let text = step.instruction.as_ref().unwrap_or(&step.name).clone();
        let id = hash(&(&step.stage, step.line, &text));
        Self { id, line: step.line, text, seconds: step.seconds, first: false }
    }
}

/// All steps of a build, or of one after a change; none where the record has none.
fn steps(record: &Record) -> &[BuildStep] {
    let of_cache = || record.cache_detail().map_or(&[][..], |detail| &detail.steps);
    record.build_detail().map_or_else(of_cache, |detail| &detail.steps)
}

/// The first step of a branch whose cached result could not be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lost {
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The file, argument or image that had changed, where known.
    pub(crate) what: Option<String>,
}

/// Those of a `cache` record.
pub(crate) fn lost(record: &Record) -> Vec<Lost> {
    let invalidated = record.cache_detail().map_or(&[][..], |detail| &detail.invalidated);
    let lost = invalidated.iter().map(|one| Lost {
        line: one.line,
        what: one.what.as_ref().map(|what| printable(what, WHAT_CHARS)),
    });
    lost.collect()
}

/// What was changed before the build of a `cache` record, for people.
pub(crate) fn change(record: &Record) -> Option<String> {
    let change = record.cache_detail()?.change.as_ref()?;
    let what = match &change.path {
        Some(path) => format!("{} {path}", change.edit),
        None => change.text.clone()?,
    };
    Some(printable(&what, WHAT_CHARS))
}

/// The line of the step at which a build failed.
pub(crate) fn failed_line(record: &Record) -> Option<u64> {
    let failed = |step: &&BuildStep| step.state == StepState::Failed;
    steps(record).iter().find(failed)?.line
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
    use dp_record::Detail;
    use serde_json::{Value, json};

    use super::*;

    fn signature(steps: &Value) -> Option<u64> {
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        let detail = Detail::from_value(kind::BUILD, json!({ "steps": steps }));
        record.detail = Some(detail.unwrap());
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
        let detail = json!({"steps": [
            step(1, "base", &[]), step(2, "cached", &[0]),
            step(3, "executed", &[1]), step(4, "executed", &[2]),
            // Of a stage of its own, and what joins both.
            step(9, "executed", &[0]), step(10, "executed", &[3, 4]),
            json!({"instruction": "RUN 11", "line": 11, "state": "executed"}),
        ]});
        record.detail = Some(Detail::from_value(kind::BUILD, detail).unwrap());
        let steps = Executed::of(&record).unwrap().steps;
        let first: Vec<_> = steps.iter().filter(|step| step.first).map(|step| step.line).collect();
        assert_eq!(first, [Some(3), Some(9)]);
    }

    #[test]
    fn a_detail_without_steps_says_nothing() {
        assert_eq!(signature(&json!([])), None);
        assert_eq!(Executed::of(&Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH)), None);
    }
}
