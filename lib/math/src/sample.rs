//! One series of observations, checked and sorted once.

use std::fmt;

/// The largest absolute value that a sample takes.
///
/// Far beyond any measurement, and low enough that no sum or difference of values becomes infinite.
pub const MAX_MAGNITUDE: f64 = 1e300;

/// At least one number, none of them NaN, infinite, or beyond [`MAX_MAGNITUDE`]; kept sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    sorted: Vec<f64>,
}

/// Why a list of numbers is no [`Sample`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleError {
    /// There was no value at all.
    Empty,
    /// A value was NaN, infinite, or beyond [`MAX_MAGNITUDE`].
    OutOfRange {
        /// Place of the first such value, from 0.
        index: usize,
        /// The value itself.
        value: f64,
    },
}

impl fmt::Display for SampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "no values: a sample needs at least one"),
            Self::OutOfRange { index, value } => write!(
                f,
                "value {} of the sample is {value:e}: need a number between {:e} and {MAX_MAGNITUDE:e}",
                index + 1,
                -MAX_MAGNITUDE
            ),
        }
    }
}

impl std::error::Error for SampleError {}

impl Sample {
    /// Checks and sorts `values`; their order does not matter. `-0.0` is taken as `0.0`.
    ///
    /// # Errors
    /// [`SampleError`] when there is no value, or one that cannot be calculated with.
    pub fn new(mut values: Vec<f64>) -> Result<Self, SampleError> {
        if values.is_empty() {
            return Err(SampleError::Empty);
        }
        let bad = |v: &f64| v.is_nan() || v.abs() > MAX_MAGNITUDE;
        if let Some(index) = values.iter().position(bad) {
            let value = values[index];
            return Err(SampleError::OutOfRange { index, value });
        }
        for value in &mut values {
            *value += 0.0; // -0.0 becomes 0.0, so that equal numbers are equal in every comparison
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted: values })
    }

    /// The values in ascending order.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// The number of values, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a sample is never empty")]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The smallest value.
    pub fn min(&self) -> f64 {
        self.sorted[0]
    }

    /// The largest value.
    pub fn max(&self) -> f64 {
        self.sorted[self.len() - 1]
    }

    /// The middle value, or the mean of the two middle ones.
    pub fn median(&self) -> f64 {
        self.interpolate(0.5)
    }

    /// The arithmetic mean; never outside `min..=max`, and exact when all values are equal.
    pub fn mean(&self) -> f64 {
        let min = self.min();
        let above: f64 = self.sorted.iter().map(|v| v - min).sum();
        min + above / self.len() as f64
    }

    /// The value below which the share `q` of the sample lies; `None` if `q` is not in `0..=1`.
    ///
    /// Definition 7 of R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The
    /// American Statistician 50 (1996): linear between the order statistics, the smallest at 0 and
    /// the largest at 1 (the default of R and of `NumPy`).
    pub fn quantile(&self, q: f64) -> Option<f64> {
        (0.0..=1.0).contains(&q).then(|| self.interpolate(q))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "q is in 0..=1, so that the position is one of the indices"
    )]
    fn interpolate(&self, q: f64) -> f64 {
        let position = q * (self.len() - 1) as f64;
        let index = position.floor() as usize;
        let low = self.sorted[index];
        let high = *self.sorted.get(index + 1).unwrap_or(&low);
        low + (high - low) * position.fract()
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    #[test]
    fn refuses_what_cannot_be_calculated_with_and_names_it() {
        let message = |values: Vec<f64>| Sample::new(values).unwrap_err().to_string();
        assert_eq!(message(vec![]), "no values: a sample needs at least one");
        assert_eq!(
            message(vec![1.0, f64::NAN]),
            "value 2 of the sample is NaN: need a number between -1e300 and 1e300"
        );
        assert!(message(vec![f64::NEG_INFINITY]).starts_with("value 1 of the sample is -inf"));
        assert!(message(vec![2e300]).starts_with("value 1 of the sample is 2e300"));
    }

    #[test]
    fn summarises_by_hand_computed_values() {
        let s = sample(&[5.0, 1.0, 3.0, 2.0]);
        assert_eq!(s.values(), [1.0, 2.0, 3.0, 5.0]);
        assert_eq!((s.len(), s.min(), s.max()), (4, 1.0, 5.0));
        assert_eq!((s.median(), s.mean()), (2.5, 2.75));
        assert_eq!(sample(&[7.0]).median(), 7.0);
        assert_eq!(sample(&[9.0, 7.0, 1.0]).median(), 7.0);
    }

    #[test]
    fn quantiles_follow_definition_7() {
        // numpy.quantile([1, 2, 3, 5], [0, 0.25, 0.9, 1]) by hand: (n - 1) q = 0, 0.75, 2.7, 3.
        let s = sample(&[5.0, 1.0, 3.0, 2.0]);
        let at = |q| s.quantile(q).unwrap();
        assert_eq!((at(0.0), at(0.25), at(1.0)), (1.0, 1.75, 5.0));
        assert!((at(0.9) - 4.4).abs() < 1e-12);
    }

    #[test]
    fn a_share_outside_of_zero_to_one_has_no_quantile() {
        let s = sample(&[1.0, 2.0]);
        assert_eq!([-0.1, 1.1, f64::NAN].map(|q| s.quantile(q)), [None, None, None]);
    }

    #[test]
    fn the_mean_of_equal_values_is_that_value() {
        assert_eq!(sample(&[0.1; 3]).mean(), 0.1); // the naive sum gives 0.10000000000000002
    }

    #[test]
    fn extreme_values_stay_finite() {
        let s = sample(&[-MAX_MAGNITUDE, MAX_MAGNITUDE, MAX_MAGNITUDE]);
        assert!(s.mean().is_finite() && s.median().is_finite() && s.outliers(0.0) < 3);
    }

    #[test]
    fn negative_zero_equals_zero() {
        let bits = |s: &Sample| s.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&sample(&[0.0, -0.0])), [0, 0]);
    }
}
