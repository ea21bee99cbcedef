//! `--explain`: what ran and why, as a small tree for people.

use dp_record::detail::build::StepState;
use dp_record::detail::cache::{CacheDetail, Invalidation};
use dp_record::{Outcome, Record};
use dp_tool::{Mask, Progress};

/// Prints the lines of a record on stderr, without the secrets of the mask.
pub(crate) fn print(record: &Record, mask: &Mask, progress: &Progress) {
    for line in lines(record) {
        progress.note(&mask.text(&line));
    }
}

/// The lines of a record.
pub(crate) fn lines(record: &Record) -> Vec<String> {
    let Some(detail) = record.cache_detail() else { return Vec::new() };
    let subject = record.subject.clone().unwrap_or_default();
    let scenario = subject.scenario.unwrap_or_default();
    if record.outcome == Outcome::Failed {
        let why = record.error.as_ref().map_or("", |error| &error.message);
        return vec![format!("{}, {scenario}: failed: {why}", subject.name)];
    }
    // A log has no wall time.
    let seconds = record.metrics.get("wall_seconds").or_else(|| record.metrics.get("span_seconds"));
    let seconds = seconds.unwrap_or_default();
    let count = |name| record.metrics.get(name).unwrap_or_default();
    let saved = record.metrics.get("saved_ratio");
    let saved = saved.map_or(String::new(), |saved| format!(", {:.0} % saved", 100.0 * saved));
    let work = match &detail.volume {
        Some(volume) => {
            volume.bytes.map_or(String::new(), |bytes| format!(", {bytes} bytes in it"))
        }
        None => format!(", {} of {} steps ran", count("steps_executed"), count("steps")),
    };
    let mut lines = vec![format!("{}, {scenario}: {seconds:.2} s{saved}{work}", subject.name)];
    if let Some(change) = &detail.change {
        let what = change.path.as_deref().or(change.text.as_deref()).unwrap_or_default();
        lines.push(format!("  changed: {} {what}", change.edit));
    }
    for invalidation in &detail.invalidated {
        lines.extend(branch(invalidation, detail));
    }
    for finding in &detail.findings {
        let at = finding.line.map_or(String::new(), |line| format!("line {line}: "));
        lines.push(format!("  {}: {at}{}", finding.code, finding.advice));
    }
    lines
}

/// The first step of a branch, with its cause, and what followed.
fn branch(invalidation: &Invalidation, detail: &CacheDetail) -> Vec<String> {
    let cause = match (&invalidation.what, &invalidation.how) {
        (Some(what), Some(how)) => format!("{} {what} ({how})", invalidation.cause),
        (Some(what), None) => format!("{} {what}", invalidation.cause),
        _ => invalidation.cause.to_string(),
    };
    let mut lines =
        vec![format!("  lost first: {} since {cause}", step(invalidation.step, detail))];
    let mut followed: Vec<usize> =
        invalidation.followed.iter().copied().filter(|at| *at != invalidation.step).collect();
    // The builder's own order of names is not that of the steps.
    followed.sort_by_key(|at| detail.steps.get(*at).and_then(|step| step.line));
    lines.extend(followed.into_iter().map(|at| format!("    then {}", step(at, detail))));
    lines
}

fn step(at: usize, detail: &CacheDetail) -> String {
    let Some(step) = detail.steps.get(at) else { return String::new() };
    let line = step.line.map_or(String::new(), |line| format!("line {line}, "));
    let seconds = match (&step.state, step.seconds) {
        (StepState::Executed, Some(seconds)) => format!(" {seconds:.2} s"),
        _ => String::new(),
    };
    format!("{line}{}{seconds}", step.instruction.as_deref().unwrap_or(&step.name))
}
