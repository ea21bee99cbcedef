//! Paired runs: Wilcoxon's signed rank test.

use crate::null::Null;
use crate::rank_test::RankTest;
use crate::ranks::doubled_midranks;
use crate::sample::Sample;

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
