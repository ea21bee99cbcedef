//! What the runs of a series look like where one figure does not tell it: they grow
//! or fall over the rounds, or have two peaks.

use dp_math::{Gap, Sample, trend, widest_gap};

use crate::input::measure::Measure;
use crate::input::series::Series;
use crate::judge::verdict::{ALPHA, MIN_PAIRS};

/// Fewest rounds of a batch in which a drift is looked for.
const FEWEST_ROUNDS: usize = MIN_PAIRS;

/// What the runs of a series look like.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Shape {
    /// By how much they grew over the rounds, if they surely did, and by more than the floor.
    pub(crate) drift: Option<f64>,
    /// The two peaks, if there surely are two, further apart than the floor.
    pub(crate) peaks: Option<Gap>,
}

impl Shape {
    /// Of a metric that gets verdicts and is noisy; of others nothing is said.
    pub(crate) fn of(series: &Series, sample: &Sample, measure: &Measure) -> Self {
        if measure.exact || !measure.judged {
            return Self::default();
        }
        let floor = measure.floor_from(sample.median());
        let is_real = |gap: &Gap| gap.p < ALPHA && gap.width > floor;
        let batches = series.by_batch(&measure.name, FEWEST_ROUNDS);
        Self { drift: drift(&batches, floor), peaks: widest_gap(sample).filter(is_real) }
    }
}

/// The median of the last third of the rounds less that of the first third, where the
/// rounds of the batches have a trend, and it exceeds the floor.
fn drift(batches: &[Vec<f64>], floor: f64) -> Option<f64> {
    let trend = trend(batches).filter(|trend| trend.p < ALPHA)?;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for rounds in batches {
        let third = rounds.len().div_ceil(3);
        first.extend_from_slice(&rounds[..third]);
        last.extend_from_slice(&rounds[rounds.len() - third..]);
    }
    let drift = Sample::new(last).ok()?.median() - Sample::new(first).ok()?.median();
    let is_real = drift.abs() > floor && (drift > 0.0) == (trend.statistic > 0.0);
    is_real.then_some(drift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_is_the_last_third_less_the_first() {
        let rising = [vec![1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8]];
        assert!((drift(&rising, 0.1).unwrap() - 0.6).abs() < 1e-12);
        assert_eq!(drift(&rising, 0.7), None);
    }

    #[test]
    fn steps_between_batches_are_no_drift() {
        let steady =
            |level: f64| [0.3, 0.1, 0.2, 0.4, 0.1, 0.3, 0.2, 0.4].map(|v| v + level).to_vec();
        assert_eq!(drift(&[steady(1.0), steady(9.0)], 0.0), None);
        assert_eq!(drift(&[], 0.0), None);
    }

    #[test]
    fn rounds_that_fall_have_a_negative_drift() {
        let falling: Vec<f64> = (0..8).map(|n| 8.0 - f64::from(n)).collect();
        assert!(drift(&[falling], 0.5).unwrap() < -4.0);
    }
}
