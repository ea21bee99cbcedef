//! How often the tests err, counted over seeded random samples.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use dp_math::{Sample, Shift, median_interval};
use dp_math::{rank_sum, shift_paired, shift_separate, signed_rank};
use fastrand::Rng;

const ALPHA: f64 = 0.01;
const TRIALS: u32 = 10_000;

/// Times as they are: most near one second, a long tail upwards.
fn times(rng: &mut Rng, n: usize, factor: f64) -> Sample {
    let time = |rng: &mut Rng| factor * (1.0 - 0.2 * (1.0 - rng.f64()).ln());
    Sample::new((0..n).map(|_| time(rng)).collect()).unwrap()
}

/// The same from a clock that ticks every 50 ms: many ties.
fn ticks(rng: &mut Rng, n: usize) -> Sample {
    let exact = times(rng, n, 1.0);
    let ticks = exact.values().iter().map(|v| (v * 20.0).round() / 20.0);
    Sample::new(ticks.collect()).unwrap()
}

/// Differences of two runs with equal distributions.
fn differences(rng: &mut Rng, n: usize) -> Sample {
    let one = |rng: &mut Rng| times(rng, 1, 1.0).min();
    Sample::new((0..n).map(|_| one(rng) - one(rng)).collect()).unwrap()
}

fn share(seed: u64, mut happens: impl FnMut(&mut Rng) -> bool) -> f64 {
    let mut rng = Rng::with_seed(seed);
    let count = (0..TRIALS).filter(|_| happens(&mut rng)).count();
    count as f64 / f64::from(TRIALS)
}

/// Four standard deviations of a binomial share.
fn slack(probability: f64) -> f64 {
    4.0 * (probability * (1.0 - probability) / f64::from(TRIALS)).sqrt()
}

fn assert_near(what: &str, share: f64, truth: f64) {
    assert!((share - truth).abs() <= slack(truth), "{what}: {share} and not {truth}");
}

#[test]
fn equal_samples_are_told_apart_as_often_as_the_exact_level_says() {
    // The largest attainable levels up to 0.01: of all choices 1, 1 and 45 lie in each tail (the
    // partitions of 0 to 7 into parts of at most 8: 1 + 1 + 2 + 3 + 5 + 7 + 11 + 15 = 45).
    let levels = [(5, 5, 2.0 / 252.0), (4, 6, 2.0 / 210.0), (8, 8, 90.0 / 12_870.0)];
    for (n, m, level) in levels {
        let rejected = share(7, |rng| {
            let (a, b) = (times(rng, n, 1.0), times(rng, m, 1.0));
            rank_sum(&a, &b).p <= ALPHA
        });
        assert_near("rank sum", rejected, level);
    }
}

#[test]
fn pairs_without_a_change_are_told_apart_as_often_as_the_exact_level_says() {
    // 2 of all signs for 8 pairs; sums of 0 to 3 by distinct ranks: 5 of 1024 for 10.
    for (n, level) in [(8, 2.0 / 256.0), (10, 10.0 / 1024.0)] {
        let rejected = share(8, |rng| signed_rank(&differences(rng, n)).p <= ALPHA);
        assert_near("signed rank", rejected, level);
    }
}

#[test]
fn ties_do_not_raise_the_share_of_false_alarms() {
    for (n, m) in [(5, 5), (6, 10), (12, 12)] {
        let rejected = share(9, |rng| rank_sum(&ticks(rng, n), &ticks(rng, m)).p <= ALPHA);
        assert!(rejected <= ALPHA + slack(ALPHA), "{n}, {m}: {rejected}");
        let outside = share(10, |rng| {
            let shift = shift_separate(&ticks(rng, n), &ticks(rng, m), ALPHA);
            !shift.unwrap().interval.contains(0.0)
        });
        assert!(outside <= ALPHA + slack(ALPHA), "{n}, {m}: {outside}");
    }
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    let true_shift = 0.3;
    let coverage = |shift: Option<Shift>| shift.unwrap().interval.coverage;
    let mut said = [0.0; 3];
    let covered = share(11, |rng| {
        let (a, b) = (times(rng, 9, 1.0), times(rng, 7, 1.0));
        let b = Sample::new(b.values().iter().map(|v| v + true_shift).collect()).unwrap();
        let shift = shift_separate(&a, &b, ALPHA);
        said[0] = coverage(shift);
        shift.unwrap().interval.contains(true_shift)
    });
    assert_near("separate", covered, said[0]);
    let covered = share(12, |rng| {
        let shift = shift_paired(&differences(rng, 12), ALPHA);
        said[1] = coverage(shift);
        shift.unwrap().interval.contains(0.0)
    });
    assert_near("paired", covered, said[1]);
    let true_median = 1.0 + 0.2 * 2_f64.ln();
    let covered = share(13, |rng| {
        let interval = median_interval(&times(rng, 15, 1.0), 0.95).unwrap();
        said[2] = interval.coverage;
        interval.contains(true_median)
    });
    assert_near("median", covered, said[2]);
}

#[test]
fn a_change_of_half_the_width_of_an_interval_is_seen_about_every_second_time() {
    let mut rng = Rng::with_seed(14);
    let half_widths = (0..2000).map(|_| {
        let (a, b) = (times(&mut rng, 12, 1.0), times(&mut rng, 12, 1.0));
        shift_separate(&a, &b, ALPHA).unwrap().interval.half_width()
    });
    let typical = Sample::new(half_widths.collect()).unwrap().median();
    let seen = |factor: f64| {
        share(15, |rng| {
            let (a, b) = (times(rng, 12, 1.0), times(rng, 12, 1.0));
            let b = Sample::new(b.values().iter().map(|v| v + factor * typical).collect());
            rank_sum(&a, &b.unwrap()).p <= ALPHA
        })
    };
    let (half, one, double) = (seen(0.5), seen(1.0), seen(2.0));
    assert!(half < 0.25, "{half}");
    assert!((0.4..0.65).contains(&one), "{one}");
    assert!(double > 0.9, "{double}");
}
