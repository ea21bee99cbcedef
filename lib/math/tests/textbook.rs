//! Against worked examples and values that can be counted by hand.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use dp_math::{Sample, rank_sum, shift_paired, shift_separate, signed_rank};

fn sample(values: &[f64]) -> Sample {
    Sample::new(values.to_vec()).unwrap()
}

/// `n` whole numbers from `first`.
fn from(first: u16, n: u16) -> Sample {
    Sample::new((first..first + n).map(f64::from).collect()).unwrap()
}

fn close(ours: f64, truth: f64) -> bool {
    (ours - truth).abs() < 1e-12
}

#[test]
fn separate_samples_fully_apart_have_two_of_all_choices() {
    // 2 / C(2n, n)
    for (n, choices) in [(1, 2.0), (3, 20.0), (4, 70.0), (5, 252.0), (10, 184_756.0)] {
        let (low, high) = (from(1, n), from(50, n));
        assert!(close(rank_sum(&low, &high).p, 2.0 / choices), "{n}");
        assert!(close(rank_sum(&high, &low).p, 2.0 / choices), "{n}");
    }
}

#[test]
fn pairs_that_all_point_one_way_have_two_of_all_signs() {
    for (n, signs) in [(1, 2.0), (6, 64.0), (7, 128.0), (8, 256.0), (20, 1_048_576.0)] {
        assert!(close(signed_rank(&from(1, n)).p, 2.0 / signs), "{n}");
    }
}

#[test]
fn one_percent_needs_five_against_five_or_eight_pairs() {
    let separate = |n, m| shift_separate(&from(1, n), &from(50, m), 0.01).is_some();
    assert!(separate(5, 5) && separate(4, 6) && separate(3, 9) && separate(2, 19));
    assert!(!(separate(4, 5) || separate(3, 8) || separate(2, 18) || separate(1, 100)));
    let paired = |n| shift_paired(&from(1, n), 0.01).is_some();
    assert!(paired(8) && !paired(7) && !paired(1));
}

#[test]
fn an_alpha_that_is_none_has_no_interval() {
    for alpha in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
        assert_eq!(shift_separate(&from(1, 9), &from(4, 9), alpha), None);
        assert_eq!(shift_paired(&from(1, 9), alpha), None);
    }
}

/// Hollander and Wolfe, example 4.1: permeability of the human chorioamnion to water, at term and
/// at 12 to 26 weeks of gestation.
#[test]
fn separate_samples_give_the_textbook_answer() {
    let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    let early = [1.15, 0.88, 0.90, 0.74, 1.21];
    let (term, early) = (sample(&term), sample(&early));
    let test = rank_sum(&term, &early);
    // The book has the one-sided p 0.1272 for the sum of ranks 30 of the early ones: U = 50 - 15.
    assert!(close(test.statistic, 35.0));
    assert!((test.p - 2.0 * 0.1272).abs() < 1e-4);
    let shift = shift_separate(&term, &early, 0.04).unwrap();
    assert!(close(shift.estimate, -0.305));
    assert!(close(shift.interval.low, -0.76) && close(shift.interval.high, 0.15));
    assert!((shift.interval.coverage - 0.96).abs() < 5e-3);
}

/// Hollander and Wolfe, example 3.1: Hamilton depression scale factor IV of nine patients, first
/// and second visit after the start of a therapy.
#[test]
#[expect(clippy::approx_constant, reason = "3.14 is a measured value")]
fn paired_samples_give_the_textbook_answer() {
    let first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
    let second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    let differences = second.iter().zip(first).map(|(y, x)| y - x).collect();
    let differences = Sample::new(differences).unwrap();
    let test = signed_rank(&differences);
    assert!(close(test.statistic, 5.0));
    assert!((test.p - 2.0 * 0.0195).abs() < 1e-4);
    let shift = shift_paired(&differences, 0.04).unwrap();
    assert!(close(shift.estimate, -0.46));
    assert!(close(shift.interval.low, -0.786) && close(shift.interval.high, -0.010));
    assert!((shift.interval.coverage - 0.961).abs() < 5e-4);
}

#[test]
fn the_interval_of_five_against_five_spans_all_differences() {
    // 5 against 5 at 0.01: the interval spans all differences, here 45 to 53.
    let shift = shift_separate(&from(1, 5), &from(50, 5), 0.01).unwrap();
    assert!(close(shift.estimate, 49.0) && close(shift.interval.half_width(), 4.0));
}

#[test]
fn samples_of_one_repeated_value_are_never_told_apart() {
    assert!(close(rank_sum(&sample(&[3.0; 6]), &sample(&[3.0; 9])).p, 1.0));
    assert!(close(signed_rank(&sample(&[0.0; 9])).p, 1.0));
    let many = sample(&[3.0; 300]); // normal approximation with a variance of 0
    assert!(close(rank_sum(&many, &many).p, 1.0));
    let shift = shift_separate(&many, &many, 0.01).unwrap();
    assert!(close(shift.estimate, 0.0) && shift.interval.contains(0.0));
}

#[test]
fn p_is_never_zero_however_far_apart_large_samples_are() {
    let (low, high) = (from(1, 10_000), from(20_000, 10_000));
    assert!(rank_sum(&low, &high).p > 0.0);
    assert!(signed_rank(&low).p > 0.0);
}
