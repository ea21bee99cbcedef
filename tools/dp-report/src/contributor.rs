//! What contributes most to a value: the way to the line that must change.

use dp_record::{SeriesKey, Unit, kind};

use crate::collect::Collector;
use crate::measure::{Measure, UnitName};
use crate::report::Part;
use crate::series::Series;
use crate::usage;

/// The biggest parts of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributor {
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
    let (parts, unit) = match (of_image, of_steps) {
        (true, _) => (layers(collector, series), Unit::Bytes),
        (false, true) => (usage::steps(series), Unit::Seconds),
        (false, false) => return None,
    };
    let biggest = parts.first()?.clone();
    let biggest_with_line = parts.into_iter().find(|part| part.line.is_some());
    Some(Contributor { biggest, biggest_with_line, unit })
}

/// The layers of the series' image: a build record knows only their sum.
fn layers(collector: &Collector, series: &Series) -> Vec<Part> {
    let key = SeriesKey { kind: kind::SIZE.to_owned(), ..series.key.clone() };
    let image = collector.series.find(series.side, &key);
    image.map_or_else(Vec::new, |image| usage::layers(collector, image))
}
