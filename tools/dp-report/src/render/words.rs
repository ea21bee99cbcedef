//! The sentences of a report, the same in all formats for people.

use dp_record::{Unit, printable};

use crate::compare::ALPHA;
use crate::label;
use crate::matchup::Against;
use crate::measure::UnitName;
use crate::report::{Failures, MissingRuns, Report, StepUse, Table, TimeUse};
use crate::scale::Scale;
use crate::verdict::{Verdict, plural};

/// Characters of a name.
const NAME_CHARS: usize = 200;
/// Digits of a step's seconds.
const STEP_DIGITS: usize = 3;

/// `build (warm, linux/amd64)`.
pub(crate) fn title(table: &Table) -> String {
    if table.shared.is_empty() {
        return table.kind.clone();
    }
    format!("{} ({})", table.kind, table.shared.join(", "))
}

/// Why rows got the verdict that they got.
pub(crate) struct Explained {
    /// The verdict.
    pub(crate) verdict: Option<Verdict>,
    /// The reason.
    pub(crate) text: String,
    /// Whom it concerns: subjects with their metrics.
    pub(crate) who: Vec<String>,
}

/// The reasons of a table, each once.
pub(crate) fn reasons(table: &Table) -> Vec<Explained> {
    let mut reasons: Vec<Explained> = Vec::new();
    for block in &table.blocks {
        for row in &block.rows {
            let Some(comparison) = &row.comparison else { continue };
            let Some(reason) = &comparison.reason else { continue };
            let (verdict, text) = (comparison.verdict, reason.to_string());
            let who = format!("{} {}", row.label, printable(&block.measure.name, NAME_CHARS));
            match reasons.iter_mut().find(|known| (known.verdict, &known.text) == (verdict, &text))
            {
                Some(known) => known.who.push(who),
                None => reasons.push(Explained { verdict, text, who: vec![who] }),
            }
        }
    }
    reasons
}

/// What was compared, and how; nothing where nothing was.
pub(crate) fn method(report: &Report) -> Option<String> {
    let baseline = match &report.against {
        Against::Nothing => return None,
        Against::Subject(name) => format!("subject {}", printable(name, NAME_CHARS)),
        Against::File(path) => printable(path, NAME_CHARS),
    };
    Some(format!("baseline: {baseline}; rank tests with alpha {ALPHA}, shifts by Hodges-Lehmann"))
}

/// `1 regressed, 2 unchanged`.
pub(crate) fn counts(report: &Report) -> Option<String> {
    let counts = report.verdicts();
    let words: Vec<String> =
        counts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// `build head warm: 2 runs failed`.
pub(crate) fn failures(failures: &Failures) -> String {
    let count = failures.count;
    let runs = if count == 1 { "run" } else { "runs" };
    format!("{}: {count} {runs} failed", label::full(&failures.key))
}

/// `build head warm: 3 of 8 planned runs are missing (batch 1)`.
pub(crate) fn missing(missing: &MissingRuns) -> String {
    let count = missing.planned.saturating_sub(missing.seen);
    let (key, batch) = (label::full(&missing.key), &missing.batch);
    let are = if count == 1 { "is" } else { "are" };
    format!("{key}: {count} of {} planned runs {are} missing (batch {batch})", missing.planned)
}

/// `line 12`, or nothing.
pub(crate) fn line(step: &StepUse) -> String {
    step.line.map_or_else(String::new, |line| format!("line {line}"))
}

/// In how many runs a step ran, if not in all.
pub(crate) fn how_often(step: &StepUse, times: &TimeUse) -> String {
    match step.runs {
        runs if runs >= times.runs => String::new(),
        runs => format!(" ({runs} of {} runs)", times.runs),
    }
}

/// What is left out of the longest steps.
pub(crate) fn others(times: &TimeUse) -> Option<String> {
    let count = times.others;
    (count > 0).then(|| format!("and {count} shorter {}", plural(count, "step")))
}

/// The scale of a series' steps, in which the longest one reads well: the
/// short ones do not matter here.
pub(crate) fn seconds(times: &TimeUse) -> Scale {
    let unit = UnitName::Known(Unit::Seconds);
    let longest = times.steps.iter().map(|step| step.seconds).fold(0.0, f64::max);
    Scale::of(&unit, [longest].into_iter(), STEP_DIGITS)
}
