//! A noisy metric of one batch against batches of other days.
//!
//! Machines drift: two batches of the same thing differ by more than the runs
//! within each of them tell. How much more, only batches show. So the spread
//! between the medians of the baseline's batches is the noise, and the change is
//! that from their middle to the new batch, give or take what one more batch of
//! the same thing may differ by: a prediction interval by Student's t, on the
//! logarithms of the medians where all are above 0 (noise is a share of a time).
//! With `k` batches against `m` it is as wide as `t * s * sqrt(1/k + 1/m)`.
//!
//! A batch of fewer runs has a less steady median: what its runs lack is added by
//! the spread within the batches. And a spread that is smaller than the runs
//! within, or the clock, would make it is too small by chance.

use std::f64::consts::FRAC_PI_2;

use dp_math::{Sample, student_critical, student_two_sided};

/// Fewest batches of a baseline whose spread says something.
pub(crate) const MIN_BATCHES: usize = 5;

/// How the batches of two sides differ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Between {
    /// Batches of the baseline.
    pub(crate) baseline: usize,
    /// Batches of the subject.
    pub(crate) subject: usize,
    /// The middle of the baseline's batches, in the unit of the metric.
    pub(crate) middle: f64,
    /// The change from there, on the scale of `scale`.
    shift: f64,
    /// Its standard error, there too.
    error: f64,
    scale: Scale,
}

/// What differences are taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// The logarithms.
    Logarithms,
    /// The values themselves.
    Plain,
}

impl Scale {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Logarithms => value.ln(),
            Self::Plain => value,
        }
    }

    fn back(self, value: f64) -> f64 {
        match self {
            Self::Logarithms => value.exp(),
            Self::Plain => value,
        }
    }
}

impl Between {
    /// Compares two sides; none where the baseline has too few batches. `grain` is
    /// the smallest difference that the values can show, 0 if not known; `floor`
    /// the smallest that matters: a spread of nothing at all is taken as that.
    pub(crate) fn of(
        baseline: &[Vec<f64>],
        subject: &[Vec<f64>],
        grain: f64,
        floor: f64,
    ) -> Option<Self> {
        if baseline.len() < MIN_BATCHES || subject.is_empty() {
            return None;
        }
        let positive = baseline.iter().chain(subject).flatten().all(|value| *value > 0.0);
        let scale = if positive { Scale::Logarithms } else { Scale::Plain };
        let (old, new) = (Side::of(baseline, scale)?, Side::of(subject, scale)?);
        let middle = scale.back(old.mean);
        let (k, m) = (old.medians.len() as f64, new.medians.len() as f64);
        // Of the medians of all batches, each about the middle of its side.
        let between = (old.squares() + new.squares()) / (k + m - 2.0);
        let within = pooled(&[&old, &new]);
        let of_runs = |side: &Side| {
            let all = side.counts.iter().map(|runs| within * of_median(*runs));
            all.sum::<f64>() / side.counts.len() as f64
        };
        // What a grid of this width alone would make them differ by.
        let unit = if scale == Scale::Logarithms { middle } else { 1.0 };
        let rounding = |width: f64| (width / unit).powi(2) / 12.0;
        let mut variance = between.max(of_runs(&old)).max(rounding(grain));
        if variance <= 0.0 {
            variance = rounding(floor);
        }
        let lacking = (of_runs(&new) - of_runs(&old)).max(0.0);
        Some(Self {
            baseline: baseline.len(),
            subject: subject.len(),
            middle,
            shift: new.mean - old.mean,
            error: (variance * (1.0 / k + 1.0 / m) + lacking / m).sqrt(),
            scale,
        })
    }

    /// The change, in the unit of the metric.
    pub(crate) fn estimate(&self) -> f64 {
        self.moved(self.shift)
    }

    /// All changes that the batches do not rule out at this level.
    pub(crate) fn interval(&self, alpha: f64) -> Option<(f64, f64)> {
        let reach = self.error * student_critical(alpha, self.degrees())?;
        Some((self.moved(self.shift - reach), self.moved(self.shift + reach)))
    }

    /// Two-sided p of no change.
    pub(crate) fn p(&self) -> f64 {
        // No spread at all, and no floor: what moved, moved.
        let t = if self.error > 0.0 { self.shift / self.error } else { self.shift * f64::MAX };
        student_two_sided(t, self.degrees())
    }

    fn degrees(&self) -> usize {
        self.baseline + self.subject - 2
    }

    fn moved(&self, shift: f64) -> f64 {
        match self.scale {
            Scale::Logarithms => self.middle * shift.exp_m1(),
            Scale::Plain => shift,
        }
    }
}

/// The batches of one side, each as its median.
struct Side {
    medians: Vec<f64>,
    mean: f64,
    /// How many runs each batch has.
    counts: Vec<usize>,
    /// The squared distances of runs from the mean of their batch.
    within: f64,
}

impl Side {
    fn of(batches: &[Vec<f64>], scale: Scale) -> Option<Self> {
        let mut side = Self { medians: Vec::new(), mean: 0.0, counts: Vec::new(), within: 0.0 };
        for values in batches {
            let sample = Sample::new(values.iter().map(|value| scale.of(*value)).collect()).ok()?;
            let mean = sample.mean();
            side.within += sample.values().iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            side.medians.push(sample.median());
            side.counts.push(sample.len());
        }
        side.mean = Sample::new(side.medians.clone()).ok()?.mean();
        Some(side)
    }

    fn squares(&self) -> f64 {
        self.medians.iter().map(|median| (median - self.mean).powi(2)).sum()
    }

    /// Runs beyond the first one of each batch.
    fn spare(&self) -> usize {
        self.counts.iter().sum::<usize>() - self.counts.len()
    }
}

/// The variance of runs about the middle of their batch; 0 where each has one.
fn pooled(sides: &[&Side]) -> f64 {
    let spare: usize = sides.iter().map(|side| side.spare()).sum();
    let squares: f64 = sides.iter().map(|side| side.within).sum();
    if spare == 0 { 0.0 } else { squares / spare as f64 }
}

/// The variance of the median of so many normal values, as a share of that of
/// one: pi / 2n for many, and 1 for one or two (halved).
fn of_median(runs: usize) -> f64 {
    let share = if runs <= 2 { 1.0 } else { FRAC_PI_2 };
    share / runs as f64
}
