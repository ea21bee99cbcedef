//! What a start consists of, phase after phase.

use dp_math::Sample;
use dp_record::{Unit, kind};

use crate::explain::usage::{Part, Usage};
use crate::input::collect::Collector;
use crate::input::label;
use crate::input::selection::START_PHASES;
use crate::input::series::{Series, Side};

/// Columns of the whole start.
const COLUMNS: f64 = 40.0;

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
    let total: f64 = found.iter().map(|(_, sample)| sample.median()).sum();
    let mut before = 0.0;
    let mut part = |name: &str, sample: &Sample| {
        let amount = sample.median();
        let bar = bar(before / total, amount / total);
        before += amount;
        Part { line: None, text: format!("{name:<12} {bar}"), amount, runs: sample.len() }
    };
    let parts: Vec<Part> = found.iter().map(|(name, sample)| part(name, sample)).collect();
    let (label, runs) = (label::full(&series.key), series.runs.len());
    (total > 0.0).then_some(Usage { label, unit: Unit::Seconds, runs, parts, others: 0 })
}

/// A bar of this length after what came before it, both as shares of the whole.
fn bar(before: f64, length: f64) -> String {
    let columns = |share: f64| {
        let columns = (share * COLUMNS).round();
        (0..=40_u8).rfind(|column| f64::from(*column) <= columns).map_or(0, usize::from)
    };
    let (begin, end) = (columns(before), columns(before + length));
    let filled = "█".repeat(end.saturating_sub(begin));
    let filled = if filled.is_empty() { "▏".to_owned() } else { filled };
    format!("{}{filled}", " ".repeat(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_each_other() {
        assert_eq!(bar(0.0, 0.1), "████");
        assert_eq!(bar(0.1, 0.05), "    ██");
        assert_eq!(bar(0.5, 0.0), format!("{}▏", " ".repeat(20)));
        assert_eq!(bar(0.0, 1.0).chars().count(), 40);
    }
}
