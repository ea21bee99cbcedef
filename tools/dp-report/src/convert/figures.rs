//! What one observation of another program holds.

use std::collections::BTreeMap;

/// Units, with the direction in which values are better.
pub(super) const SECONDS: &str = "seconds lower";
pub(super) const BYTES: &str = "bytes lower";
pub(super) const RATE: &str = "1/s higher";
pub(super) const GOOD_RATIO: &str = "ratio higher";
pub(super) const BAD_RATIO: &str = "ratio lower";
pub(super) const BAD_COUNT: &str = "count lower";
/// How much was done says nothing of how well.
pub(super) const COUNT: &str = "count none";

/// One observation.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Observation {
    /// What was measured, where the output names it.
    pub(super) name: Option<String>,
    pub(super) meta: BTreeMap<String, String>,
    /// Name, value and unit of each metric.
    pub(super) figures: Vec<(String, f64, &'static str)>,
    /// Why it failed, if it did.
    pub(super) failure: Option<String>,
}

impl Observation {
    /// Adds a figure, if there is one.
    pub(super) fn add(
        &mut self,
        metric: impl Into<String>,
        value: Option<f64>,
        unit: &'static str,
    ) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.figures.push((metric.into(), value, unit));
        }
    }

    /// The observation, if it has a figure.
    pub(super) fn known(self) -> Vec<Self> {
        if self.figures.is_empty() { Vec::new() } else { vec![self] }
    }
}

/// A unit: its word, and so many times a power of ten of dp's unit.
pub(super) type Unit = (&'static str, f64, i8);

/// A number with one of these units behind it, in dp's unit. A power of ten is read as a part
/// of the number, so that it is not rounded twice.
pub(super) fn with_unit(text: &str, units: &[Unit]) -> Option<f64> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.')?;
    let (number, unit) = text.split_at(end);
    let (_, factor, exponent) = units.iter().find(|(word, ..)| *word == unit.trim())?;
    Some(format!("{number}e{exponent}").parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_needs_a_unit_that_is_known() {
        let units = [("s", 1.0, 0), ("ms", 1.0, -3), ("m", 60.0, 0)];
        assert_eq!(with_unit("1.5s", &units), Some(1.5));
        assert_eq!(with_unit("8.19ms", &units), Some(0.00819));
        assert_eq!(with_unit("1.5m", &units), Some(90.0));
        assert_eq!(with_unit("250 ms", &units), Some(0.25));
        for text in ["1.5", "s", "1.5h", "1.2.3s", "-1s", ""] {
            assert_eq!(with_unit(text, &units), None, "{text}");
        }
    }
}
