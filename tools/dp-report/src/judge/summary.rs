//! One metric of one series in a few numbers.

use dp_math::{Sample, median_interval};

use crate::input::measure::Measure;

/// Confidence of the interval of a median.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// What a sample says by itself. All figures are in the metric's unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Summary {
    /// How many values.
    pub(crate) n: usize,
    pub(crate) median: f64,
    /// Interval of the median at [`CONFIDENCE`]; none below six values.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Values outside of Tukey's fences and further from the median than the
    /// smallest change that matters: marked, never removed.
    pub(crate) outliers: usize,
}

impl Summary {
    /// Summarises a sample of a metric.
    pub(crate) fn of(sample: &Sample, measure: &Measure) -> Self {
        let interval = median_interval(sample, CONFIDENCE);
        Self {
            n: sample.len(),
            median: sample.median(),
            interval: interval.map(|interval| (interval.low, interval.high)),
            min: sample.min(),
            max: sample.max(),
            outliers: sample.outliers(measure.floor_from(sample.median())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::selection::Selection;

    /// Of a metric with floors of 5 % and 20 ms.
    fn summary(values: &[f64]) -> Summary {
        let measure = Measure::of("build", "wall_seconds", None, &Selection::default());
        Summary::of(&Sample::new(values.to_vec()).unwrap(), &measure)
    }

    #[test]
    fn five_values_have_no_interval_and_six_have_their_range() {
        assert_eq!(summary(&[1.0, 2.0, 3.0, 4.0, 5.0]).interval, None);
        assert_eq!(summary(&[3.0, 1.0, 2.0, 6.0, 5.0, 4.0]).interval, Some((1.0, 6.0)));
    }

    #[test]
    fn an_outlier_is_counted_and_stays_in_the_range() {
        let one = summary(&[1.0, 1.1, 1.2, 1.1, 1.0, 9.0]);
        assert_eq!((one.outliers, one.max, one.n), (1, 9.0, 6));
    }

    #[test]
    fn the_grain_of_a_clock_is_no_outlier() {
        let values = [[1.0; 8].as_slice(), &[1.001, 0.999]].concat();
        assert_eq!(summary(&values).outliers, 0);
        let far = [[1.0; 8].as_slice(), &[1.06, 0.999]].concat();
        assert_eq!(summary(&far).outliers, 1);
    }
}
