//! The tail of the standard normal distribution.

use std::f64::consts::TAU;

/// Below this the power series is precise (relative error about 1e-13), above it the fraction is.
const SERIES_BELOW: f64 = 3.0;

/// Terms of the continued fraction; 100 leave no error that an f64 shows from 3 upwards.
const FRACTION_TERMS: u8 = 100;

/// P(Z > z) of a standard normal Z, for `z` of at least 0; underflows to 0 beyond about 38.
///
/// Series: G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11
/// (2004). Continued fraction: Laplace; M. Abramowitz and I. Stegun, formula 26.2.14.
pub(crate) fn upper_tail(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / TAU.sqrt();
    if z < SERIES_BELOW { 0.5 - density * series(z) } else { density / fraction(z) }
}

/// z + z^3 / 3 + z^5 / (3 * 5) + z^7 / (3 * 5 * 7) + ...
fn series(z: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (z, 0.0, 1.0);
    while term > sum * f64::EPSILON {
        sum += term;
        odd += 2.0;
        term *= z * z / odd;
    }
    sum
}

/// z + 1 / (z + 2 / (z + 3 / (z + ...)))
fn fraction(z: f64) -> f64 {
    (1..=FRACTION_TERMS).rev().fold(z, |below, k| z + f64::from(k) / below)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use super::*;

    /// `scipy.stats.norm.sf(z)`, scipy 1.17.1.
    const EXPECTED: [(f64, f64); 10] = [
        (0.0, 0.5),
        (0.1, 0.460_172_162_722_971),
        (0.5, 0.308_537_538_725_986_9),
        (1.0, 0.158_655_253_931_457_07),
        (1.959_963_984_540_054, 0.025),
        (2.575_829_303_548_900_4, 0.005_000_000_000_000_004),
        (2.999, 0.001_354_336_533_727_105_7),
        (3.001, 0.001_345_472_825_084_965_3),
        (6.0, 9.865_876_450_376_946e-10),
        (37.0, 5.725_571_222_523_926_6e-300),
    ];

    #[test]
    fn tails_are_those_of_scipy() {
        for (z, p) in EXPECTED {
            let relative = (upper_tail(z) / p - 1.0).abs();
            assert!(relative < 1e-12, "z = {z}: {} instead of {p}", upper_tail(z));
        }
    }

    #[test]
    fn the_far_tail_is_zero_and_never_nan() {
        assert_eq!([50.0, 1e9, f64::INFINITY].map(upper_tail), [0.0; 3]);
    }
}
