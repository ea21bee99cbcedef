//! The noise of a machine: how far a subject that is measured against itself
//! (A/A) seems to move.

use dp_math::{Sample, Shift, shift_paired};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::measure::Measure;
use crate::input::series::Series;
use crate::judge::verdict::{ALPHA, MIN_PAIRS};
use crate::scale::Scale;

/// Digits of a figure.
const DIGITS: usize = 3;

/// A subject that seems to have moved against itself.
pub(crate) struct Noise {
    /// By how much, and within which bounds.
    pub(crate) shift: Shift,
    /// Over how many rounds.
    pub(crate) rounds: usize,
}

impl Noise {
    /// The largest move that is noise.
    fn bound(&self) -> f64 {
        self.shift.interval.low.abs().max(self.shift.interval.high.abs())
    }
}

/// The noise of a metric of a series; none where it was not measured against
/// itself, or too seldom.
pub(crate) fn of(collector: &Collector, series: &Series, measure: &Measure) -> Option<Noise> {
    let twin = collector.series.find(series.side, &series.key.noise())?;
    let differences = twin.differences(series, &measure.name);
    let rounds = differences.len();
    let sample = Sample::new(differences).ok().filter(|_| rounds >= MIN_PAIRS)?;
    Some(Noise { shift: shift_paired(&sample, ALPHA)?, rounds })
}

/// The largest difference of two series that may be noise, 0 if not known. The
/// two halves of an A/A pair are judged without it: their difference is what it
/// would be taken from.
pub(crate) fn bound(
    collector: &Collector,
    (baseline, subject): (&Series, &Series),
    measure: &Measure,
) -> f64 {
    if measure.exact || subject.key == baseline.key.noise() {
        return 0.0;
    }
    // The larger of both: a quiet baseline does not make a noisy subject quiet.
    let noises = [baseline, subject].map(|series| of(collector, series, measure));
    noises.iter().flatten().map(Noise::bound).fold(0.0, f64::max)
}

/// What each A/A pair shows, a line for each metric that gets verdicts.
pub(crate) fn lines(collector: &Collector) -> Vec<String> {
    let series = collector.series.iter();
    series.flat_map(|series| of_series(collector, series)).collect()
}

fn of_series(collector: &Collector, series: &Series) -> Vec<String> {
    let all = series.metrics().map(|name| collector.measure(&series.key.kind, name));
    let mut judged: Vec<Measure> = all.filter(|measure| measure.judged && !measure.exact).collect();
    judged.sort_by(|a, b| a.order().cmp(&b.order()));
    let line = |measure: &Measure| {
        let noise = of(collector, series, measure)?;
        let (estimate, bounds) = (noise.shift.estimate, noise.shift.interval);
        let scale = Scale::of(&measure.unit, [noise.bound()].into_iter(), DIGITS);
        Some(format!(
            "{}: against itself (A/A) {} moved by {}, interval {}, over {} rounds: that is noise",
            label::full(&series.key),
            measure.name,
            scale.show_change(estimate),
            scale.show_range(bounds.low, bounds.high),
            noise.rounds,
        ))
    };
    judged.iter().filter_map(line).collect()
}
