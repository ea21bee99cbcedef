//! The steps of a build that ran, as its record has them, and where the cache was
//! lost.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use dp_record::detail::build::{BuildStep, StepState};
use dp_record::{RecordView, kind, printable};

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
    /// The same in every run of the same step.
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
    pub(crate) fn of(record: &RecordView<'_>) -> Option<Self> {
        let steps = Some(steps(record)).filter(|steps| !steps.is_empty())?;
        let ran = |at: &usize| steps.get(*at).is_some_and(|step| step.state == StepState::Executed);
        let step = |(step, id): (&BuildStep, u64)| Step {
            id,
            line: step.line,
            text: text(step).to_owned(),
            seconds: step.seconds,
            first: step.inputs.as_ref().is_some_and(|inputs| !inputs.iter().any(&ran)),
        };
        let all = steps.iter().zip(ids(steps));
        let executed = all.filter(|(step, _)| step.state == StepState::Executed);
        Some(Self { steps: executed.map(step).collect() })
    }

    /// The same for builds in which the same steps ran, in whatever order. WORKDIR, which
    /// takes some milliseconds, does not count: of a build that may use no cache engines answer
    /// it from there all the same, once it is there.
    pub(crate) fn signature(&self) -> u64 {
        let is_workdir = |step: &&Step| {
            let word = step.text.split_whitespace().next();
            word.is_some_and(|word| word.eq_ignore_ascii_case("WORKDIR"))
        };
        let ids = self.steps.iter().filter(|step| !is_workdir(step)).map(|step| step.id);
        let mut ids: Vec<u64> = ids.collect();
        ids.sort_unstable();
        hash(&ids)
    }
}

/// The instruction, or the builder's name of the step.
fn text(step: &BuildStep) -> &str {
    step.instruction.as_ref().unwrap_or(&step.name)
}

/// Ids of the steps of one build, the same in every build of them. `BuildKit` does the same
/// work of two stages once and names it after the stage that came first, so a step is known by
/// its text and by what it rests on, where that is told, and not by its place: of
///
/// ```text
/// 1 FROM node AS packages      3 FROM node AS builder
/// 2 WORKDIR /app               4 WORKDIR /app
/// ```
///
/// a build shows the step at line 2 alone or that at line 4 alone.
fn ids(steps: &[BuildStep]) -> Vec<u64> {
    let mut ids = vec![None; steps.len()];
    for at in 0..steps.len() {
        add_id(steps, &mut ids, at);
    }
    // Equal ones of one build are told apart by their number.
    let mut seen: HashMap<Option<u64>, u64> = HashMap::new();
    let numbered = ids.into_iter().map(|id| {
        let number = seen.entry(id).and_modify(|number| *number += 1).or_default();
        hash(&(id, *number))
    });
    numbered.collect()
}

/// Finds the id of a step, and before that those of what it rests on. A stack instead of a
/// call in itself, since a record may have a chain of any length.
fn add_id(steps: &[BuildStep], ids: &mut [Option<u64>], at: usize) {
    let (mut stack, mut begun) = (vec![at], HashSet::new());
    while let Some(&at) = stack.last() {
        let Some(step) = steps.get(at).filter(|_| ids[at].is_none()) else {
            stack.pop();
            continue;
        };
        let unknown = |input: &&usize| ids.get(**input).is_some_and(Option::is_none);
        // Second time: all that it rests on is known, or rests on it (no record of ours).
        if let Some(inputs) = step.inputs.as_ref().filter(|_| begun.insert(at)) {
            stack.extend(inputs.iter().filter(unknown));
            continue;
        }
        let rests_on = step.inputs.as_ref().map(|inputs| {
            inputs.iter().map(|input| ids.get(*input).copied().flatten()).collect::<Vec<_>>()
        });
        ids[at] = Some(match rests_on {
            Some(rests_on) => hash(&(without_stage_name(text(step)), rests_on)),
            None => hash(&(&step.stage, step.line, text(step))),
        });
        stack.pop();
    }
}

/// `FROM node` of `FROM node AS builder`.
fn without_stage_name(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is =
        |at: usize, word: &str| words.get(at).is_some_and(|one| one.eq_ignore_ascii_case(word));
    match words.len().checked_sub(2) {
        Some(at) if is(0, "FROM") && is(at, "AS") => words[..at].to_vec(),
        _ => words,
    }
}

/// All steps of a build, or of one after a change; none where the record has none.
fn steps<'r>(record: &'r RecordView<'_>) -> &'r [BuildStep] {
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
pub(crate) fn lost(record: &RecordView<'_>) -> Vec<Lost> {
    let invalidated = record.cache_detail().map_or(&[][..], |detail| &detail.invalidated);
    let lost = invalidated.iter().map(|one| Lost {
        line: one.line,
        what: one.what.as_ref().map(|what| printable(what, WHAT_CHARS)),
    });
    lost.collect()
}

/// What was changed before the build of a `cache` record, for people.
pub(crate) fn change(record: &RecordView<'_>) -> Option<String> {
    let change = record.cache_detail()?.change.as_ref()?;
    let what = match &change.path {
        Some(path) => format!("{} {path}", change.edit),
        None => change.text.clone()?,
    };
    Some(printable(&what, WHAT_CHARS))
}

/// The line of the step at which a build failed.
pub(crate) fn failed_line(record: &RecordView<'_>) -> Option<u64> {
    let failed = |step: &&BuildStep| step.state == StepState::Failed;
    steps(record).iter().find(failed)?.line
}

/// How many steps ran and how many were cached, by the metrics.
pub(crate) fn counts(record: &RecordView<'_>) -> Option<(u64, u64)> {
    let is_build = record.kind == *kind::BUILD || record.kind == *kind::CACHE;
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
    use dp_record::{Detail, Record};
    use serde_json::{Value, json};

    use super::*;

    fn signature(steps: &Value) -> Option<u64> {
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        let detail = Detail::from_value(kind::BUILD, json!({ "steps": steps }));
        record.detail = Some(detail.unwrap());
        Executed::of(&(&record).into()).map(|executed| executed.signature())
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
    fn the_same_work_of_two_stages_is_one_step_whichever_stage_it_is_named_after() {
        let build = |stage: &str, lines: [u64; 3], state: &str| {
            let step = |at: usize, text: &str, state: &str, inputs: &[usize]| {
                json!({"name": format!("[{stage} {at}/9] {text}"), "instruction": text,
                "stage": stage, "line": lines[at], "state": state, "inputs": inputs})
            };
            let first = format!("FROM node AS {stage}");
            let of_builder = json!({"name": "x", "instruction": "RUN make", "stage": "builder",
                "line": 9, "state": "executed", "inputs": [2]});
            let steps = [
                step(0, &first, "base", &[]),
                step(1, "WORKDIR /app", "cached", &[0]),
                step(2, "COPY a /", state, &[1]),
                of_builder,
            ];
            signature(&Value::Array(steps.to_vec()))
        };
        let one = build("packages", [1, 2, 3], "executed");
        assert!(one.is_some());
        assert_eq!(one, build("builder", [6, 7, 8], "executed"));
        assert_ne!(one, build("builder", [6, 7, 8], "cached"));
    }

    #[test]
    fn the_order_in_which_steps_are_told_does_not_matter() {
        let step = |text: &str, inputs: &[usize]| json!({"name": text, "instruction": text, "line": 1, "state": "executed", "inputs": inputs});
        let forward = [step("RUN 1", &[]), step("RUN 2", &[0]), step("RUN 3", &[1, 0])];
        let backward = [step("RUN 3", &[1, 2]), step("RUN 2", &[2]), step("RUN 1", &[])];
        let [forward, backward] = [forward, backward].map(|steps| signature(&json!(steps)));
        assert_eq!(forward, backward);
        // What rests on itself, or on nothing that there is, still has an end.
        let odd = [step("RUN 1", &[1]), step("RUN 2", &[0, 9])];
        assert!(signature(&json!(odd)).is_some());
        let long: Vec<Value> = (0..20_000).map(|at| step("RUN", &[at + 1])).collect();
        assert!(signature(&json!(long)).is_some());
    }

    #[test]
    fn a_folder_that_was_made_or_was_there_is_no_difference() {
        let build = |state: &str, run: &str| {
            signature(&json!([
                {"name": "w", "instruction": "WORKDIR /app", "line": 2, "state": state},
                {"name": "r", "instruction": "RUN make", "line": 3, "state": run},
            ]))
        };
        assert_eq!(build("executed", "executed"), build("cached", "executed"));
        assert_ne!(build("executed", "executed"), build("cached", "cached"));
    }

    #[test]
    fn equal_steps_of_one_build_are_counted_each() {
        let steps = |lines: &[u64]| {
            let step = |line: &u64| json!({"name": "RUN x", "line": line, "state": "executed", "inputs": []});
            signature(&Value::Array(lines.iter().map(step).collect()))
        };
        assert_ne!(steps(&[1]), steps(&[1, 2]));
        assert_ne!(steps(&[1, 2]), steps(&[1, 2, 3]));
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
        let steps = Executed::of(&(&record).into()).unwrap().steps;
        let first: Vec<_> = steps.iter().filter(|step| step.first).map(|step| step.line).collect();
        assert_eq!(first, [Some(3), Some(9)]);
    }

    #[test]
    fn a_detail_without_steps_says_nothing() {
        assert_eq!(signature(&json!([])), None);
        let bare = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(Executed::of(&(&bare).into()), None);
    }
}
