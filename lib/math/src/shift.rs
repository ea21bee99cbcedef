//! How far apart: the shift between samples with the interval that inverts the test.

use crate::interval::Interval;
use crate::null::Null;
use crate::rank::doubled_ranks;
use crate::sample::Sample;
use crate::select::{nth_difference, nth_walsh_average};

/// By how much values moved, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The estimate of J. L. Hodges and E. L. Lehmann (1963).
    pub estimate: f64,
    /// Values of the shift that the test at the given alpha does not reject.
    pub interval: Interval,
}

impl Shift {
    /// The minimum detectable effect: the smallest change that this run could have seen. It is half
    /// the width of the interval, in the unit of the values.
    ///
    /// The interval lies about its estimate, and the estimate about the true change; so a true
    /// change of this size has about an even chance to move the interval off zero, a smaller one
    /// most likely does not, and one of twice this size nearly always does. It is 0 when the values
    /// are so coarse that all differences are equal: then the clock's resolution is the limit.
    pub fn smallest_detectable(&self) -> f64 {
        self.interval.half_width()
    }
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
    let pairs = a.len() * b.len();
    let ranks = doubled_ranks(a.len() + b.len());
    let critical = Null::choosing(&ranks, a.len().min(b.len())).critical(pairs, alpha)?;
    let nth = |k: usize| nth_difference(a.values(), b.values(), k);
    Some(Shift {
        estimate: median_of(pairs, nth),
        interval: Interval::invert(critical, pairs, nth),
    })
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
    let n = differences.len();
    let averages = n * (n + 1) / 2;
    let critical = Null::signing(&doubled_ranks(n)).critical(averages, alpha)?;
    let nth = |k: usize| nth_walsh_average(differences.values(), k);
    Some(Shift {
        estimate: median_of(averages, nth),
        interval: Interval::invert(critical, averages, nth),
    })
}

/// The median of `count` values of which `nth` gives the k-th smallest, from 1.
fn median_of(count: usize, nth: impl Fn(usize) -> f64) -> f64 {
    f64::midpoint(nth(count.div_ceil(2)), nth(count / 2 + 1))
}
