//! Wilcoxon's two tests: of two separate samples by the rank sum (which is Mann and Whitney's U
//! test), of paired runs by signed ranks.

use crate::null::Null;
use crate::rank::{RankTest, doubled_midranks};
use crate::sample::Sample;

/// Tests, two-sided, whether values of one sample tend to be larger than those of the other.
///
/// `statistic` is Mann and Whitney's U of `a`: the number of pairs in which the value of `a` is the
/// larger one, ties counting one half; that of `b` is `a.len() * b.len() - U`. Swapping the samples
/// leaves `p` as it is. With ties `p` is that of the exact conditional distribution of midranks,
/// given the ties (F. Wilcoxon 1945; H. B. Mann and D. R. Whitney 1947; E. L. Lehmann 1975).
pub fn rank_sum(a: &Sample, b: &Sample) -> RankTest {
    let (doubled, sum_a) = pooled_ranks(a, b);
    let sum_b = doubled.iter().sum::<usize>() - sum_a;
    // The smaller sample is less work; equal ones go by their sum, so that swapping changes nothing.
    let (k, sum) = (a.len(), sum_a).min((b.len(), sum_b));
    let null = Null::choosing(&doubled, k);
    RankTest {
        statistic: (sum_a - a.len() * (a.len() + 1)) as f64 / 2.0,
        p: null.p_of_sum(sum),
        method: null.method(),
    }
}

/// Doubled midranks of all values in ascending order, and the sum of those of `a`.
fn pooled_ranks(a: &Sample, b: &Sample) -> (Vec<usize>, usize) {
    let tag = |sample: &Sample, from_a: bool| -> Vec<(f64, bool)> {
        sample.values().iter().map(|v| (*v, from_a)).collect()
    };
    let mut pooled = [tag(a, true), tag(b, false)].concat();
    pooled.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let (values, from_a): (Vec<f64>, Vec<bool>) = pooled.into_iter().unzip();
    let doubled = doubled_midranks(&values);
    let of_a = doubled.iter().zip(&from_a).filter(|(_, from_a)| **from_a);
    let sum_a = of_a.map(|(rank, _)| rank).sum();
    (doubled, sum_a)
}

/// Tests, two-sided, whether the differences of pairs are symmetric about zero.
///
/// `statistic` is T+: the sum of the ranks (by absolute value) of the positive differences.
/// Zero differences say nothing about a direction and are left out, as Wilcoxon did (the default
/// of R and scipy too); if all are zero, p is 1. Equal absolute values get midranks, and `p` is
/// then that of the exact conditional distribution, given the ties (F. Wilcoxon 1945).
pub fn signed_rank(differences: &Sample) -> RankTest {
    let mut nonzero: Vec<f64> = differences.values().to_vec();
    nonzero.retain(|d| d.abs() > 0.0);
    nonzero.sort_unstable_by(|x, y| x.abs().total_cmp(&y.abs()));
    let sizes: Vec<f64> = nonzero.iter().map(|d| d.abs()).collect();
    let doubled = doubled_midranks(&sizes);
    let positive = nonzero.iter().zip(&doubled).filter(|(d, _)| **d > 0.0);
    let sum: usize = positive.map(|(_, rank)| rank).sum();
    let null = Null::signing(&doubled);
    RankTest { statistic: sum as f64 / 2.0, p: null.p_of_sum(sum), method: null.method() }
}
