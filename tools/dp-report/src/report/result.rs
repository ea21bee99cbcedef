//! The result in words: what regressed, improved or broke a budget, by how much, and which
//! line is at fault. Formats for people that have room for it begin with it.

use crate::budget::{Check, Outcome as BudgetOutcome};
use crate::history::crossing::Crossing;
use crate::history::trend::Trend;
use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::verdict::Verdict;
use crate::report::grid::Tone;
use crate::report::history::{Change, History, MOVED};
use crate::report::{Report, Row, cells, demands, words};

/// Outcomes of one sort that are told one by one.
const SHOWN: usize = 8;
/// Characters of a name.
const NAME_CHARS: usize = 200;

/// What came out.
pub(crate) struct Answer<'a> {
    /// The worst first.
    pub(crate) outcomes: Vec<Outcome<'a>>,
    /// What was compared without an answer.
    pub(crate) unclear: Vec<Outcome<'a>>,
    /// What is left out of the outcomes: how many, and what.
    pub(crate) more: Vec<(usize, &'static str)>,
}

/// One thing that came out.
pub(crate) struct Outcome<'a> {
    pub(crate) tone: Tone,
    /// `regressed`, `budget: fail`.
    pub(crate) word: String,
    /// Of what.
    pub(crate) what: String,
    /// By how much.
    pub(crate) figures: String,
    /// How sure that is: `99 % interval +24.2 .. +27.5 %`; empty where it is exact.
    pub(crate) interval: String,
    /// Which line is at fault, or what to do.
    pub(crate) why: String,
    pub(crate) about: About<'a>,
}

/// What an outcome is about.
pub(crate) enum About<'a> {
    Incomplete,
    Budget,
    History,
    /// A metric of a series.
    Figure(&'a Measure, &'a Row),
}

/// The result of a report.
pub(crate) fn of<'a>(report: &'a Report) -> Answer<'a> {
    let (mut outcomes, mut more) = (Vec::new(), Vec::new());
    let mut add = |list: Vec<Outcome<'a>>, what: &'static str| {
        let left_out = list.len().saturating_sub(SHOWN);
        outcomes.extend(list.into_iter().take(SHOWN));
        if left_out > 0 {
            more.push((left_out, what));
        }
    };
    add(failures(report), "failed or missing");
    let of_budget = |fits: fn(BudgetOutcome) -> bool| {
        let checks = report.budget.iter().filter(move |check| fits(check.outcome));
        checks.map(broken).collect::<Vec<_>>()
    };
    let of_verdicts = |verdicts: &[Verdict]| {
        let all = verdicts.iter();
        all.flat_map(|verdict| of_verdict(report, *verdict)).collect::<Vec<_>>()
    };
    add(of_verdicts(&[Verdict::Regressed]), "regressed");
    add(of_budget(|it| matches!(it, BudgetOutcome::Fail | BudgetOutcome::Error)), "broken budgets");
    let (worse, moved) = report.history.as_ref().map_or_else(Default::default, of_history);
    add(worse, "series worse than the last good level");
    add(of_verdicts(&[Verdict::Refused, Verdict::Missing, Verdict::Mixed]), "not compared");
    add(of_verdicts(&[Verdict::Improved]), "improved");
    add(moved, "series that left their level");
    add(
        of_budget(|it| matches!(it, BudgetOutcome::Incomplete | BudgetOutcome::Inconclusive)),
        "budgets without an answer",
    );
    Answer { outcomes, unclear: of_verdict(report, Verdict::Inconclusive), more }
}

fn failures(report: &Report) -> Vec<Outcome<'_>> {
    let outcome = |word: &str, what: String, why: String| Outcome {
        tone: Tone::Bad,
        word: word.to_owned(),
        what,
        figures: String::new(),
        interval: String::new(),
        why,
        about: About::Incomplete,
    };
    let failed = report.failures.iter().map(|failures| {
        let first = failures.shown.first();
        let why = first.map_or_else(String::new, |first| first.message.clone());
        outcome("failed", words::failures(failures), why)
    });
    let missing = report.missing.iter();
    let missing = missing.map(|runs| outcome("missing", words::missing(runs), String::new()));
    let uncompared = report.uncompared.iter();
    let uncompared =
        uncompared.map(|one| outcome("not compared", words::uncompared(one), String::new()));
    failed.chain(missing).chain(uncompared).collect()
}

fn broken(check: &Check) -> Outcome<'_> {
    let tone = match check.outcome {
        BudgetOutcome::Fail | BudgetOutcome::Error => Tone::Bad,
        _ => Tone::Unsure,
    };
    let of = check.key.as_ref().map(|key| format!(" of {}", label::subject(key)));
    let measured = demands::measured(check);
    let demand = demands::demand(check).map(|demand| format!("demanded: {demand}"));
    let figures: Vec<String> = measured.into_iter().chain(demand).collect();
    let reason = check.reason.clone();
    let why: Vec<String> = reason.into_iter().chain(demands::contributors(check)).collect();
    Outcome {
        tone,
        word: format!("budget: {}", check.outcome.word()),
        what: format!("{}{}", check.what, of.unwrap_or_default()),
        figures: figures.join(", "),
        interval: String::new(),
        why: with_file(&why.join("; "), check.dockerfile.as_deref()),
        about: About::Budget,
    }
}

fn of_verdict(report: &Report, verdict: Verdict) -> Vec<Outcome<'_>> {
    let rows = report.tables.iter().flat_map(|table| &table.blocks);
    let rows = rows.flat_map(|block| block.rows.iter().map(|row| (&block.measure, row)));
    rows.filter_map(|(measure, row)| of_row(measure, row, verdict)).collect()
}

/// None of another verdict.
fn of_row<'a>(measure: &'a Measure, row: &'a Row, verdict: Verdict) -> Option<Outcome<'a>> {
    let comparison = row.comparison.as_ref().filter(|found| !found.is_single())?;
    if comparison.verdict != Some(verdict) {
        return None;
    }
    let reason = comparison.reason.as_ref().map(ToString::to_string);
    let contributor = row.contributor.as_ref().map(demands::contributor);
    let why: Vec<String> = reason.into_iter().chain(contributor).collect();
    let name = dp_record::printable(&measure.name, NAME_CHARS);
    Some(Outcome {
        tone: cells::verdict(verdict).tone,
        word: verdict.word().to_owned(),
        what: format!("{}: {name}", label::full(&row.key)),
        figures: words::size(measure, comparison).unwrap_or_default(),
        interval: words::interval(comparison).unwrap_or_default(),
        why: match &row.contributor {
            Some(_) => with_file(&why.join("; "), row.dockerfile.as_deref()),
            None => why.join("; "),
        },
        about: About::Figure(measure, row),
    })
}

/// What is worse than its last good level, and what else just left its level.
fn of_history(history: &History) -> (Vec<Outcome<'_>>, Vec<Outcome<'_>>) {
    let outcome = |trend: &Trend, change: Change, newly: &str| Outcome {
        tone: change.tone,
        word: format!("{newly}{}", change.word),
        what: format!(
            "{}: {}",
            label::full(&trend.key),
            dp_record::printable(&trend.measure.name, NAME_CHARS)
        ),
        figures: change.said,
        interval: String::new(),
        why: format!("since {}{}", change.since, if change.moved { "; the ground " } else { "" })
            + if change.moved { MOVED } else { "" },
        about: About::History,
    };
    let worse = history.worse().map(|(trend, change)| {
        let is_new = Crossing::of(trend).is_some();
        outcome(trend, change, if is_new { "newly " } else { "" })
    });
    let crossed = history.crossings();
    let others = crossed.map(|(trend, crossing)| (trend, Change::of_crossing(trend, &crossing)));
    let others = others.filter(|(_, change)| change.tone != Tone::Bad);
    let others = others.map(|(trend, change)| outcome(trend, change, "newly "));
    (worse.collect(), others.collect())
}

/// The Dockerfile whose line is named.
fn with_file(why: &str, dockerfile: Option<&str>) -> String {
    match dockerfile {
        Some(file) if !why.is_empty() => {
            format!("{why} ({})", dp_record::printable(file, NAME_CHARS))
        }
        _ => why.to_owned(),
    }
}
