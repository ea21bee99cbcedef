//! What contributes most to a value: the way to the line that must change.

use dp_record::{SeriesKey, Unit, kind};

use crate::collect::Collector;
use crate::layers::Layer;
use crate::measure::{Measure, UnitName};
use crate::report::Part;
use crate::series::Series;
use crate::usage;

/// The metric of bytes that no container can reach.
const DEAD_BYTES: &str = "dead_bytes";

/// Metrics of what the cache answered: whatever ran after the first step that
/// it did not answer ran because of that one, however long it took.
const OF_CACHE: [&str; 3] = ["cache_hit_ratio", "steps_cached", "steps_executed"];

/// The biggest parts of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributor {
    /// What they are: `longest step`, `first step that ran`, `biggest layer`.
    pub(crate) what: &'static str,
    /// The biggest part.
    pub(crate) biggest: Part,
    /// The biggest part of which the line in the Dockerfile is known.
    pub(crate) biggest_with_line: Option<Part>,
    /// The unit of their amounts.
    pub(crate) unit: Unit,
}

/// The biggest contributor to a metric of a series, where the records tell:
/// a layer for bytes of images, a step for times and counts of builds.
pub(crate) fn of(collector: &Collector, series: &Series, measure: &Measure) -> Option<Contributor> {
    let of_image = measure.unit == UnitName::Known(Unit::Bytes);
    let of_steps = [kind::BUILD, kind::CACHE].contains(&series.key.kind.as_str());
    let (what, parts, unit) = match (of_image, of_steps) {
        (true, _) if measure.name == DEAD_BYTES => {
            let parts = layers(collector, series, |layer| layer.dead_bytes);
            ("layer with most dead bytes", parts, Unit::Bytes)
        }
        (true, _) => {
            ("biggest layer", layers(collector, series, |layer| Some(layer.bytes)), Unit::Bytes)
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

/// The layers of the series' image: a build record knows only their sum.
fn layers(collector: &Collector, series: &Series, amount: fn(&Layer) -> Option<f64>) -> Vec<Part> {
    let key = SeriesKey { kind: kind::SIZE.to_owned(), ..series.key.clone() };
    let image = collector.series.find(series.side, &key);
    image.map_or_else(Vec::new, |image| usage::layers(collector, image, amount))
}
