//! Numbers along an axis: round ones, few enough for a phone.

use crate::scale::{Scale, UnitName};

/// Most parts of an axis.
const PARTS: f64 = 4.0;
/// Digits of a number.
const DIGITS: usize = 2;
/// Values that all lie above this share of the largest one have an axis that does not
/// begin at 0: else they would stand in a corner of it.
const FAR_FROM_ZERO: f64 = 0.4;

/// From one round number to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    from: f64,
    step: f64,
    parts: f64,
}

impl Axis {
    /// From 0 to a round number that is at least `largest`.
    pub(super) fn from_zero(largest: f64) -> Self {
        Self::between(0.0, if largest > 0.0 { largest } else { 1.0 })
    }

    /// Around these values: from 0 unless all are far from it.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone) -> Self {
        let smallest = values.clone().fold(f64::INFINITY, f64::min);
        let largest = values.fold(f64::NEG_INFINITY, f64::max);
        if !(smallest.is_finite() && largest.is_finite()) {
            return Self::from_zero(1.0);
        }
        match (smallest, largest) {
            (smallest, largest) if smallest >= 0.0 && largest <= 0.0 => Self::from_zero(1.0),
            (smallest, largest) if smallest >= 0.0 && smallest < largest * FAR_FROM_ZERO => {
                Self::from_zero(largest)
            }
            (smallest, largest) => {
                // Equal values stand in the middle.
                let least = largest.abs().max(smallest.abs()) * 0.02;
                let missing = (least - (largest - smallest)).max(0.0) / 2.0;
                Self::between(smallest - missing, largest + missing)
            }
        }
    }

    fn between(smallest: f64, largest: f64) -> Self {
        let step = step((largest - smallest) / PARTS);
        // What is a round number but for the last bit is one.
        let from = (smallest / step + 1e-9).floor() * step;
        let parts = ((largest - from) / step - 1e-9).ceil().max(1.0);
        Self { from, step, parts }
    }

    /// Where a value is, in percents of the axis.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.from) / (self.step * self.parts) * 100.0).clamp(0.0, 100.0)
    }

    /// Whether lengths on it can be compared by eye.
    pub(super) fn begins_at_zero(&self) -> bool {
        self.from.abs() < self.step * 1e-9
    }

    /// The numbers on it, as values and as text.
    pub(super) fn ticks(&self, unit: &UnitName) -> Vec<(f64, String)> {
        let scale = Scale::of(unit, [self.step].into_iter(), DIGITS);
        let mut ticks = Vec::new();
        let mut at = 0.0;
        while at <= self.parts {
            let value = self.from + self.step * at;
            ticks.push((value, scale.show(value)));
            at += 1.0;
        }
        ticks
    }
}

/// The next round number: 1, 2, 2.5 or 5 times a power of ten.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0].map(|digit| digit * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use dp_record::Unit;

    use super::*;

    fn ticks(axis: Axis) -> Vec<String> {
        let ticks = axis.ticks(&UnitName::Known(Unit::Seconds)).into_iter();
        ticks.map(|(_, text)| text).collect()
    }

    #[test]
    fn numbers_are_round_and_reach_the_largest_value() {
        assert_eq!(ticks(Axis::from_zero(5.86)), ["0.0 s", "2.0 s", "4.0 s", "6.0 s"]);
        assert_eq!(ticks(Axis::from_zero(10.0)).last().unwrap(), "10.0 s");
        assert_eq!(ticks(Axis::from_zero(0.0)).len(), 5);
    }

    #[test]
    fn values_far_from_0_fill_the_axis_and_others_begin_at_0() {
        let around = |values: &[f64]| Axis::around(values.iter().copied());
        let far = around(&[9.01, 9.08]);
        assert!(!far.begins_at_zero());
        assert!(far.place(9.01) < 50.0 && far.place(9.08) > 50.0, "{far:?}");
        assert!(around(&[2.0, 9.0]).begins_at_zero());
        let equal = around(&[500.0, 500.0]);
        assert!((equal.place(500.0) - 50.0).abs() < 26.0, "{equal:?}");
        let negative = around(&[-5.0, 3.0]);
        assert!(negative.place(-5.0) < negative.place(3.0), "{negative:?}");
        assert!(around(&[0.0, 0.0]).begins_at_zero());
        assert!(around(&[]).begins_at_zero());
    }

    #[test]
    fn places_are_percents_and_nothing_lies_outside() {
        let axis = Axis::from_zero(8.0);
        let places = [0.0, 2.0, 8.0, 99.0, -1.0].map(|value| axis.place(value).round());
        assert_eq!(places.map(|place| place.to_string()), ["0", "25", "100", "100", "0"]);
    }
}
