//! Where the time of builds and the bytes of images go: the parts that take
//! most.

use dp_math::Sample;
use dp_record::{SeriesKey, Unit, kind};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::layers::Layer;
use crate::input::lines::Lines;
use crate::input::series::{Series, Side, StepTimes};

/// Parts of a series that are shown.
const SHOWN: usize = 5;

/// The biggest parts of one series' time or bytes.
#[derive(Debug)]
pub(crate) struct Usage {
    /// What people call the series.
    pub(crate) label: String,
    /// The unit of the amounts.
    pub(crate) unit: Unit,
    /// Good runs of the series.
    pub(crate) runs: usize,
    /// The biggest parts, biggest first.
    pub(crate) parts: Vec<Part>,
    /// How many smaller ones there are.
    pub(crate) others: usize,
}

/// One step or layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The instruction.
    pub(crate) text: String,
    /// How much: the median of the runs in which it was, in the usage's unit.
    pub(crate) amount: f64,
    /// In how many runs it was.
    pub(crate) runs: usize,
}

/// The longest steps of each series of which steps ran.
pub(crate) fn times(collector: &Collector) -> Vec<Usage> {
    let usage = |series: &Series| usage(series, Unit::Seconds, steps(series));
    collector.series.of(Side::Input).filter_map(usage).collect()
}

/// The biggest layers of each image.
pub(crate) fn bytes(collector: &Collector) -> Vec<Usage> {
    let usage = |series: &Series| {
        usage(series, Unit::Bytes, layers(collector, series, |layer| Some(layer.bytes)))
    };
    collector.series.of(Side::Input).filter_map(usage).collect()
}

fn usage(series: &Series, unit: Unit, mut parts: Vec<Part>) -> Option<Usage> {
    let others = parts.len().saturating_sub(SHOWN);
    parts.truncate(SHOWN);
    let runs = series.runs.len();
    let usage = Usage { label: label::full(&series.key), unit, runs, parts, others };
    (!usage.parts.is_empty()).then_some(usage)
}

/// The steps of a series that ran, longest first.
pub(crate) fn steps(series: &Series) -> Vec<Part> {
    sorted(series.steps.values().filter_map(step).collect())
}

/// The steps of a series at which the cache was lost, in the order of the file.
pub(crate) fn first_steps(series: &Series) -> Vec<Part> {
    let first = series.steps.values().filter(|times| times.first);
    let mut parts: Vec<Part> = first.filter_map(step).collect();
    parts.sort_by(|a, b| (a.line, &a.text).cmp(&(b.line, &b.text)));
    parts
}

fn step(times: &StepTimes) -> Option<Part> {
    let sample = Sample::new(times.seconds.clone()).ok()?;
    Some(Part {
        line: times.line,
        text: times.text.clone(),
        amount: sample.median(),
        runs: sample.len(),
    })
}

/// The layers of a series by what `amount` says of them, biggest first; those
/// of which it says nothing or 0 are left out.
pub(crate) fn layers(
    collector: &Collector,
    series: &Series,
    amount: fn(&Layer) -> Option<f64>,
) -> Vec<Part> {
    let part = |(layer, line): (&Layer, Option<u64>)| {
        let amount = amount(layer).filter(|amount| *amount > 0.0)?;
        Some(Part { line, text: layer.text.clone(), amount, runs: series.runs.len() })
    };
    sorted(layers_with_lines(collector, series).filter_map(part).collect())
}

/// The layers of a series, lowest first, each with its line in the Dockerfile: as its
/// record has it, else as the build of the same subject has it.
pub(crate) fn layers_with_lines<'a>(
    collector: &'a Collector,
    series: &'a Series,
) -> impl Iterator<Item = (&'a Layer, Option<u64>)> {
    let built = SeriesKey { kind: kind::BUILD.to_owned(), ..series.key.clone() };
    let built = collector.series.find(series.side, &built);
    let lines = built.and_then(|built| built.lines.as_ref());
    let of_build =
        move |layer: &Layer| lines.and_then(|lines: &Lines| lines.find(&layer.instruction));
    series.layers.iter().map(move |layer| (layer, layer.line.or_else(|| of_build(layer))))
}

fn sorted(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by(|a, b| {
        b.amount.total_cmp(&a.amount).then_with(|| (a.line, &a.text).cmp(&(b.line, &b.text)))
    });
    parts
}
