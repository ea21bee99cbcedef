//! Intervals between order statistics, and the one of the median.

use crate::null::{Critical, Null};
use crate::rank::Method;
use crate::sample::Sample;

/// A closed confidence interval whose ends are order statistics of what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end, in the unit of the values.
    pub low: f64,
    /// Upper end, in the unit of the values.
    pub high: f64,
    /// The confidence achieved: order statistics come in steps, so that it is at least the one
    /// asked for. With ties the true coverage is this or more (G. E. Noether 1967).
    pub coverage: f64,
    /// How `coverage` was found.
    pub method: Method,
}

impl Interval {
    /// Whether `value` lies in the interval, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Half the distance of the ends, in the unit of the values.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// The interval that inverts a test whose statistic counts how many of `count` values lie
    /// above zero: from the (c + 1)-th smallest to the (c + 1)-th largest. `nth(k)` gives the k-th
    /// smallest value, from 1.
    pub(crate) fn invert(critical: Critical, count: usize, nth: impl Fn(usize) -> f64) -> Self {
        Self {
            low: nth(critical.value + 1),
            high: nth(count - critical.value),
            coverage: critical.coverage,
            method: critical.method,
        }
    }
}

/// Interval for the median of what the sample was drawn from, with at least this `confidence`.
///
/// It inverts the sign test: the number of values above the true median is binomial with one half
/// (W. R. Thompson 1936; Hollander and Wolfe 3.6). No assumption beyond independence. `None` where
/// the sample is too small for the confidence (at 0.95 below 6 values, at 0.99 below 8), or where
/// the confidence is not between 0 and 1.
pub fn median_interval(sample: &Sample, confidence: f64) -> Option<Interval> {
    let n = sample.len();
    // Each value weighs one rank: the sum of signed ones is the binomial count.
    let null = Null::signing(&vec![2; n]);
    let critical = null.critical(n, 1.0 - confidence)?;
    let nth = |k: usize| sample.values()[k - 1];
    Some(Interval::invert(critical, n, nth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_to(n: u16) -> Sample {
        Sample::new((1..=n).map(f64::from).collect()).unwrap()
    }

    /// The places of the ends, and the coverage.
    fn ends(n: u16, confidence: f64) -> Option<(f64, f64, f64)> {
        median_interval(&one_to(n), confidence).map(|i| (i.low, i.high, i.coverage))
    }

    #[test]
    fn five_values_are_too_few_for_95_percent_and_six_are_enough() {
        assert_eq!(ends(5, 0.95), None); // 1 - 2 / 32 = 0.9375
        assert_eq!(ends(6, 0.95), Some((1.0, 6.0, 1.0 - 2.0 / 64.0)));
        assert_eq!(ends(7, 0.99), None);
        assert_eq!(ends(8, 0.99), Some((1.0, 8.0, 1.0 - 2.0 / 256.0)));
    }

    #[test]
    fn ends_and_coverage_are_those_of_the_binomial_tables() {
        // By hand: C(10,0) + C(10,1) = 11, C(20,0..=5) sum to 21700.
        assert_eq!(ends(10, 0.95), Some((2.0, 9.0, 1.0 - 22.0 / 1024.0)));
        let of_20 = 1.0 - 43_400.0 / 1_048_576.0;
        assert_eq!(ends(20, 0.95), Some((6.0, 15.0, of_20)));
    }

    #[test]
    fn large_samples_have_the_binomial_ends_too() {
        // scipy.stats.binom(n, 0.5), scipy 1.17.1: ppf(0.025) is 469 and 4902, the first place at
        // which the tail below the interval would exceed 0.025; the coverage is 1 - 2 cdf(468).
        let (low, high, coverage) = ends(1000, 0.95).unwrap();
        assert_eq!((low, high), (469.0, 532.0));
        assert!((coverage - 0.953_708_802_639_501_9).abs() < 1e-4, "{coverage}");
        let (low, high, _) = ends(10_000, 0.95).unwrap();
        assert_eq!((low, high), (4902.0, 5099.0));
    }

    #[test]
    fn a_confidence_that_is_none_has_no_interval() {
        assert_eq!([0.0, 1.0, -1.0, 2.0, f64::NAN].map(|c| ends(30, c)), [None; 5]);
    }
}
