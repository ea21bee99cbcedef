//! Whether changes of level are found where they are, and none where there is none. Few
//! series, so that it takes seconds: thousands are looked at by the bench `verdicts` of
//! dp-report.

use dp_math::change_points;
use fastrand::Rng;

const SHORTEST: usize = 5;
const ALPHA: f64 = 0.01;
const SERIES: usize = 150;

/// A normal deviate (G. E. P. Box and M. E. Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

/// A run a level and value, with this noise as a share of it.
fn series(rng: &mut Rng, levels: &[(usize, f64)], noise: f64) -> Vec<f64> {
    let values = levels.iter().flat_map(|(count, level)| std::iter::repeat_n(*level, *count));
    values.map(|level| level * (noise * normal(rng)).exp()).collect()
}

/// Of how many series this holds.
fn count(levels: &[(usize, f64)], noise: f64, holds: impl Fn(&[usize]) -> bool) -> usize {
    let mut rng = Rng::with_seed(40);
    let mut found = || change_points(&series(&mut rng, levels, noise), SHORTEST, ALPHA);
    (0..SERIES).filter(|_| holds(&found())).count()
}

#[test]
fn equal_runs_have_no_change() {
    // 1.5 of them where the chance is 1 in 100; more than 6 come less than once in a thousand
    // times (binomial).
    for length in [10, 15, 40, 80] {
        let false_alarms = count(&[(length, 2.0)], 0.03, |found| !found.is_empty());
        assert!(false_alarms <= 6, "{length}: {false_alarms} of {SERIES}");
    }
}

#[test]
fn a_step_of_10_percent_is_found_at_its_place() {
    let step = [(20, 2.0), (20, 2.2)];
    let near = |found: &[usize]| matches!(found, [place] if (19..=21).contains(place));
    let right = count(&step, 0.03, near);
    assert!(right >= SERIES * 95 / 100, "{right} of {SERIES}");
    assert_eq!(count(&step, 0.03, <[usize]>::is_empty), 0);
}

#[test]
fn a_step_is_found_with_its_fifth_run() {
    let right = count(&[(35, 2.0), (5, 2.4)], 0.03, |found| found == [35]);
    assert!(right >= SERIES * 95 / 100, "{right} of {SERIES}");
}

#[test]
fn a_change_that_was_taken_back_is_two_changes() {
    let near = |found: &[usize]| matches!(found, [up, down] if up.abs_diff(20) <= 1 && down.abs_diff(30) <= 1);
    let right = count(&[(20, 2.0), (10, 2.3), (20, 2.0)], 0.03, near);
    assert!(right >= SERIES * 95 / 100, "{right} of {SERIES}");
}
