//! What contributes most to a value: it leads to the line of the Dockerfile that
//! must change.

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

/// The biggest parts of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributor {
    /// What they are: `longest step`, `first step that ran`, `biggest layer`.
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
    let of_image = measure.unit == UnitName::Known(Unit::Bytes);
    let of_steps = [kind::BUILD, kind::CACHE].contains(&series.key.kind.as_str());
    let (what, parts, unit) = match (of_image, of_steps) {
        (true, _) => {
            let (what, amount) = of_layers(&measure.name);
            (what, layers(collector, series, amount), Unit::Bytes)
        }
        (false, true) if OF_CACHE.contains(&measure.name.as_str()) => {
            ("first step that ran", usage::first_steps(series), Unit::Seconds)
        }
        (false, true) => ("longest step", usage::steps(series), Unit::Seconds),
        (false, false) => return None,
    };
    let biggest = parts.first()?.clone();
    let biggest_with_line = parts.into_iter().find(|part| part.line.is_some());
    Some(Contributor { what, biggest, biggest_with_line, unit })
}

/// What of a layer counts for this metric of images, and what the layer with most of
/// it is called.
fn of_layers(metric: &str) -> (&'static str, fn(&Layer) -> Option<f64>) {
    const DEAD: &str = "layer with most dead bytes";
    const ALL: &str = "biggest layer";
    match metric {
        "dead_bytes" => (DEAD, |layer| layer.dead_bytes),
        "own_dead_bytes" => (DEAD, |layer| layer.dead_bytes.filter(|_| !layer.base)),
        "base_dead_bytes" => (DEAD, |layer| layer.dead_bytes.filter(|_| layer.base)),
        "own_bytes" => (ALL, |layer| Some(layer.bytes).filter(|_| !layer.base)),
        "base_bytes" => (ALL, |layer| Some(layer.bytes).filter(|_| layer.base)),
        _ => (ALL, |layer| Some(layer.bytes)),
    }
}

/// The layers of the series' image: a build record knows only their sum.
fn layers(collector: &Collector, series: &Series, amount: fn(&Layer) -> Option<f64>) -> Vec<Part> {
    let key = SeriesKey { kind: kind::SIZE.to_owned(), ..series.key.clone() };
    let image = collector.series.find(series.side, &key);
    image.map_or_else(Vec::new, |image| usage::layers(collector, image, amount))
}
