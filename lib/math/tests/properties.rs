//! What must hold for any samples. All values are multiples of one half, so that the arithmetic on
//! them is exact.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]
#![expect(clippy::float_cmp, reason = "these results are exact")]

use dp_math::{Interval, Sample, Shift, median_interval};
use dp_math::{rank_sum, shift_paired, shift_separate, signed_rank};
use proptest::collection::{hash_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn sample(values: Vec<f64>) -> Sample {
    Sample::new(values).unwrap()
}

fn alpha() -> impl Strategy<Value = f64> {
    select(vec![0.01, 0.02, 0.05, 0.1, 0.3])
}

/// Few distinct values: many ties.
fn tied(most: usize) -> impl Strategy<Value = Vec<f64>> {
    vec((-4..5).prop_map(f64::from), 1..most)
}

/// Two samples without ties, the second moved to lie anywhere from amid to beyond the first.
fn untied(most: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let values = hash_set(-50_000..50_000, 2..most);
    (values, any::<Index>(), -99_999..99_999).prop_map(|(values, at, by)| {
        let a: Vec<f64> = values.into_iter().map(f64::from).collect();
        let (a, b) = a.split_at(1 + at.index(a.len() - 1));
        let by = f64::from(by) + 0.5; // whole numbers in one, halves in the other
        (a.to_vec(), b.iter().map(|v| v + by).collect())
    })
}

/// Differences of distinct sizes, none of them zero, that lean to one side by any degree.
fn leaning(most: usize) -> impl Strategy<Value = Vec<f64>> {
    (hash_set(1..50_000, 1..most), 0.0..1.0).prop_flat_map(|(sizes, share)| {
        let signs = vec(prop::bool::weighted(share), sizes.len());
        let sizes: Vec<f64> = sizes.into_iter().map(f64::from).collect();
        signs.prop_map(move |signs| {
            let signed = sizes.iter().zip(signs);
            signed.map(|(v, plus)| if plus { *v } else { -v }).collect()
        })
    })
}

fn moved(shift: Shift, by: f64) -> Shift {
    Shift {
        estimate: shift.estimate + by,
        interval: Interval {
            low: shift.interval.low + by,
            high: shift.interval.high + by,
            ..shift.interval
        },
    }
}

fn plus(values: &[f64], by: f64) -> Sample {
    sample(values.iter().map(|v| v + by).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn swapping_the_samples_mirrors_u_and_keeps_p(a in tied(60), b in tied(60)) {
        let pairs = (a.len() * b.len()) as f64;
        let (a, b) = (sample(a), sample(b));
        let (one, other) = (rank_sum(&a, &b), rank_sum(&b, &a));
        prop_assert_eq!(one.statistic + other.statistic, pairs);
        prop_assert_eq!((one.p, one.method), (other.p, other.method));
    }

    #[test]
    fn swapping_the_samples_mirrors_the_shift((a, b) in untied(40), alpha in alpha()) {
        let (a, b) = (sample(a), sample(b));
        let ends = |s: Shift| (s.estimate, s.interval.low, s.interval.high, s.interval.coverage);
        let one = shift_separate(&a, &b, alpha).map(ends);
        let other = shift_separate(&b, &a, alpha).map(ends);
        prop_assert_eq!(one, other.map(|(e, low, high, c)| (-e, -high, -low, c)));
    }

    #[test]
    fn p_is_a_probability_and_never_zero(a in tied(60), b in tied(60), d in tied(60)) {
        for test in [rank_sum(&sample(a), &sample(b)), signed_rank(&sample(d))] {
            prop_assert!(test.p > 0.0 && test.p <= 1.0);
        }
    }

    #[test]
    fn mirroring_the_differences_keeps_p(d in tied(40)) {
        let mirrored = sample(d.iter().map(|v| -v).collect());
        let (one, other) = (signed_rank(&sample(d)), signed_rank(&mirrored));
        prop_assert!((one.p / other.p - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_added_to_b_moves_the_shift_by_it(a in tied(30), b in tied(30), by in -99..99) {
        let by = f64::from(by);
        let (first, second) = (sample(a), sample(b.clone()));
        let before = shift_separate(&first, &second, 0.05);
        let after = shift_separate(&first, &plus(&b, by), 0.05);
        prop_assert_eq!(after, before.map(|shift| moved(shift, by)));
    }

    #[test]
    fn a_constant_added_to_the_differences_moves_the_shift_by_it(d in tied(40), by in -99..99) {
        let by = f64::from(by);
        let before = shift_paired(&sample(d.clone()), 0.05);
        prop_assert_eq!(shift_paired(&plus(&d, by), 0.05), before.map(|shift| moved(shift, by)));
    }

    #[test]
    fn an_interval_holds_its_estimate_and_covers_enough(
        a in tied(40), b in tied(40), alpha in alpha()
    ) {
        let (a, b) = (sample(a), sample(b));
        let shifts = [shift_separate(&a, &b, alpha), shift_paired(&a, alpha)];
        for shift in shifts.into_iter().flatten() {
            prop_assert!(shift.interval.contains(shift.estimate));
            prop_assert!(shift.interval.coverage >= 1.0 - alpha);
        }
        if let Some(interval) = median_interval(&a, 1.0 - alpha) {
            prop_assert!(interval.contains(a.median()));
            prop_assert!(interval.coverage >= 1.0 - alpha - 1e-12);
        }
    }

    #[test]
    fn zero_is_outside_of_the_interval_exactly_if_the_test_rejects(
        (a, b) in untied(60), alpha in alpha()
    ) {
        let (a, b) = (sample(a), sample(b));
        let outside = shift_separate(&a, &b, alpha).is_some_and(|s| !s.interval.contains(0.0));
        prop_assert_eq!(outside, rank_sum(&a, &b).p <= alpha);
    }

    #[test]
    fn zero_is_outside_of_the_paired_interval_exactly_if_the_test_rejects(
        d in leaning(60), alpha in alpha()
    ) {
        let d = sample(d);
        let outside = shift_paired(&d, alpha).is_some_and(|s| !s.interval.contains(0.0));
        prop_assert_eq!(outside, signed_rank(&d).p <= alpha);
    }

    #[test]
    fn quantiles_rise_within_the_sample_and_the_mean_lies_in_it(
        values in vec(-1e6..1e6, 1..40), p in 0.0..=1.0, q in 0.0..=1.0
    ) {
        let s = sample(values);
        let at = |q: f64| s.quantile(q).unwrap();
        let (low, high) = (at(f64::min(p, q)), at(f64::max(p, q)));
        prop_assert!(s.min() <= low && low <= high && high <= s.max());
        prop_assert!(s.min() <= s.mean() && s.mean() <= s.max());
        prop_assert_eq!(s.median(), at(0.5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn tests_and_intervals_agree_in_large_samples_too(
        (a, b) in untied(900), d in leaning(900), alpha in alpha()
    ) {
        let (a, b, d) = (sample(a), sample(b), sample(d));
        let outside = |shift: Option<Shift>| shift.is_some_and(|s| !s.interval.contains(0.0));
        prop_assert_eq!(outside(shift_separate(&a, &b, alpha)), rank_sum(&a, &b).p <= alpha);
        prop_assert_eq!(outside(shift_paired(&d, alpha)), signed_rank(&d).p <= alpha);
    }
}
