//! How far the values of a sample lie apart, in one figure.

use crate::sample::Sample;

impl Sample {
    /// The median absolute deviation: the median of the distances from the median, as they are
    /// (not scaled to a normal distribution's standard deviation).
    pub fn mad(&self) -> f64 {
        let median = self.median();
        let mut distances: Vec<f64> = self.values().iter().map(|v| (v - median).abs()).collect();
        distances.sort_unstable_by(f64::total_cmp);
        let (low, high) = ((distances.len() - 1) / 2, distances.len() / 2);
        f64::midpoint(distances[low], distances[high])
    }

    /// The standard deviation of a sample, whose divisor is n - 1; `None` for one value, and where
    /// squares are too large for an `f64`.
    pub fn standard_deviation(&self) -> Option<f64> {
        let mean = self.mean();
        let squares: f64 = self.values().iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (self.len() as f64 - 1.0)).sqrt();
        deviation.is_finite().then_some(deviation)
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
    fn the_median_absolute_deviation_is_that_by_hand() {
        // Median 2; distances 1, 1, 0, 0, 2, 4, 7, sorted 0, 0, 1, 1, 2, 4, 7.
        assert_eq!(sample(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]).mad(), 1.0);
        // Median 2.5; distances 1.5, 0.5, 0.5, 2.5.
        assert_eq!(sample(&[1.0, 2.0, 3.0, 5.0]).mad(), 1.0);
        assert_eq!(sample(&[3.0]).mad(), 0.0);
    }

    #[test]
    fn the_standard_deviation_is_that_of_a_sample() {
        let of = |values: &[f64]| sample(values).standard_deviation();
        // Mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32 over 7.
        let found = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert!((found - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!((of(&[3.0]), of(&[-1e300, 1e300])), (None, None));
    }
}
