//! `--dry-run`: what would be measured, on stderr.

use std::ffi::OsString;

use dp_tool::{Fault, Progress, endpoint, rounds};

use crate::args::Args;
use crate::builder::Builder;
use crate::cold;
use crate::plan::{Plan, Scenario};
use crate::request::arguments;

/// Shows subjects, order and commands. Says nothing on stdout: there is no
/// observation.
pub(crate) fn show(plan: &Plan, args: &Args, progress: &Progress) -> Result<(), Fault> {
    let builder = builder(plan, args, progress)?;
    let cold = if plan.scenario == Scenario::Cold { cold::words("dp-BATCH-N") } else { Vec::new() };
    for (source, image) in plan.subjects.iter().zip(&plan.images) {
        let words = arguments(plan, source, &format!("{}:BATCH-N", image.home), &builder, &cold);
        let words: Vec<String> =
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let command = plan.mask.text(&words.join(" "));
        progress.note(&format!(
            "{}: docker buildx build --progress=rawjson {command}",
            source.subject.name
        ));
    }
    if let Some(command) = &args.prepare {
        progress.note(&format!("before each build: {}", plan.mask.text(command)));
    }
    let slots = rounds(plan.subjects.len(), plan.runs, plan.warmup, plan.seed);
    progress.note(&format!(
        "{} builds, scenario {}, seed {}:",
        slots.len(),
        plan.scenario_name,
        plan.seed
    ));
    for slot in slots {
        let kind = if slot.warmup { "warm-up" } else { "round" };
        progress.note(&format!(
            "{kind} {}/{}: {}",
            slot.n, slot.of, plan.subjects[slot.subject].subject.name
        ));
    }
    Ok(())
}

/// The words that choose the builder, if the user chose one.
fn builder(plan: &Plan, args: &Args, progress: &Progress) -> Result<Vec<OsString>, Fault> {
    let Some(name) = &args.build.builder else { return Ok(Vec::new()) };
    let builder = Builder::choose(&endpoint(&args.engine, progress)?, Some(name), progress)?;
    builder.check(plan.scenario)?;
    Ok(builder.words(plan.output.is_none()))
}
