//! Student's t distribution with a whole number of degrees of freedom.

use std::f64::consts::FRAC_2_PI;

/// Beyond any quantile that is asked for: with 1 degree of freedom that of 1 - 1e-9.
const FAR: f64 = 1e9;
/// Halvings of `0..FAR`: they leave less than an f64 can tell apart.
const HALVINGS: u32 = 120;

/// P(|T| > `t`): the two-sided p of a t statistic. Precise to about 1e-15 absolutely, and never 0.
///
/// Source: M. Abramowitz and I. Stegun, *Handbook of Mathematical Functions*, formulas 26.7.3 and
/// 26.7.4: a finite sum.
pub fn student_two_sided(t: f64, degrees: usize) -> f64 {
    (1.0 - within(t.abs(), degrees.max(1))).clamp(f64::MIN_POSITIVE, 1.0)
}

/// The `t` that |T| exceeds with probability `alpha`; `None` where that is not between 0 and 1, or
/// where there is no degree of freedom.
pub fn student_critical(alpha: f64, degrees: usize) -> Option<f64> {
    if alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 || degrees == 0 {
        return None;
    }
    let (mut low, mut high) = (0.0, FAR);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if within(middle, degrees) < 1.0 - alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// P(|T| <= t).
fn within(t: f64, degrees: usize) -> f64 {
    let angle = (t / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    // Of 7 degrees: cos + 2/3 cos^3 + (2 * 4)/(3 * 5) cos^5; of 6: 1 + 1/2 cos^2 + (1 * 3)/(2 * 4) cos^4.
    let odd = degrees % 2 == 1;
    let (mut term, first) = if odd { (cosine, 3) } else { (1.0, 2) };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    for divisor in (first..degrees.saturating_sub(1)).step_by(2) {
        term *= (divisor - 1) as f64 / divisor as f64 * cosine * cosine;
        sum += term;
    }
    if odd { FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.t.ppf(1 - alpha / 2, degrees)`, as in every table.
    const TABLE: [(f64, usize, f64); 10] = [
        (0.05, 1, 12.706_204_736_432_095),
        (0.05, 2, 4.302_652_729_696_142),
        (0.05, 3, 3.182_446_305_284_263),
        (0.01, 4, 4.604_094_871_415_897),
        (0.10, 4, 2.131_846_786_326_649_6),
        (0.01, 5, 4.032_142_983_557_536),
        (0.01, 9, 3.249_835_541_592_142_5),
        (0.05, 10, 2.228_138_851_964_938_5),
        (0.01, 30, 2.749_995_653_567_225_5),
        (0.01, 1000, 2.580_754_698_065_950_6),
    ];

    #[test]
    fn critical_values_are_those_of_the_tables() {
        for (alpha, degrees, expected) in TABLE {
            let found = student_critical(alpha, degrees).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{alpha} {degrees}: {found}");
        }
    }

    #[test]
    fn p_and_critical_value_agree() {
        for degrees in 1..60 {
            for alpha in [0.2, 0.1, 0.02, 0.01, 0.001] {
                let t = student_critical(alpha, degrees).unwrap();
                assert!((student_two_sided(-t, degrees) / alpha - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_no_level_has_no_critical_value() {
        let levels = [0.0, 1.0, -1.0, f64::NAN].map(|alpha| student_critical(alpha, 4));
        assert_eq!(levels, [None; 4]);
        assert_eq!(student_critical(0.01, 0), None);
        assert!(student_two_sided(1e300, 3) > 0.0);
    }
}
