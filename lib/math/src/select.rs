//! The k-th smallest of all pairwise differences or averages, without making the list of them.
//!
//! For sorted samples it is counted in one pass how many of the pairs are at most `t`; bisection
//! over the f64 values themselves then ends at the wanted one, exactly, after at most 64 passes.
//! So ten thousand values a side (a hundred million pairs) cost a few milliseconds and no memory.

/// The `k`-th smallest (from 1) of all `b - a`, for samples in ascending order.
pub(crate) fn nth_difference(a: &[f64], b: &[f64], k: usize) -> f64 {
    let lowest = b[0] - a[a.len() - 1];
    let highest = b[b.len() - 1] - a[0];
    least_where(lowest, highest, |t| differences_up_to(a, b, t) >= k)
}

/// The `k`-th smallest (from 1) of the Walsh averages `(x_i + x_j) / 2`, `i <= j`, for `x` in
/// ascending order.
pub(crate) fn nth_walsh_average(x: &[f64], k: usize) -> f64 {
    least_where(x[0], x[x.len() - 1], |t| walsh_averages_up_to(x, t) >= k)
}

fn differences_up_to(a: &[f64], b: &[f64], t: f64) -> usize {
    let mut above = 0; // how many of the smallest a are too small for this b, and for all later ones
    let pairs_of = |b: &f64| {
        above += a[above..].iter().take_while(|a| b - **a > t).count();
        a.len() - above
    };
    b.iter().map(pairs_of).sum()
}

fn walsh_averages_up_to(x: &[f64], t: f64) -> usize {
    let mut end = x.len(); // the partners of x[i] are x[i..end]; the end only moves down
    let pairs_of = |(i, low): (usize, &f64)| {
        let partners = x.get(i..end).unwrap_or_default();
        let large = |high: &&f64| f64::midpoint(*low, **high) > t;
        end -= partners.iter().rev().take_while(large).count();
        end.saturating_sub(i)
    };
    x.iter().enumerate().map(pairs_of).sum()
}

/// The least f64 in `low..=high` for which `reached` holds; it must hold at `high` and above the
/// result. `-0.0` comes back as `0.0`.
fn least_where(low: f64, high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    let (mut from, mut to) = (to_key(low), to_key(high));
    while from < to {
        let middle = u64::midpoint(from, to);
        if reached(from_key(middle)) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from_key(to) + 0.0
}

const SIGN: u64 = 1 << 63;

/// A whole number for each f64, in the same order.
fn to_key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn from_key(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use super::*;

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    fn random(rng: &mut fastrand::Rng, n: usize) -> Vec<f64> {
        sorted((0..n).map(|_| (rng.f64() - 0.5) * 100.0).collect())
    }

    /// Whole numbers, so that many pairs are equal and some are zero.
    fn random_tied(rng: &mut fastrand::Rng, n: usize) -> Vec<f64> {
        sorted((0..n).map(|_| f64::from(rng.i8(-3..=3))).collect())
    }

    #[test]
    fn selects_what_sorting_all_differences_gives() {
        let mut rng = fastrand::Rng::with_seed(1);
        for n in 1..12 {
            for make in [random, random_tied] {
                let (a, b) = (make(&mut rng, n), make(&mut rng, 13 - n));
                let all = a.iter().flat_map(|a| b.iter().map(move |b| b - a));
                let all = sorted(all.collect());
                let selected = (1..=all.len()).map(|k| nth_difference(&a, &b, k));
                assert_eq!(selected.collect::<Vec<_>>(), all);
            }
        }
    }

    #[test]
    fn selects_what_sorting_all_walsh_averages_gives() {
        let mut rng = fastrand::Rng::with_seed(2);
        for n in 1..12 {
            for make in [random, random_tied] {
                let x = make(&mut rng, n);
                let all = (0..n).flat_map(|i| x[i..].iter().map(move |y| (i, *y)));
                let all = sorted(all.map(|(i, y)| f64::midpoint(x[i], y)).collect());
                let selected = (1..=all.len()).map(|k| nth_walsh_average(&x, k));
                assert_eq!(selected.collect::<Vec<_>>(), all);
            }
        }
    }

    #[test]
    fn a_difference_of_nothing_is_zero_without_a_sign() {
        let zeros = [nth_difference(&[1.0], &[1.0], 1), nth_walsh_average(&[-1.0, 1.0], 2)];
        assert_eq!(zeros.map(f64::to_bits), [0, 0]);
    }

    #[test]
    fn keys_keep_order_and_value() {
        let ascending = [-1e300, -1.0, -f64::MIN_POSITIVE, 0.0, 1e-300, 1.0, 1e300];
        let keys = ascending.map(to_key);
        assert!(keys.is_sorted());
        assert_eq!(keys.map(from_key), ascending);
    }
}
