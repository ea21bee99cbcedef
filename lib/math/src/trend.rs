//! Whether values grow or fall in the order in which they came.

use crate::normal;

/// The answer of [`trend`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Kendall's S: pairs of which the later value is larger, less those of which it is smaller.
    pub statistic: f64,
    /// Probability, if the order says nothing, of an S at least as far from 0: two-sided.
    pub p: f64,
}

/// Mann's test of a trend, over groups of which each is in its own order: only values of one group
/// are compared, so that one group may lie above another. `None` where all values of each group
/// are equal, or alone.
///
/// Normal approximation with corrections for ties and for continuity. Below 1 % it errs on the
/// careful side from 8 values of one group upwards (8 values, S = 22: 0.94 % here, 0.56 % exactly).
///
/// H. B. Mann, "Nonparametric Tests Against Trend", Econometrica 13 (1945); M. G. Kendall, *Rank
/// Correlation Methods*, 4th edition 1975, chapter 4; the sum over groups by R. M. Hirsch,
/// J. R. Slack and R. A. Smith, Water Resources Research 18 (1982).
pub fn trend(groups: &[Vec<f64>]) -> Option<Trend> {
    let (mut statistic, mut variance) = (0.0, 0.0);
    for group in groups {
        let (of_group, its_variance) = kendall(group);
        statistic += of_group;
        variance += its_variance;
    }
    if variance <= 0.0 {
        return None;
    }
    let z = (statistic.abs() - 1.0).max(0.0) / variance.sqrt();
    Some(Trend { statistic, p: (2.0 * normal::upper_tail(z)).min(1.0) })
}

/// S of one group, and its variance where every order is equally likely.
fn kendall(values: &[f64]) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect(); // -0.0 is 0.0
    let falling = inversions(&mut sorted) as f64;
    let n = sorted.len() as f64;
    let (mut pairs, mut weight) = (n * (n - 1.0) / 2.0, n * (n - 1.0) * (2.0 * n + 5.0));
    for equal in sorted.chunk_by(|x, y| x.total_cmp(y).is_eq()) {
        let t = equal.len() as f64;
        pairs -= t * (t - 1.0) / 2.0;
        weight -= t * (t - 1.0) * (2.0 * t + 5.0);
    }
    (pairs - 2.0 * falling, weight / 18.0)
}

/// How many pairs stand in falling order. Sorts the values, by merging.
fn inversions(values: &mut [f64]) -> usize {
    if values.len() < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let mut later = right.iter().peekable();
    for (place, value) in left.iter().enumerate() {
        while let Some(smaller) = later.next_if(|later| *later < value) {
            merged.push(*smaller);
            count += left.len() - place;
        }
        merged.push(*value);
    }
    merged.extend(later);
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Option<Trend> {
        trend(&[values.to_vec()])
    }

    /// All orders of the values, by Heap's algorithm.
    fn orders(values: &mut [f64], n: usize, all: &mut Vec<Vec<f64>>) {
        if n <= 1 {
            return all.push(values.to_vec());
        }
        for i in 0..n {
            orders(values, n - 1, all);
            values.swap(if n.is_multiple_of(2) { i } else { 0 }, n - 1);
        }
    }

    #[test]
    fn s_counts_rising_less_falling_pairs() {
        assert_eq!(kendall(&[1.0, 2.0, 3.0]).0, 3.0);
        assert_eq!(kendall(&[3.0, 2.0, 1.0]).0, -3.0);
        // Rising: 1-4, 1-3, 1-2, 1-3; falling: 4-3, 4-2, 4-3, 3-2; rising 2-3; 3-3 is neither.
        assert_eq!(kendall(&[1.0, 4.0, 3.0, 2.0, 3.0]).0, 1.0);
    }

    #[test]
    fn the_variance_is_that_over_all_orders() {
        for values in [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 1.0, 2.0, 2.0, 2.0]] {
            let (mut all, mut values) = (Vec::new(), values);
            orders(&mut values, 5, &mut all);
            let squares: f64 = all.iter().map(|order| kendall(order).0.powi(2)).sum();
            let variance = squares / all.len() as f64;
            assert!((kendall(&values).1 - variance).abs() < 1e-12, "{variance}");
        }
    }

    #[test]
    fn a_tail_below_one_percent_is_never_below_the_exact_one() {
        let (mut all, mut values) = (Vec::new(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        orders(&mut values, 8, &mut all);
        let found: Vec<Trend> = all.iter().filter_map(|order| of(order)).collect();
        for s in [22.0, 24.0, 26.0, 28.0] {
            let extreme = found.iter().filter(|one| one.statistic.abs() >= s).count();
            let exact = extreme as f64 / found.len() as f64;
            let p = found.iter().find(|one| one.statistic == s).unwrap().p;
            assert!(p < 0.01 && exact <= p, "{s}: {p} and exactly {exact}");
        }
    }

    #[test]
    fn one_group_may_lie_above_another() {
        let (rising, higher) = (vec![1.0, 2.0, 3.0, 4.0], vec![11.0, 12.0, 13.0, 14.0]);
        assert_eq!(trend(&[higher, rising]).unwrap().statistic, 12.0);
    }

    #[test]
    fn what_has_no_order_has_no_trend() {
        assert_eq!(of(&[2.0; 9]), None);
        assert_eq!(trend(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(trend(&[]), None);
        assert_eq!(of(&[0.0, -0.0, 0.0]), None);
    }

    /// Fixed seeds: the share of false alarms at 1 %.
    #[test]
    fn values_without_a_trend_seldom_seem_to_have_one() {
        let mut rng = fastrand::Rng::with_seed(6);
        for n in [8, 10, 20, 50] {
            let draw = |rng: &mut fastrand::Rng| of(&(0..n).map(|_| rng.f64()).collect::<Vec<_>>());
            let alarms = (0..5_000).filter(|_| draw(&mut rng).is_some_and(|one| one.p < 0.01));
            let alarms = alarms.count();
            assert!(alarms <= 65, "{n} values: {alarms} of 5000");
        }
    }
}
