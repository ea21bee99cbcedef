//! What should have been compared, or shown at all, and was not: never a pass.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use dp_record::{Better, SeriesKey, metric, printable};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::series::{Series, Side};
use crate::judge::compare::Comparison;
use crate::judge::pairing::{Against, Candidate, Pairing};
use crate::report::{Table, Uncompared};

/// Metrics that a sentence names.
const NAMES: usize = 5;
/// Characters of each.
const NAME_CHARS: usize = 60;

/// Finds the pairs that are promised and of which no metric was judged, the
/// subjects that have nothing to be compared with though they were to be, and
/// series without any metric. What has no run at all is not among them: it is
/// told as failed or missing.
pub(crate) fn of(
    collector: &Collector,
    pairing: &Pairing<'_>,
    tables: &[Table],
) -> Vec<Uncompared> {
    let rows = tables.iter().flat_map(|table| &table.blocks).flat_map(|block| &block.rows);
    let judged = rows.filter(|row| row.comparison.as_ref().is_some_and(Comparison::is_judged));
    let judged: HashSet<&SeriesKey> = judged.map(|row| &row.key).collect();
    let context = Context { collector, pairing, missing: missing(collector) };
    let unjudged = candidates(pairing).filter(|(_, candidate)| !judged.contains(candidate.key()));
    let uncompared = unjudged.filter_map(|(baseline, candidate)| {
        let why = context.why(baseline, candidate)?;
        Some(Uncompared { subject: candidate.key().clone(), why })
    });
    uncompared.collect()
}

/// All candidates with what they are compared with.
fn candidates<'p, 'a>(
    pairing: &'p Pairing<'a>,
) -> impl Iterator<Item = (Option<&'a Series>, &'p Candidate<'a>)> {
    let groups = pairing.kinds.iter().flat_map(|(_, groups)| groups);
    groups.flat_map(|group| group.candidates.iter().map(|candidate| (group.baseline, candidate)))
}

/// The planned series that did not come in full.
fn missing(collector: &Collector) -> HashSet<(Side, SeriesKey)> {
    let of_side = |side| collector.missing(side).into_iter().map(move |it| (side, it.key));
    [Side::Input, Side::Baseline].into_iter().flat_map(of_side).collect()
}

struct Context<'c, 'a> {
    collector: &'c Collector,
    pairing: &'c Pairing<'a>,
    missing: HashSet<(Side, SeriesKey)>,
}

impl Context<'_, '_> {
    /// Why nothing was judged of a candidate; none where that is told elsewhere,
    /// or where nothing was promised.
    fn why(&self, baseline: Option<&Series>, candidate: &Candidate<'_>) -> Option<String> {
        match (baseline, candidate) {
            (Some(baseline), Candidate::Present(subject)) => {
                let is_told = self.is_told(baseline) && self.is_told(subject);
                (!is_told).then(|| between(self.collector, baseline, subject))
            }
            (Some(baseline), Candidate::Absent(_)) => {
                let text =
                    || format!("it was not measured, and {} was", label::full(&baseline.key));
                (!self.is_told(baseline)).then(text)
            }
            (None, Candidate::Present(subject)) if self.is_told(subject) => None,
            (None, Candidate::Present(subject)) => {
                self.alone(subject).or_else(|| without_metric(subject))
            }
            (None, Candidate::Absent(_)) => None,
        }
    }

    /// Whether it is said elsewhere that a series has no run.
    fn is_told(&self, series: &Series) -> bool {
        let is_missing = || self.missing.contains(&(series.side, series.key.clone()));
        series.runs.is_empty() && (series.failed > 0 || is_missing())
    }

    /// A subject that was to be compared with another subject, which has no
    /// record of any of its kinds.
    fn alone(&self, subject: &Series) -> Option<String> {
        let Against::Subject(name) = self.pairing.against else { return None };
        let mut input = self.collector.series.of(Side::Input);
        let is_of_subjects = input.any(|series| series.key.name == *name);
        let mut others = candidates(self.pairing);
        let has_pair = others.any(|(baseline, candidate)| {
            baseline.is_some() && candidate.key().name == subject.key.name
        });
        let [kind, name] = [&subject.key.kind, name].map(|text| printable(text, NAME_CHARS));
        let text = || {
            format!(
                "{name} has no {kind} record to compare it with (--where leaves out what is not \
                 to be compared)"
            )
        };
        (is_of_subjects && !has_pair).then(text)
    }
}

/// Why no metric of a pair was judged.
fn between(collector: &Collector, baseline: &Series, subject: &Series) -> String {
    let against = label::full(&baseline.key);
    let nothing = format!("no metric was judged against {against}");
    let (old, new) = (baseline.names(), subject.names());
    if old.is_empty() || new.is_empty() {
        let who = match (old.is_empty(), new.is_empty()) {
            (true, true) => "neither has a metric".to_owned(),
            (false, _) => "its records have no metric".to_owned(),
            (true, _) => format!("{against} has no metric"),
        };
        return format!("{nothing}: {who}");
    }
    let both: BTreeSet<&str> = old.intersection(&new).copied().collect();
    if both.is_empty() {
        let (old, new) = (listed(old.iter().copied()), listed(new.iter().copied()));
        return format!("{nothing}: they have none in common ({new}; there {old})");
    }
    let better = |name: &str| collector.measure(&subject.key.kind, name).better;
    let (unknown, known): (Vec<&str>, Vec<&str>) =
        both.iter().copied().partition(|name| better(name) == Better::None);
    match known.first() {
        Some(first) => format!(
            "{nothing}: both have {}: --metric {} judges it",
            listed(known.iter().copied()),
            printable(first, NAME_CHARS)
        ),
        None if unknown.iter().any(|name| metric(&subject.key.kind, name).is_some()) => {
            format!("{nothing}: of {} neither way is better", listed(unknown.into_iter()))
        }
        None => format!(
            "{nothing}: both have {}, and nobody says which way is better: `units` of the \
             records does (\"requests/s higher\")",
            listed(unknown.into_iter())
        ),
    }
}

/// A series whose good runs have nothing to show.
fn without_metric(series: &Series) -> Option<String> {
    let runs = series.runs.len();
    let text = || format!("{runs} good runs, but no metric in any of them");
    (runs > 0 && series.names().is_empty()).then(text)
}

/// Series of which nothing is shown, though they have metrics, a line for those
/// that have the same ones: no silence about them. Of pairs [`of`] says it.
pub(crate) fn unshown(collector: &Collector, pairing: &Pairing<'_>) -> Vec<String> {
    let pairs = pairing.pairs().flat_map(|(baseline, subject)| [baseline.number, subject.number]);
    let paired: HashSet<usize> = pairs.collect();
    let single = |series: &&Series| !paired.contains(&series.number) && !series.shows_anything();
    let mut silent: BTreeMap<(&str, BTreeSet<&str>), Vec<&Series>> = BTreeMap::new();
    for series in collector.series.of(Side::Input).filter(single) {
        let names = series.names();
        if !names.is_empty() {
            silent.entry((&series.key.kind, names)).or_default().push(series);
        }
    }
    let lines = silent.iter().map(|((_, names), list)| {
        let first = list.first().map(|series| label::full(&series.key)).unwrap_or_default();
        let more = list.len().saturating_sub(1);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = listed(names.iter().copied());
        format!(
            "{first}{more}: no headline metric, but {names}: --metric NAME shows one, --all shows all"
        )
    });
    lines.collect()
}

/// Some of the names.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = if names.len() > NAMES { ", ..." } else { "" };
    let names: Vec<String> = names.take(NAMES).map(|name| printable(name, NAME_CHARS)).collect();
    names.join(", ") + more
}
