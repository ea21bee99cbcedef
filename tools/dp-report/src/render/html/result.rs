//! What the page begins with: the result in a few words and a colour, then what it consists
//! of, each with a picture and a link.

use crate::budget::Outcome as BudgetOutcome;
use crate::input::measure::Measure;
use crate::judge::compare::Comparison;
use crate::judge::pairing::Against;
use crate::judge::verdict::Verdict;
use crate::render::html::axis::Axis;
use crate::render::html::history;
use crate::render::html::page::{self, Outcome, Part};
use crate::render::html::svg::Canvas;
use crate::report::grid::Tone;
use crate::report::result::{self, About};
use crate::report::{Report, words};

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
    let result = result::of(report);
    let outcomes = result.outcomes.into_iter().map(|one| outcome(one, parts));
    let line = |one: result::Outcome<'_>| {
        let figures = figures(&one);
        let said = [one.what, figures, one.why].into_iter();
        said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    };
    Answer {
        headline: headline(report),
        tone: tone(report),
        lead: lead(report),
        outcomes: outcomes.collect(),
        unclear: result.unclear.into_iter().map(line).collect(),
        more: result.more.iter().map(|(count, what)| format!("{count} more {what}")).collect(),
    }
}

fn outcome(one: result::Outcome<'_>, parts: &[Part]) -> Outcome {
    let (part, picture) = match one.about {
        About::Incomplete => (page::id_of(parts, page::INCOMPLETE), None),
        About::Budget => (page::id_of(parts, page::BUDGET), None),
        About::History => (page::id_of(parts, page::HISTORY), None),
        About::Figure(measure, row) => {
            let kind = dp_record::printable(&row.key.kind, KIND_CHARS);
            let comparison = row.comparison.as_ref();
            let picture = comparison.and_then(|found| picture(measure, found, class(one.tone)));
            (page::id_of(parts, &kind), picture)
        }
    };
    Outcome {
        tone: one.tone,
        figures: figures(&one),
        word: one.word,
        what: one.what,
        why: one.why,
        picture: picture.unwrap_or_default(),
        part,
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

/// Numbers stay with their unit on one line.
fn figures(one: &result::Outcome<'_>) -> String {
    let both = [one.figures.as_str(), one.interval.as_str()].into_iter();
    let both = both.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    both.replace(" %", "\u{a0}%").replace(" .. ", "\u{a0}..\u{a0}")
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
