//! `--dry-run`: what would be measured, on stderr.

use std::ffi::OsString;

use dp_builds::backend::{Builder, arguments};
use dp_builds::cold_words;
use dp_session::endpoint;
use dp_tool::{Fault, Progress};

use crate::args::Args;
use crate::plan::Plan;

/// Shows subjects, order and commands. Says nothing on stdout: there is no
/// observation.
pub(crate) fn show(plan: &Plan, args: &Args, progress: &Progress) -> Result<(), Fault> {
    let builder = builder(plan, args, progress)?;
    let builds = &plan.builds;
    let cold = if builds.isolated { cold_words("dp-BATCH-N") } else { Vec::new() };
    for (resolved, image) in builds.subjects.iter().zip(&plan.images) {
        let words =
            arguments(builds, resolved, &format!("{}:BATCH-N", image.home), &builder, &cold);
        let words: Vec<String> =
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let command = builds.mask.text(&words.join(" "));
        progress.note(&format!(
            "{}: docker buildx build --progress=rawjson {command}",
            resolved.subject.name
        ));
    }
    if let Some(command) = &plan.prepare {
        progress.note(&format!("before each build: {}", builds.mask.text(command)));
    }
    let slots = plan.rounds.slots();
    progress.note(&format!(
        "{} builds, scenario {}, seed {}:",
        slots.len(),
        plan.scenario_name,
        plan.rounds.seed
    ));
    for slot in slots {
        let name = &builds.subjects[slot.subject].subject.name;
        progress.note(&format!("{}: {name}", slot.title()));
    }
    Ok(())
}

/// The words that choose the builder, if the user chose one.
fn builder(plan: &Plan, args: &Args, progress: &Progress) -> Result<Vec<OsString>, Fault> {
    let Some(name) = &plan.builds.builder else { return Ok(Vec::new()) };
    let builder = Builder::choose(&endpoint(&args.engine, progress)?, Some(name), progress)?;
    builder.check(plan.builds.isolated)?;
    Ok(builder.words(plan.builds.output.is_none()))
}
