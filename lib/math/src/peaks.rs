//! Whether a sample has two peaks: two groups of values with nothing between them.

use crate::sample::Sample;

/// Fewest values of which two peaks can be told.
const FEWEST: usize = 10;
/// Each peak has at least one of so many values.
const SHARE_OF_A_PEAK: usize = 4;
/// One of so many values is left out at each end: one far outlier must not hide two peaks.
const LEFT_OUT: usize = 10;

/// By how much more often the longer side of a skewed shape has a wide gap than values that are
/// spread evenly: 2.2 times at most (12 exponential values), and some room.
const SKEW: f64 = 3.0;

/// The widest gap within a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// How many values lie below it.
    pub below: usize,
    /// How many lie above it.
    pub above: usize,
    /// Median of those below.
    pub low: f64,
    /// Median of those above.
    pub high: f64,
    /// How wide it is.
    pub width: f64,
    /// Probability of a gap at least as wide where there is one peak, at most.
    pub p: f64,
}

/// The widest gap in the middle of a sample, which at least a quarter of the values lie below and
/// above. `None` below ten values, and where those in the middle are all equal.
///
/// The gap is held against the range of the values without the lowest and highest tenth. Of `n`
/// values that are spread evenly over a range, one gap is wider than the share `c` of it with the
/// probability `(1 - c)^(n - 2)` (H. A. David and H. N. Nagaraja, *Order Statistics*, 3rd edition
/// 2003, section 6.4), and any of `m` with at most `m` times that. A shape with one peak has its
/// gaps at the ends, not in the middle; three times that probability covers skewed ones too: the
/// tests draw normal, exponential, lognormal and heavy-tailed samples.
pub fn widest_gap(sample: &Sample) -> Option<Gap> {
    let (values, n) = (sample.values(), sample.len());
    if n < FEWEST {
        return None;
    }
    let (least, cut) = (n.div_ceil(SHARE_OF_A_PEAK), n / LEFT_OUT);
    let width = |below: usize| values[below] - values[below - 1];
    let splits = least..=n - least;
    let below = splits.clone().max_by(|a, b| width(*a).total_cmp(&width(*b)))?;
    let range = values[n - 1 - cut] - values[cut];
    let share = width(below) / range;
    if !share.is_finite() {
        return None;
    }
    let others = (n - 2 * cut - 2) as f64;
    let p = SKEW * splits.count() as f64 * (1.0 - share).max(0.0).powf(others);
    let median =
        |values: &[f64]| f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
    let (low, high) = values.split_at(below);
    Some(Gap {
        below,
        above: n - below,
        low: median(low),
        high: median(high),
        width: width(below),
        p: p.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Option<Gap> {
        widest_gap(&Sample::new(values.to_vec()).unwrap())
    }

    type Draw = fn(&mut fastrand::Rng) -> f64;

    /// A standard normal number, by Box and Muller.
    fn normal(rng: &mut fastrand::Rng) -> f64 {
        let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * rng.f64()).cos()
    }

    fn share_of_alarms(n: usize, mut draw: impl FnMut(&mut fastrand::Rng) -> f64) -> f64 {
        const DRAWS: usize = 4_000;
        let mut rng = fastrand::Rng::with_seed(6);
        let mut sample = |rng: &mut fastrand::Rng| (0..n).map(|_| draw(rng)).collect::<Vec<_>>();
        let mut alarm = || of(&sample(&mut rng)).is_some_and(|gap| gap.p < 0.01);
        (0..DRAWS).filter(|_| alarm()).count() as f64 / DRAWS as f64
    }

    #[test]
    fn two_groups_are_found_with_their_medians() {
        let values = [1.0, 1.1, 1.2, 1.1, 1.0, 2.0, 2.1, 2.2, 2.1, 2.0];
        let gap = of(&values).unwrap();
        assert_eq!((gap.below, gap.above, gap.low, gap.high), (5, 5, 1.1, 2.1));
        assert!((gap.width - 0.8).abs() < 1e-12 && gap.p < 0.01, "{gap:?}");
    }

    #[test]
    fn the_probability_follows_from_the_share_of_the_range() {
        // 12 values, one left out at each end: 3 to 9 below, a gap of 6 in a range of 14.
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0];
        let gap = of(&values).unwrap();
        assert!((gap.p - 3.0 * 7.0 * (1.0 - 6.0 / 14.0_f64).powi(8)).abs() < 1e-12, "{gap:?}");
    }

    #[test]
    fn an_outlier_is_no_peak_and_hides_none() {
        let mut values: Vec<f64> = (0..11).map(|n| 1.0 + f64::from(n) / 100.0).collect();
        values.push(9.0);
        assert!(of(&values).unwrap().p > 0.01);
        let mut values: Vec<f64> = [1.0, 2.0].repeat(6);
        values.push(90.0);
        assert!(of(&values).unwrap().p < 0.01);
    }

    #[test]
    fn few_or_equal_values_have_no_gap() {
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0]), None);
        assert_eq!(of(&[3.0; 20]), None);
    }

    /// Fixed seeds: the share of false alarms at 1 %.
    #[test]
    fn shapes_with_one_peak_seldom_seem_to_have_two() {
        for n in [10, 12, 20, 50, 200] {
            let shapes: [(&str, Draw); 6] = [
                ("even", |rng| rng.f64()),
                ("normal", normal),
                ("lognormal", |rng| (0.4 * normal(rng)).exp()),
                ("exponential", |rng| -(1.0 - rng.f64()).ln()),
                ("Laplace", |rng| (1.0 - rng.f64()).ln() * if rng.bool() { 1.0 } else { -1.0 }),
                ("Cauchy", |rng| (std::f64::consts::PI * (rng.f64() - 0.5)).tan()),
            ];
            for (name, draw) in shapes {
                let share = share_of_alarms(n, draw);
                assert!(share <= 0.012, "{name}, {n} values: {share}");
            }
        }
    }

    /// Fixed seeds: two normal peaks, the higher one of four tenths of the values.
    #[test]
    fn two_peaks_far_apart_are_mostly_found() {
        let far = |rng: &mut fastrand::Rng| {
            let high = rng.u8(..10) < 4;
            normal(rng) + if high { 12.0 } else { 0.0 }
        };
        for n in [20, 50, 200] {
            let share = share_of_alarms(n, far);
            assert!(share > 0.85, "{n} values: {share}");
        }
    }
}
