//! The result in words: what regressed, improved or broke a budget, by how much, and which
//! line is at fault. It is what the page begins with.

use crate::budget::{Check, Outcome as BudgetOutcome};
use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::compare::Comparison;
use crate::judge::pairing::Against;
use crate::judge::verdict::Verdict;
use crate::render::html::axis::Axis;
use crate::render::html::history;
use crate::render::html::page::{self, Outcome, Part};
use crate::render::html::svg::Canvas;
use crate::report::grid::Tone;
use crate::report::{Report, Row, cells, demands, words};

/// Outcomes of one sort that are shown one by one.
const SHOWN: usize = 8;
/// Characters of a name, and of a kind.
const NAME_CHARS: usize = 200;
const KIND_CHARS: usize = 40;
/// Height of the picture of a change.
const HEIGHT: f64 = 22.0;

/// What the page begins with.
pub(super) struct Answer {
    pub(super) headline: String,
    pub(super) tone: Tone,
    pub(super) lead: String,
    pub(super) outcomes: Vec<Outcome>,
    /// What was compared without an answer, a line each.
    pub(super) unclear: Vec<String>,
    /// What is left out.
    pub(super) more: Vec<String>,
}

/// The result of a report, with links to the parts that say more.
pub(super) fn of(report: &Report, parts: &[Part]) -> Answer {
    let (mut outcomes, mut more) = (Vec::new(), Vec::new());
    let mut add = |list: Vec<Outcome>, what: &str| {
        let left_out = list.len().saturating_sub(SHOWN);
        outcomes.extend(list.into_iter().take(SHOWN));
        if left_out > 0 {
            more.push(format!("{left_out} more {what}"));
        }
    };
    add(failures(report, parts), "failed or missing");
    let of_budget = |fits: fn(BudgetOutcome) -> bool| {
        let checks = report.budget.iter().filter(move |check| fits(check.outcome));
        checks.map(|check| broken(check, parts)).collect::<Vec<_>>()
    };
    let of_verdicts = |verdicts: &[Verdict]| {
        let all = verdicts.iter();
        all.flat_map(|verdict| of_verdict(report, *verdict, parts)).collect::<Vec<_>>()
    };
    add(of_verdicts(&[Verdict::Regressed]), "regressed");
    add(of_budget(|it| matches!(it, BudgetOutcome::Fail | BudgetOutcome::Error)), "broken budgets");
    let (worse, moved) = report
        .history
        .as_ref()
        .map_or_else(Default::default, |history| history::outcomes(history, parts));
    add(worse, "series worse than the last good level");
    add(of_verdicts(&[Verdict::Refused, Verdict::Missing, Verdict::Mixed]), "not compared");
    add(of_verdicts(&[Verdict::Improved]), "improved");
    add(moved, "series that left their level");
    add(
        of_budget(|it| matches!(it, BudgetOutcome::Incomplete | BudgetOutcome::Inconclusive)),
        "budgets without an answer",
    );
    let unclear = of_verdict(report, Verdict::Inconclusive, parts);
    let line = |one: Outcome| {
        let said = [one.what, one.figures, one.why].into_iter().filter(|text| !text.is_empty());
        said.collect::<Vec<_>>().join("; ")
    };
    Answer {
        headline: headline(report),
        tone: tone(report),
        lead: lead(report),
        outcomes,
        unclear: unclear.into_iter().map(line).collect(),
        more,
    }
}

/// The counts, or that nothing was asked.
fn headline(report: &Report) -> String {
    let incomplete = report.failures.len() + report.missing.len() + report.uncompared.len();
    let incomplete = (incomplete > 0).then(|| format!("{incomplete} failed or missing"));
    let history = report.history.as_ref().map(history::headline);
    let said: Vec<String> =
        [words::counts(report), incomplete, history].into_iter().flatten().collect();
    if said.is_empty() { "measured, and nothing compared".to_owned() } else { said.join("; ") }
}

/// The worst that came.
fn tone(report: &Report) -> Tone {
    let verdicts = report.verdicts();
    let has = |verdict: Verdict| verdicts.iter().any(|(found, _)| *found == verdict);
    let outcomes = report.outcomes();
    let broken = outcomes
        .iter()
        .any(|(outcome, _)| matches!(outcome, BudgetOutcome::Fail | BudgetOutcome::Error));
    let is_worse = report.history.as_ref().is_some_and(|history| history.worse().next().is_some());
    // With records they decide, as they do of the exit code.
    let is_alone = report.tables.is_empty() && report.history.is_some();
    let incomplete = is_worse
        || !report.failures.is_empty()
        || !report.missing.is_empty()
        || !report.uncompared.is_empty()
        || outcomes.iter().any(|(outcome, _)| *outcome != BudgetOutcome::Pass)
        || verdicts.iter().any(|(verdict, _)| verdict.is_incomplete());
    match () {
        () if broken || has(Verdict::Regressed) || is_alone && is_worse => Tone::Bad,
        () if incomplete => Tone::Unsure,
        () if is_alone || has(Verdict::Improved) || !outcomes.is_empty() => Tone::Good,
        () => Tone::Plain,
    }
}

/// What was measured, and what it was compared with.
fn lead(report: &Report) -> String {
    let history = report.history.as_ref().map(history::lead);
    if let Some(history) = history.as_ref().filter(|_| report.tables.is_empty()) {
        return history.clone();
    }
    let mut kinds = Vec::new();
    for table in &report.tables {
        let rows = || table.blocks.iter().flat_map(|block| &block.rows);
        let runs =
            rows().filter_map(|row| Some((&row.key, row.is_baseline, row.summary.as_ref()?.n)));
        let mut series: Vec<_> = Vec::new();
        for (key, is_baseline, n) in runs {
            match series.iter_mut().find(|(known, side, _)| (*known, *side) == (key, is_baseline)) {
                Some((.., most)) => *most = n.max(*most),
                None => series.push((key, is_baseline, n)),
            }
        }
        let count: usize = series.iter().map(|(.., n)| n).sum();
        let (runs, of) = (plural(count, "run"), plural(series.len(), "series"));
        kinds.push(format!("{}: {runs} in {of}", table.kind));
    }
    let compared = match &report.against {
        Against::Nothing => {
            "Nothing was compared: --against NAME or --baseline FILE does that.".to_owned()
        }
        Against::Subject(name) => {
            format!("Compared with {}.", dp_record::printable(name, NAME_CHARS))
        }
        Against::File(name) => {
            format!("Compared with the file {}.", dp_record::printable(name, NAME_CHARS))
        }
        Against::Marked(name) => {
            format!("Compared with the records with {}.", dp_record::printable(name, NAME_CHARS))
        }
    };
    let history = history.map_or_else(String::new, |history| format!(" History: {history}"));
    format!("{compared} Measured: {}.{history}", kinds.join("; "))
}

fn plural(count: usize, word: &str) -> String {
    let ending = if count == 1 || word.ends_with('s') { "" } else { "s" };
    format!("{count} {word}{ending}")
}

fn failures(report: &Report, parts: &[Part]) -> Vec<Outcome> {
    let outcome = |word: &str, what: String, why: String| Outcome {
        tone: Tone::Bad,
        word: word.to_owned(),
        what,
        figures: String::new(),
        why,
        picture: String::new(),
        part: page::id_of(parts, page::INCOMPLETE),
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

fn broken(check: &Check, parts: &[Part]) -> Outcome {
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
        figures: unbroken(&figures.join(", ")),
        why: with_file(&why.join("; "), check.dockerfile.as_deref()),
        picture: String::new(),
        part: page::id_of(parts, page::BUDGET),
    }
}

fn of_verdict(report: &Report, verdict: Verdict, parts: &[Part]) -> Vec<Outcome> {
    let tone = cells::verdict(verdict).tone;
    let rows = report.tables.iter().flat_map(|table| &table.blocks);
    let rows = rows.flat_map(|block| block.rows.iter().map(|row| (&block.measure, row)));
    let outcome = |(measure, row): (&Measure, &Row)| {
        let comparison = row.comparison.as_ref().filter(|found| !found.is_single())?;
        if comparison.verdict != Some(verdict) {
            return None;
        }
        let picture = picture(measure, comparison, class(tone));
        let reason = comparison.reason.as_ref().map(ToString::to_string);
        let contributor = row.contributor.as_ref().map(demands::contributor);
        let why: Vec<String> = reason.into_iter().chain(contributor).collect();
        let name = dp_record::printable(&measure.name, NAME_CHARS);
        Some(Outcome {
            tone,
            word: verdict.word().to_owned(),
            what: format!("{}: {name}", label::full(&row.key)),
            figures: words::change(measure, comparison)
                .map_or_else(String::new, |said| unbroken(&said)),
            why: match &row.contributor {
                Some(_) => with_file(&why.join("; "), row.dockerfile.as_deref()),
                None => why.join("; "),
            },
            picture: picture.unwrap_or_default(),
            part: page::id_of(parts, &dp_record::printable(&row.key.kind, KIND_CHARS)),
        })
    };
    rows.filter_map(outcome).collect()
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

/// Numbers stay with their unit on one line.
fn unbroken(figures: &str) -> String {
    figures.replace(" %", "\u{a0}%").replace(" .. ", "\u{a0}..\u{a0}")
}

/// The interval as a bar, the estimate as a mark, what is too small to matter as a band
/// around 0; none where there is no interval.
fn picture(measure: &Measure, comparison: &Comparison, tone: &str) -> Option<String> {
    let change = comparison.change.as_ref()?;
    let (low, high) = change.interval.filter(|(low, high)| low < high)?;
    let floor = change.floor;
    // A fifth more on both sides, so that nothing ends at the edge.
    let ends = [low, high, floor, -floor, 0.0];
    let axis = Axis::around(ends.iter().flat_map(|end| [*end, end * 1.2]));
    let mut canvas = Canvas::default();
    let place = |value: f64| axis.place(value);
    canvas.rect("floor", (place(-floor), place(floor)), (0.0, HEIGHT), "too small to matter");
    canvas.line("zero", (place(0.0), 0.0), (place(0.0), HEIGHT));
    let text = words::change(measure, comparison)?;
    let (from, to) = (place(low), place(high).max(place(low) + 0.5));
    canvas.rect(&format!("interval {tone}"), (from, to), (HEIGHT / 2.0 - 4.0, 8.0), &text);
    canvas.dot(&format!("estimate {tone}"), (place(change.estimate), HEIGHT / 2.0), 5.0, &text);
    let title = dp_record::printable(&format!("change of {}", measure.name), 100);
    Some(canvas.finish(&title, &text, HEIGHT))
}

/// The class of a tone.
fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Unsure => "unsure",
        Tone::Plain | Tone::Heading => "plain",
    }
}
