//! How far apart: the shift between samples with the interval that inverts the test.

use crate::interval::Interval;
use crate::null::Null;
use crate::rank::doubled_ranks;
use crate::sample::Sample;
use crate::select::{nth_difference, nth_walsh_average};

/// All shifts that pairs of values show, with the distribution that tells how far out the true
/// shift may be: an estimate, and intervals at as many levels as are asked for.
///
/// One end of the two-sided interval at `alpha` is the one-sided bound at `alpha / 2`.
#[derive(Debug)]
pub struct Shifts<'a> {
    null: Null,
    values: Values<'a>,
}

/// What the shifts are made of, in ascending order.
#[derive(Debug)]
enum Values<'a> {
    /// All differences `b - a`.
    Separate(&'a [f64], &'a [f64]),
    /// The Walsh averages of differences.
    Paired(&'a [f64]),
}

impl<'a> Shifts<'a> {
    /// Those of two separate samples, `b - a`.
    pub fn separate(a: &'a Sample, b: &'a Sample) -> Self {
        let ranks = doubled_ranks(a.len() + b.len());
        let null = Null::choosing(&ranks, a.len().min(b.len()));
        Self { null, values: Values::Separate(a.values(), b.values()) }
    }

    /// Those of paired runs, by their differences.
    pub fn paired(differences: &'a Sample) -> Self {
        let null = Null::signing(&doubled_ranks(differences.len()));
        Self { null, values: Values::Paired(differences.values()) }
    }

    /// The estimate of J. L. Hodges and E. L. Lehmann (1963): the median of all shifts.
    pub fn estimate(&self) -> f64 {
        let count = self.count();
        f64::midpoint(self.nth(count.div_ceil(2)), self.nth(count / 2 + 1))
    }

    /// Values of the shift that the test at `alpha` does not reject. `None` where there are too few
    /// values for `alpha`, or where it is not between 0 and 1.
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        let critical = self.null.critical(self.count(), alpha)?;
        Some(Interval::invert(critical, self.count(), |k| self.nth(k)))
    }

    fn at(&self, alpha: f64) -> Option<Shift> {
        let interval = self.interval(alpha)?;
        Some(Shift { estimate: self.estimate(), interval })
    }

    fn count(&self) -> usize {
        match self.values {
            Values::Separate(a, b) => a.len() * b.len(),
            Values::Paired(differences) => differences.len() * (differences.len() + 1) / 2,
        }
    }

    /// The `k`-th smallest shift, from 1.
    fn nth(&self, k: usize) -> f64 {
        match self.values {
            Values::Separate(a, b) => nth_difference(a, b, k),
            Values::Paired(differences) => nth_walsh_average(differences, k),
        }
    }
}

/// By how much values moved, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The estimate of J. L. Hodges and E. L. Lehmann (1963).
    pub estimate: f64,
    /// Values of the shift that the test at the given alpha does not reject.
    pub interval: Interval,
}

/// The shift `b - a` of two separate samples: median of all pairwise differences, with the interval
/// of [`crate::rank_sum`] at `alpha`.
///
/// Without ties zero lies outside of the interval exactly if that test's p is at most `alpha`; with
/// ties the interval, whose null ignores them, is nearly always the more careful of the two. `None`
/// where the samples are too small for `alpha` (at 0.01 below 5 against 5: 4 against 6 and 3 against
/// 9 suffice too), or where `alpha` is not between 0 and 1.
///
/// Source: L. E. Moses 1953 in Hollander and Wolfe 4.3.
pub fn shift_separate(a: &Sample, b: &Sample, alpha: f64) -> Option<Shift> {
    Shifts::separate(a, b).at(alpha)
}

/// The shift of paired runs: median of the Walsh averages of their differences (the pseudo-median),
/// with the interval of [`crate::signed_rank`] at `alpha`.
///
/// Without zeros and ties zero lies outside of the interval exactly if that test's p is at most
/// `alpha`. Unlike the test, the interval keeps zero differences: they are evidence of no change.
/// `None` where there are too few pairs for `alpha` (at 0.01 below 8), or where `alpha` is not
/// between 0 and 1.
///
/// Source: J. W. Tukey 1949 in Hollander and Wolfe 3.3.
pub fn shift_paired(differences: &Sample, alpha: f64) -> Option<Shift> {
    Shifts::paired(differences).at(alpha)
}
