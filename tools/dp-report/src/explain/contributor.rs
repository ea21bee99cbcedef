//! What contributes most to a value: it leads to the line of the Dockerfile that
//! must change.

use std::collections::{HashMap, VecDeque};

use dp_record::{SeriesKey, Unit, kind};

use crate::explain::usage::{self, Part};
use crate::input::collect::Collector;
use crate::input::layers::Layer;
use crate::input::measure::Measure;
use crate::input::series::Series;
use crate::scale::UnitName;

/// Metrics of what the cache answered: whatever ran after the first step that
/// it did not answer ran because of that one, however long it took.
const OF_CACHE: [&str; 3] = ["cache_hit_ratio", "steps_cached", "steps_executed"];

/// What the biggest step is called, and what the layer with most of something is.
const LONGEST_STEP: &str = "longest step";
const BIGGEST_LAYER: &str = "biggest layer";
const DEADEST_LAYER: &str = "layer with most dead bytes";

/// The biggest parts of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributor {
    /// What they are: `longest step`, `first step that ran`, `biggest layer`, `step with the
    /// largest growth`.
    pub(crate) what: &'static str,
    pub(crate) biggest: Part,
    /// The biggest part of which the line in the Dockerfile is known.
    pub(crate) biggest_with_line: Option<Part>,
    /// The unit of their amounts.
    pub(crate) unit: Unit,
}

/// The biggest contributor to a metric of a series, where the records say it:
/// a layer for bytes of images, a step for times and counts of builds.
pub(crate) fn of(collector: &Collector, series: &Series, measure: &Measure) -> Option<Contributor> {
    let (what, parts, unit) = parts(collector, series, measure)?;
    contributor(what, parts, unit)
}

/// What made a value worse than that of its baseline: the step or the layer that grew most,
/// where both sides have one in common; else the biggest contributor.
pub(crate) fn of_change(
    collector: &Collector,
    (baseline, series): (&Series, &Series),
    measure: &Measure,
) -> Option<Contributor> {
    let grown = || {
        let (what, now, unit) = parts(collector, series, measure)?;
        let (_, before, _) = parts(collector, baseline, measure)?;
        let what = match what {
            LONGEST_STEP => "step with the largest growth",
            BIGGEST_LAYER => "layer with the largest growth",
            DEADEST_LAYER => "layer whose dead bytes grew most",
            _ => return None,
        };
        contributor(what, grown(now, &before), unit)
    };
    grown().or_else(|| of(collector, series, measure))
}

/// How much each part grew, most first, known by its text; nothing where no text is the
/// same, since then these are two different things.
fn grown(now: Vec<Part>, before: &[Part]) -> Vec<Part> {
    let mut amounts: HashMap<&str, VecDeque<f64>> = HashMap::new();
    for part in before {
        amounts.entry(&part.text).or_default().push_back(part.amount);
    }
    if !now.iter().any(|part| amounts.contains_key(part.text.as_str())) {
        return Vec::new();
    }
    // Of several with one text the biggest are compared with the biggest.
    let growth = |part: Part| {
        let known = amounts.get_mut(part.text.as_str()).and_then(VecDeque::pop_front);
        Part { amount: part.amount - known.unwrap_or(0.0), ..part }
    };
    let mut parts: Vec<Part> = now.into_iter().map(growth).collect();
    parts.retain(|part| part.amount > 0.0);
    parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    parts
}

fn contributor(what: &'static str, parts: Vec<Part>, unit: Unit) -> Option<Contributor> {
    let biggest = parts.first()?.clone();
    let biggest_with_line = parts.into_iter().find(|part| part.line.is_some());
    Some(Contributor { what, biggest, biggest_with_line, unit })
}

/// What a value consists of, biggest first, what the first is called, and the unit.
fn parts(
    collector: &Collector,
    series: &Series,
    measure: &Measure,
) -> Option<(&'static str, Vec<Part>, Unit)> {
    let of_image = measure.unit == UnitName::Known(Unit::Bytes);
    let of_steps = [kind::BUILD, kind::CACHE].contains(&series.key.kind.as_str());
    Some(match (of_image, of_steps) {
        (true, _) => {
            let (what, amount) = of_layers(&measure.name);
            (what, layers(collector, series, amount), Unit::Bytes)
        }
        (false, true) if OF_CACHE.contains(&measure.name.as_str()) => {
            ("first step that ran", usage::first_steps(series), Unit::Seconds)
        }
        (false, true) => (LONGEST_STEP, usage::steps(series), Unit::Seconds),
        (false, false) => return None,
    })
}

/// What of a layer counts for this metric of images, and what the layer with most of
/// it is called.
fn of_layers(metric: &str) -> (&'static str, fn(&Layer) -> Option<f64>) {
    match metric {
        "dead_bytes" => (DEADEST_LAYER, |layer| layer.dead_bytes),
        "own_dead_bytes" => (DEADEST_LAYER, |layer| layer.dead_bytes.filter(|_| !layer.base)),
        "base_dead_bytes" => (DEADEST_LAYER, |layer| layer.dead_bytes.filter(|_| layer.base)),
        "own_bytes" => (BIGGEST_LAYER, |layer| Some(layer.bytes).filter(|_| !layer.base)),
        "base_bytes" => (BIGGEST_LAYER, |layer| Some(layer.bytes).filter(|_| layer.base)),
        _ => (BIGGEST_LAYER, |layer| Some(layer.bytes)),
    }
}

/// The layers of the series' image: a build record knows only their sum.
fn layers(collector: &Collector, series: &Series, amount: fn(&Layer) -> Option<f64>) -> Vec<Part> {
    let key = SeriesKey { kind: kind::SIZE.to_owned(), ..series.key.clone() };
    let image = collector.series.find(series.side, &key);
    image.map_or_else(Vec::new, |image| usage::layers(collector, image, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(list: &[(&str, f64)]) -> Vec<Part> {
        let part = |(text, amount): &(&str, f64)| Part {
            line: Some(1),
            text: (*text).to_owned(),
            amount: *amount,
            runs: 8,
        };
        list.iter().map(part).collect()
    }

    fn growth(now: &[(&str, f64)], before: &[(&str, f64)]) -> Vec<(String, f64)> {
        let grown = grown(parts(now), &parts(before));
        grown.into_iter().map(|part| (part.text, part.amount)).collect()
    }

    #[test]
    fn what_grew_most_is_at_fault_and_not_what_was_always_big() {
        let before = [("RUN build", 9.0), ("RUN test", 1.0), ("COPY", 0.5)];
        let now = [("RUN build", 9.0), ("RUN test", 3.0), ("RUN new", 0.75), ("COPY", 0.25)];
        let expected = [("RUN test".to_owned(), 2.0), ("RUN new".to_owned(), 0.75)];
        assert_eq!(growth(&now, &before), expected);
    }

    #[test]
    fn of_equal_texts_the_biggest_are_compared_with_the_biggest() {
        let before = [("RUN x", 5.0), ("RUN x", 1.0)];
        assert_eq!(growth(&[("RUN x", 5.0), ("RUN x", 4.0)], &before), [("RUN x".to_owned(), 3.0)]);
    }

    #[test]
    fn two_different_things_have_not_grown() {
        assert!(growth(&[("RUN a", 5.0)], &[("RUN b", 1.0)]).is_empty());
        assert!(growth(&[], &[]).is_empty());
    }
}
