//! The sentences of a report, the same in all formats for people.

use dp_record::printable;

use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::compare::{Comparison, Test};
use crate::judge::pairing::Against;
use crate::judge::rule::EQUIVALENCE_ALPHA;
use crate::judge::summary::CONFIDENCE;
use crate::judge::verdict::{ALPHA, MIN_PAIRS, MIN_SEPARATE, Verdict, plural};
use crate::report::{Failures, MissingRuns, Report, Row, Table, Uncompared};
use crate::scale::{Scale, percent, percent_change, percent_range};

/// Characters of a name.
const NAME_CHARS: usize = 200;
/// Digits of a figure in running text.
const FIGURE_DIGITS: usize = 3;

/// `build (warm, linux/amd64)`, `build main (warm)`.
pub(crate) fn title(table: &Table, only_subject: Option<&str>) -> String {
    let name = only_subject.map_or_else(String::new, |subject| format!(" {subject}"));
    let shared = match table.shared.as_slice() {
        [] => String::new(),
        shared => format!(" ({})", shared.join(", ")),
    };
    format!("{}{name}{shared}", table.kind)
}

/// `build head (warm) compared with main`.
pub(crate) fn compared_title(
    table: &Table,
    only_subject: Option<&str>,
    against: &Against,
) -> String {
    let baseline = baseline(against).unwrap_or_default();
    format!("{} compared with {baseline}", title(table, only_subject))
}

fn baseline(against: &Against) -> Option<String> {
    match against {
        Against::Nothing => None,
        Against::Subject(name) | Against::File(name) | Against::Marked(name) => {
            Some(printable(name, NAME_CHARS))
        }
    }
}

/// How was compared; nothing where nothing was.
pub(crate) fn method(report: &Report) -> Option<String> {
    let what = match report.against {
        Against::Nothing => return None,
        Against::Subject(_) => "subject",
        Against::File(_) => "file",
        Against::Marked(_) => "records with",
    };
    let name = baseline(&report.against).unwrap_or_default();
    let of_batches = |row: &Row| {
        let change = row.comparison.as_ref().and_then(|comparison| comparison.change.as_ref());
        change.is_some_and(|change| matches!(change.test, Test::Batches { .. }))
    };
    let batches = if report.rows().any(of_batches) {
        "; of batches of other days the spread between their medians is the noise (Student's t)"
    } else {
        ""
    };
    Some(format!(
        "baseline: {what} {name}; rank tests with alpha {ALPHA}, shifts by Hodges-Lehmann{batches}"
    ))
}

/// How many verdicts tests gave, how many changes chance alone would have called,
/// and by which rule; nothing where no test was made.
pub(crate) fn tests(report: &Report) -> Option<String> {
    let mut compared = report.rows().filter_map(|row| row.comparison.as_ref()?.change.as_ref());
    let bounds = compared.find_map(|change| change.bounds)?;
    let chances = report.chances();
    let count = chances.len();
    let chance: f64 = chances.iter().sum();
    let [real, beyond, equal] = [ALPHA, bounds.alpha, EQUIVALENCE_ALPHA].map(confidence);
    let text = format!(
        "verdicts by tests: {count}, of which chance alone gives at most {chance:.2}: changed if \
         the {real} interval excludes 0 and the {beyond} bound is beyond the floor, unchanged if \
         the {equal} interval is within"
    );
    (count > 0).then_some(text)
}

/// `99 %`, `97.8 %`.
fn confidence(alpha: f64) -> String {
    format!("{} %", (1000.0 * (1.0 - alpha)).round() / 10.0)
}

/// `1 regressed, 2 unchanged; budget: 1 fail, 2 pass`.
pub(crate) fn counts(report: &Report) -> Option<String> {
    let outcomes = report.outcomes().into_iter();
    let outcomes: Vec<String> =
        outcomes.map(|(outcome, count)| format!("{count} {}", outcome.word())).collect();
    let budget = (!outcomes.is_empty()).then(|| format!("budget: {}", outcomes.join(", ")));
    let parts: Vec<String> = verdicts(report).into_iter().chain(budget).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `1 regressed, 2 unchanged, 3 without a verdict`.
fn verdicts(report: &Report) -> Option<String> {
    let single = singles(report.tables.iter());
    let counted = report.verdicts().into_iter().map(|(verdict, count)| match verdict {
        Verdict::Inconclusive => (verdict, count.saturating_sub(single)),
        _ => (verdict, count),
    });
    let counted = counted.filter(|(_, count)| *count > 0);
    let words = counted.map(|(verdict, count)| format!("{count} {verdict}"));
    let without = (single > 0).then(|| format!("{single} without a verdict"));
    let words: Vec<String> = words.chain(without).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// How many verdicts could not be given for want of a second run.
fn singles<'a>(tables: impl Iterator<Item = &'a Table>) -> usize {
    let rows = tables.flat_map(|table| &table.blocks).flat_map(|block| &block.rows);
    let comparisons = rows.filter_map(|row| row.comparison.as_ref());
    comparisons.filter(|comparison| comparison.verdict.is_some() && comparison.is_single()).count()
}

/// How a table comes to verdicts that it lacks, where single runs are why.
pub(crate) fn way_to_verdict(table: &Table, against: &Against) -> Option<String> {
    let noisy = table.blocks.iter().filter(|block| block.measure.judged && !block.measure.exact);
    let mut summaries = noisy.flat_map(|block| &block.rows).filter_map(|row| row.summary.as_ref());
    let needs = format!(
        "both in one batch: {MIN_PAIRS} rounds (-r {MIN_PAIRS}), or {MIN_SEPARATE} runs of each"
    );
    match against {
        Against::Nothing => {
            let single = summaries.any(|summary| summary.n == 1);
            let text = format!(
                "a single run does not show the noise: a verdict needs a baseline \
                 (--against NAME) and {needs}"
            );
            single.then_some(text)
        }
        Against::Subject(_) | Against::File(_) | Against::Marked(_) => {
            let text = format!(
                "a single run says nothing about a change: a verdict on times needs {needs}"
            );
            (singles([table].into_iter()) > 0).then_some(text)
        }
    }
}

/// How busy others kept the machine; nothing where no record says it.
pub(crate) fn busy(report: &Report) -> Option<String> {
    let share = percent(report.busy.share()?);
    let busy = if report.busy.is_busy() { "busy" } else { "quiet" };
    Some(format!("machine: {busy}, others took {share} of its CPUs during the runs"))
}

/// `median 2.07 s of 8 runs, 95 % interval 2.00 .. 2.14 s, p95 2.13 s`; none without runs.
pub(crate) fn figures(measure: &Measure, row: &Row) -> Option<String> {
    let summary = row.summary.as_ref()?;
    let scaled = |value: f64| Scale::of(&measure.unit, [value].into_iter(), FIGURE_DIGITS);
    let scale = scaled(summary.median);
    let more = row.statistics.iter().filter_map(|(statistic, value)| {
        let value = (*value)?;
        Some(format!(", {} {}", statistic.word(), scaled(value).show(value)))
    });
    let interval = summary.interval.map(|(low, high)| {
        format!(", {} % interval {}", CONFIDENCE * 100.0, scale.show_range(low, high))
    });
    let (median, runs) = (scale.show(summary.median), plural(summary.n, "run"));
    let interval = interval.unwrap_or_default();
    Some(format!("median {median} of {} {runs}{interval}{}", summary.n, more.collect::<String>()))
}

/// `+25.8 % (+535 ms), 99 % interval +24.2 .. +27.5 %`.
pub(crate) fn change(measure: &Measure, comparison: &Comparison) -> Option<String> {
    let size = size(measure, comparison)?;
    Some(
        interval(comparison).map_or_else(|| size.clone(), |interval| format!("{size}, {interval}")),
    )
}

/// `+25.8 % (+535 ms)`.
pub(crate) fn size(measure: &Measure, comparison: &Comparison) -> Option<String> {
    let change = comparison.change.as_ref()?;
    let scale = |value: f64| Scale::of(&measure.unit, [value].into_iter(), FIGURE_DIGITS);
    let absolute = scale(change.estimate).show_change(change.estimate);
    let Some(ratio) = change.relative(change.estimate) else { return Some(absolute) };
    Some(format!("{} ({absolute})", percent_change(ratio)))
}

/// `99 % interval +24.2 .. +27.5 %`: the one that the verdict is by.
pub(crate) fn interval(comparison: &Comparison) -> Option<String> {
    let change = comparison.change.as_ref()?;
    let equivalence = change.bounds.map(|bounds| bounds.equivalence);
    let (interval, alpha) = match (comparison.verdict, equivalence) {
        (Some(Verdict::Unchanged), Some(interval)) => (Some(interval), EQUIVALENCE_ALPHA),
        _ => (change.interval, ALPHA),
    };
    let (low, high) = interval.filter(|(low, high)| low < high)?;
    let range = percent_range(change.relative(low)?, change.relative(high)?);
    Some(format!("{} interval {range}", confidence(alpha)))
}

/// `build head warm: 2 runs failed`.
pub(crate) fn failures(failures: &Failures) -> String {
    let count = failures.count;
    let runs = if count == 1 { "run" } else { "runs" };
    format!("{}: {count} {runs} failed", label::full(&failures.key))
}

/// `bench new: no metric was judged against bench old: ...`
pub(crate) fn uncompared(uncompared: &Uncompared) -> String {
    format!("{}: {}", label::full(&uncompared.subject), uncompared.why)
}

/// `build head warm: 3 of 8 planned runs are missing (batch 1)`.
pub(crate) fn missing(missing: &MissingRuns) -> String {
    let count = missing.planned.saturating_sub(missing.seen);
    let (key, batch) = (label::full(&missing.key), &missing.batch);
    let are = if count == 1 { "is" } else { "are" };
    format!("{key}: {count} of {} planned runs {are} missing (batch {batch})", missing.planned)
}
