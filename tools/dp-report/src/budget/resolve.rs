//! Which series a rule is about. What means nothing is an error.

use std::collections::BTreeSet;

use dp_record::{SeriesKey, catalogue, printable};

use crate::budget::outcome::{Answer, Check, CheckedDemand, Outcome};
use crate::budget::pattern::Pattern;
use crate::budget::rule::Rule;
use crate::explain::contributor;
use crate::input::collect::Collector;
use crate::input::label;
use crate::input::measure::Measure;
use crate::input::series::{Series, Side};

/// Characters of a name in a message.
const NAME_CHARS: usize = 80;
/// Names that a message lists.
const NAMES: usize = 12;

/// A rule whose words have got a meaning.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// What is known of its metric.
    pub(crate) measure: Measure,
    /// The kind of records that have it.
    pub(crate) kind: &'a str,
    /// The series that it is about; at least one.
    pub(crate) series: Vec<&'a Series>,
}

/// Finds metric and series of a rule.
///
/// # Errors
/// A message for a metric that no record has, or that several kinds have, and
/// for a pattern that matches nothing.
pub(crate) fn resolve<'a>(collector: &'a Collector, rule: &Rule) -> Result<Resolved<'a>, String> {
    let kinds = kinds(collector, &rule.metric);
    let (kind, name) = match kinds.as_slice() {
        [] => return Err(unknown(collector, &rule.metric)),
        [only] => *only,
        several => return Err(ambiguous(several)),
    };
    let of_kind: Vec<&Series> = of_kind(collector, kind).collect();
    let matching = of_kind.iter().copied().filter(|series| rule.pattern.matches(&series.key));
    let matching: Vec<&Series> = matching.collect();
    if matching.is_empty() {
        return Err(nothing(kind, &rule.pattern, &of_kind));
    }
    // A subject of which every run failed may have had the metric.
    if matching.iter().all(|series| !series.runs.is_empty() && !series.has(name)) {
        return Err(format!("no record that it is about has {}", printable(name, NAME_CHARS)));
    }
    Ok(Resolved { measure: collector.measure(kind, name), kind, series: matching })
}

impl Resolved<'_> {
    /// A check for each series to which `answer` has one.
    pub(crate) fn checks<'s>(
        &'s self,
        rule: &Rule,
        demand: &CheckedDemand,
        collector: &Collector,
        mut answer: impl FnMut(&'s Series) -> Option<Answer>,
    ) -> Vec<Check> {
        let check = |series: &&'s Series| {
            let Answer { measured, outcome, reason } = answer(series)?;
            let broken = matches!(outcome, Outcome::Fail | Outcome::Inconclusive);
            let contributor = || contributor::of(collector, series, &self.measure);
            Some(Check {
                source: rule.source.clone(),
                what: format!("{}.{}", self.kind, self.measure.name),
                measure: Some(self.measure.clone()),
                key: Some(series.key.clone()),
                demand: Some(demand.clone()),
                measured,
                note: rule.note.clone(),
                outcome,
                reason,
                contributor: broken.then(contributor).flatten(),
                dockerfile: series.dockerfile.clone(),
                busy: series.busy,
            })
        };
        self.series.iter().filter_map(check).collect()
    }
}

/// The series of the input of this kind.
pub(crate) fn of_kind<'a>(
    collector: &'a Collector,
    kind: &str,
) -> impl Iterator<Item = &'a Series> {
    collector.series.of(Side::Input).filter(move |series| series.key.kind == kind)
}

/// The kinds that have the metric, each with the metric's own name. Where no
/// record has it, kinds of which no run came are asked by the catalogue.
fn kinds<'c, 'm>(collector: &'c Collector, metric: &'m str) -> Vec<(&'c str, &'m str)> {
    let name_in = |series: &'c Series| -> Vec<(&'c str, &'m str)> {
        let kind = series.key.kind.as_str();
        let qualified = metric.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
        [qualified, Some(metric)].into_iter().flatten().map(|name| (kind, name)).collect()
    };
    let input = || collector.series.of(Side::Input);
    let measured =
        input().flat_map(|series| name_in(series).into_iter().filter(|(_, name)| series.has(name)));
    let measured: BTreeSet<_> = measured.collect();
    if !measured.is_empty() {
        return measured.into_iter().collect();
    }
    let unmeasured = input().filter(|series| series.runs.is_empty()).flat_map(name_in);
    let possible = unmeasured.filter(|(kind, name)| dp_record::metric(kind, name).is_some());
    possible.collect::<BTreeSet<_>>().into_iter().collect()
}

fn unknown(collector: &Collector, metric: &str) -> String {
    let known = |known: &dp_record::Metric| {
        metric == known.name || metric == format!("{}.{}", known.kind, known.name)
    };
    match catalogue().find(|metric| known(metric)) {
        Some(known) => {
            let (kind, came) = (known.kind, of_kind(collector, known.kind).next().is_some());
            let hint = if came { "" } else { ": is its tool missing before dp-report?" };
            format!("no {kind} record has it{hint}")
        }
        None => "no record has such a metric (dp-report metrics lists ours)".to_owned(),
    }
}

fn ambiguous(kinds: &[(&str, &str)]) -> String {
    let form = |(kind, name): &(&str, &str)| printable(&format!("{kind}.{name}"), NAME_CHARS);
    let forms: Vec<String> = kinds.iter().map(form).collect();
    format!("several kinds have it: write {}", forms.join(" or "))
}

fn nothing(kind: &str, pattern: &Pattern, of_kind: &[&Series]) -> String {
    let pattern = pattern.shown().unwrap_or_default();
    let kind = printable(kind, NAME_CHARS);
    let there = names(of_kind.iter().map(|series| &series.key));
    format!("{pattern} matches no {kind} record (there are: {there})")
}

/// Some of the subjects, for messages.
pub(crate) fn names<'a>(keys: impl Iterator<Item = &'a SeriesKey>) -> String {
    let names: BTreeSet<String> = keys.map(label::subject).collect();
    let more = if names.len() > NAMES { ", ..." } else { "" };
    names.into_iter().take(NAMES).collect::<Vec<_>>().join(", ") + more
}
