//! Why rows got the verdict that they got: each reason once.

use dp_record::printable;

use crate::input::measure::Measure;
use crate::judge::compare::Comparison;
use crate::judge::verdict::Verdict;
use crate::report::Table;
use crate::scale::Scale;

/// Characters of a metric's name.
const NAME_CHARS: usize = 200;
/// Digits of a floor.
const FLOOR_DIGITS: usize = 3;

/// A reason, and whom it concerns.
#[derive(Debug)]
pub(crate) struct Explained {
    /// The verdict; none for metrics that are shown only.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) text: String,
    /// Subjects, each with its metrics.
    pub(crate) who: Vec<(String, Vec<String>)>,
}

/// The reasons of a table.
pub(crate) fn reasons(table: &Table) -> Vec<Explained> {
    let mut reasons: Vec<Explained> = Vec::new();
    for block in &table.blocks {
        for row in &block.rows {
            let comparison = row.comparison.as_ref().filter(|comparison| !comparison.is_single());
            let Some(comparison) = comparison else { continue };
            let Some(text) = reason(&block.measure, comparison) else { continue };
            let metric = printable(&block.measure.name, NAME_CHARS);
            add(&mut reasons, (comparison.verdict, text), &row.label, metric);
        }
    }
    reasons
}

fn reason(measure: &Measure, comparison: &Comparison) -> Option<String> {
    let reason = comparison.reason.as_ref().map(ToString::to_string);
    reason.or_else(|| small(measure, comparison))
}

/// A change that is large as a share of the baseline and too small to matter.
fn small(measure: &Measure, comparison: &Comparison) -> Option<String> {
    let change = comparison.change.as_ref()?;
    let (low, high) = change.bounds.map_or(change.interval?, |bounds| bounds.equivalence);
    let share = change.relative(low.abs().max(high.abs()))?;
    let surprising = share > measure.floor_ratio && comparison.verdict == Some(Verdict::Unchanged);
    let floor = Scale::of(&measure.unit, [measure.floor].into_iter(), FLOOR_DIGITS);
    let text = || format!("changes of up to {} do not matter", floor.show(measure.floor));
    surprising.then(text)
}

fn add(
    reasons: &mut Vec<Explained>,
    (verdict, text): (Option<Verdict>, String),
    subject: &str,
    metric: String,
) {
    let same = |known: &&mut Explained| (known.verdict, &known.text) == (verdict, &text);
    let Some(known) = reasons.iter_mut().find(same) else {
        let who = vec![(subject.to_owned(), vec![metric])];
        return reasons.push(Explained { verdict, text, who });
    };
    match known.who.iter_mut().find(|(name, _)| name == subject) {
        Some((_, metrics)) => metrics.push(metric),
        None => known.who.push((subject.to_owned(), vec![metric])),
    }
}
