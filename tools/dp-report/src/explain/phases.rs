//! What a start consists of, phase after phase.

use dp_math::Sample;
use dp_record::{Unit, kind};

use crate::explain::usage::{Part, Usage};
use crate::input::collect::Collector;
use crate::input::label;
use crate::input::selection::START_PHASES;
use crate::input::series::{Series, Side};

/// The phases of each series of starts, in their order.
pub(crate) fn of(collector: &Collector) -> Vec<Usage> {
    let starts = collector.series.of(Side::Input);
    starts.filter(|series| series.key.kind == kind::START).filter_map(phases).collect()
}

fn phases(series: &Series) -> Option<Usage> {
    let stops = !series.lengths("stop_seconds", None).is_empty();
    // The teardown of a container that was stopped is part of the stop.
    let shown = START_PHASES.iter().filter(|(name, ..)| !(stops && *name == "teardown"));
    let found: Vec<(&str, Sample)> = shown
        .filter_map(|(name, metric, since)| {
            let lengths = series.lengths(metric, *since);
            Some((*name, Sample::new(lengths).ok()?))
        })
        .filter(|(_, sample)| sample.median() > 0.0)
        .collect();
    let part = |(name, sample): &(&str, Sample)| Part {
        line: None,
        text: (*name).to_owned(),
        amount: sample.median(),
        runs: sample.len(),
    };
    let parts: Vec<Part> = found.iter().map(part).collect();
    let (label, runs) = (label::full(&series.key), series.runs.len());
    (!parts.is_empty()).then_some(Usage { label, unit: Unit::Seconds, runs, parts, others: 0 })
}
