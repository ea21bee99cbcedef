//! A figure of the runs of a series that budgets limit, and that `--stat` adds to
//! tables.

use std::str::FromStr;

use dp_math::Sample;

/// A figure of the runs of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Statistic {
    Median,
    Min,
    Max,
    Mean,
    /// The median of the distances from the median.
    Mad,
    /// The standard deviation, whose divisor is n - 1.
    StandardDeviation,
    /// The percentile of this number, above 0 and below 100.
    Percentile(f64),
}

impl Statistic {
    /// What templates find of every series, whatever `--stat` says.
    pub(crate) const USUAL: [Self; 6] = [
        Self::Percentile(90.0),
        Self::Percentile(95.0),
        Self::Percentile(99.0),
        Self::Mean,
        Self::Mad,
        Self::StandardDeviation,
    ];

    /// Its value; none for a percentile of which no run is so far out.
    pub(crate) fn of(self, sample: &Sample) -> Option<f64> {
        match self {
            Self::Median => Some(sample.median()),
            Self::Min => Some(sample.min()),
            Self::Max => Some(sample.max()),
            Self::Mean => Some(sample.mean()),
            Self::Mad => Some(sample.mad()).filter(|_| sample.len() >= self.fewest_runs()),
            Self::StandardDeviation => sample.standard_deviation(),
            Self::Percentile(percent) => {
                let enough = sample.len() >= self.fewest_runs();
                sample.quantile(percent / 100.0).filter(|_| enough)
            }
        }
    }

    /// How many runs it needs: of fewer than 20 none is beyond the 95th
    /// percentile, and the largest would be taken for it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1e6")]
    pub(crate) fn fewest_runs(self) -> usize {
        match self {
            Self::Percentile(percent) => {
                let beyond = percent.min(100.0 - percent) / 100.0;
                // 1 / (1 - 0.95) is 20.000000000000018
                (1.0 / beyond - 1e-6).ceil().min(1e6) as usize
            }
            Self::Mad | Self::StandardDeviation => 2,
            Self::Median | Self::Min | Self::Max | Self::Mean => 1,
        }
    }

    /// Whether it says how far the runs lie apart, and not where they lie.
    pub(crate) fn is_spread(self) -> bool {
        matches!(self, Self::Mad | Self::StandardDeviation)
    }

    /// Whether every table has it.
    pub(crate) fn is_always_shown(self) -> bool {
        matches!(self, Self::Median | Self::Min | Self::Max)
    }

    /// The word for it.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Median => "median".to_owned(),
            Self::Min => "min".to_owned(),
            Self::Max => "max".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Mad => "mad".to_owned(),
            Self::StandardDeviation => "stddev".to_owned(),
            Self::Percentile(percent) => format!("p{percent}"),
        }
    }
}

impl FromStr for Statistic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percentile = || {
            let percent: f64 = text.strip_prefix('p')?.parse().ok()?;
            (percent > 0.0 && percent < 100.0).then_some(Self::Percentile(percent))
        };
        match text {
            "median" => Ok(Self::Median),
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            "mean" => Ok(Self::Mean),
            "mad" => Ok(Self::Mad),
            "stddev" => Ok(Self::StandardDeviation),
            _ => percentile().ok_or_else(|| {
                "no such statistic: median, min, max, mean, mad, stddev, p95...".to_owned()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str, values: &[f64]) -> Option<f64> {
        word.parse::<Statistic>().unwrap().of(&Sample::new(values.to_vec()).unwrap())
    }

    #[test]
    fn statistics_of_values_known_by_hand() {
        // Distances from 3: 1, 2, 0, 1, 7. Squares from the mean: 0, 9, 1, 4, 36.
        let values = [4.0, 1.0, 3.0, 2.0, 10.0];
        let found = ["median", "min", "max", "mean", "mad", "p75"].map(|word| of(word, &values));
        assert_eq!(found, [3.0, 1.0, 10.0, 4.0, 1.0, 4.0].map(Some));
        assert!((of("stddev", &values).unwrap() - 12.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_percentile_needs_a_run_beyond_it() {
        let runs: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(of("p95", &runs), Some(95.0));
        assert_eq!(of("p95", &runs[..19]), None);
        assert!(of("p95", &runs[..20]).is_some());
        let fewest = |word: &str| word.parse::<Statistic>().unwrap().fewest_runs();
        assert_eq!(["p5", "p50", "p90", "p99", "p99.9"].map(fewest), [20, 2, 10, 100, 1000]);
    }

    #[test]
    fn one_run_has_no_spread() {
        assert_eq!(
            (of("mad", &[3.0]), of("stddev", &[3.0]), of("mean", &[3.0])),
            (None, None, Some(3.0))
        );
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for word in ["median", "min", "max", "mean", "mad", "stddev", "p5", "p95", "p99.9"] {
            assert_eq!(word.parse::<Statistic>().unwrap().word(), word);
        }
    }

    #[test]
    fn what_is_no_statistic_is_refused() {
        for word in ["", "p", "p0", "p100", "p-5", "average", "pinf", "P95"] {
            assert!(word.parse::<Statistic>().is_err(), "{word}");
        }
    }
}
