//! Verdicts over samples whose tests and intervals are known by hand.
//!
//! 8 pairs at alpha 0.01: only the most extreme sum of ranks is rejected
//! (p = 2 / 2^8), so that the interval runs from the smallest to the largest
//! difference. 5 against 5: likewise (p = 2 / 252), from `min - max` to
//! `max - min`.

use dp_record::{SeriesKey, Subject};

use crate::input::environments::Environments;
use crate::input::measure::Measure;
use crate::input::selection::Selection;
use crate::input::series::{Run, Series, Side};
use crate::judge::compare::{Comparison, Terms, Test, compare};
use crate::judge::rule::Level;
use crate::judge::verdict::{Reason, Role, Verdict};

/// 2.00 to 2.14, median 2.07: the floor of a time (5 %) is 0.1035.
const MAIN: [f64; 8] = [2.00, 2.02, 2.04, 2.06, 2.08, 2.10, 2.12, 2.14];
const FLOOR: f64 = 0.1035;

fn series(kind: &str, metric: &str, batch: u32, values: &[f64]) -> Series {
    let mut series = Series::new(Side::Input, SeriesKey::new(kind, &Subject::default()));
    for (round, value) in (1..).zip(values) {
        let run = Run { batch: Some(batch), round: Some(round), warmup: false, source: 0, line: 1 };
        series.runs.push(run);
        series.set_metric(metric, *value);
    }
    series
}

fn against(metric: (&str, &str), declared: Option<&str>, old: &Series, new: &Series) -> Comparison {
    let measure = Measure::of(metric.0, metric.1, declared, &Selection::default());
    compared(&measure, (old, new), 0.0)
}

fn compared(measure: &Measure, sides: (&Series, &Series), noise: f64) -> Comparison {
    let environments = Environments::default();
    let terms = Terms { environments: &environments, across: &[], level: Level::of(1) };
    compare(measure, sides, noise, &terms)
}

/// Rounds of one batch, in seconds.
fn times(old: &[f64], new: &[f64]) -> Comparison {
    let metric = ("build", "wall_seconds");
    let side = |values| series(metric.0, metric.1, 1, values);
    against(metric, None, &side(old), &side(new))
}

fn sizes(old: &[f64], new: &[f64]) -> Comparison {
    let metric = ("size", "engine_size_bytes");
    against(metric, None, &series(metric.0, metric.1, 1, old), &series(metric.0, metric.1, 2, new))
}

fn moved(by: impl Fn(f64) -> f64) -> Vec<f64> {
    MAIN.into_iter().zip([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).map(|(m, i)| m + by(i)).collect()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

#[test]
fn eight_rounds_beyond_the_floor_are_a_regression() {
    let slower = times(&MAIN, &moved(|i| 0.5 + i / 100.0));
    assert_eq!((slower.verdict, &slower.reason), (Some(Verdict::Regressed), &None));
    let change = slower.change.unwrap();
    let (low, high) = change.interval.unwrap();
    assert!(close(low, 0.50) && close(high, 0.57), "{low} {high}");
    assert!(close(change.estimate, 0.535) && close(change.floor, FLOOR));
    // 25 of 256 sums of ranks are at most 8, 10 at most 5: the bounds are the ninth
    // average of two differences from either end, the 90 % interval the sixth.
    let bounds = change.bounds.unwrap();
    assert!(close(bounds.low, 0.52) && close(bounds.high, 0.55), "{bounds:?}");
    let (low, high) = bounds.equivalence;
    assert!(close(low, 0.515) && close(high, 0.555), "{bounds:?}");
    assert!(close(bounds.chance, 2.0 / 256.0) && close(change.at_least().unwrap(), 0.52));
    // Beyond the floor by half the width of the bounds, which is more than half the
    // width of the interval.
    assert!(close(change.minimum_detectable.unwrap(), FLOOR + 0.015));
    assert_eq!((change.test, change.p), (Test::Paired { rounds: 8 }, Some(2.0 / 256.0)));
}

#[test]
fn what_equal_subjects_show_too_is_no_change() {
    let measure = Measure::of("build", "wall_seconds", None, &Selection::default());
    let side = |values: &[f64]| series("build", "wall_seconds", 1, values);
    let (old, new) = (side(&MAIN), side(&moved(|i| 0.5 + i / 100.0)));
    // The interval runs from 0.50 to 0.57, the median is 2.07.
    for (noise, expected) in [(0.49, Verdict::Regressed), (0.51, Verdict::Inconclusive)] {
        let found = compared(&measure, (&old, &new), noise);
        assert_eq!(found.verdict, Some(expected), "{noise}");
    }
    let found = compared(&measure, (&old, &new), 0.51);
    let Some(Reason::Noise { share: Some(share) }) = found.reason else { panic!("{found:?}") };
    assert!(close(share, 0.51 / 2.07));
}

#[test]
fn the_resolution_of_a_start_is_that_of_readiness() {
    let side = |metric, values: &[f64]| {
        let mut series = series("start", metric, 1, values);
        series.resolution_seconds = 30.0;
        series
    };
    for (metric, expected) in
        [("ready_seconds", Verdict::Inconclusive), ("start_seconds", Verdict::Regressed)]
    {
        let slower = moved(|i| 0.5 + i / 100.0);
        let (old, new) = (side(metric, &MAIN), side(metric, &slower));
        let found = against(("start", metric), None, &old, &new);
        assert_eq!(found.verdict, Some(expected), "{metric}");
    }
}

#[test]
fn the_other_way_round_it_is_an_improvement() {
    let faster = times(&moved(|i| 0.5 + i / 100.0), &MAIN);
    assert_eq!(faster.verdict, Some(Verdict::Improved));
    assert!(close(faster.change.unwrap().estimate, -0.535));
}

#[test]
fn a_sure_change_within_the_floor_is_none() {
    // Each round is slower by 0.01 to 0.08: real, and below 5 %.
    let slower = times(&MAIN, &moved(|i| 0.01 + i / 100.0));
    assert_eq!(slower.verdict, Some(Verdict::Unchanged));
}

#[test]
fn an_interval_across_the_floor_is_inconclusive() {
    // 0.05 to 0.12 across 0.1035, though every round is slower.
    let slower = times(&MAIN, &moved(|i| 0.05 + i / 100.0));
    assert_eq!((slower.verdict, slower.reason), (Some(Verdict::Inconclusive), Some(Reason::Wide)));
}

#[test]
fn a_higher_figure_is_better_where_the_record_says_so() {
    let metric = ("bench", "rate");
    let side = |values| series(metric.0, metric.1, 1, values);
    let (old, new) = (side(&MAIN), side(&moved(|i| 0.5 + i / 100.0)));
    let higher = against(metric, Some("requests/s higher"), &old, &new);
    assert_eq!(higher.verdict, Some(Verdict::Improved));
    let neither = against(metric, Some("requests/s none"), &old, &new);
    assert_eq!((neither.verdict, neither.reason), (None, None));
    assert!(neither.change.is_some());
}

#[test]
fn fewer_than_eight_rounds_are_compared_as_separate_samples() {
    let slower = times(&MAIN[..5], &[3.0, 3.1, 3.2, 3.3, 3.4]);
    assert_eq!(slower.verdict, Some(Verdict::Regressed));
    let change = slower.change.unwrap();
    let (low, high) = change.interval.unwrap();
    assert!(close(low, 3.0 - 2.08) && close(high, 3.4 - 2.0), "{low} {high}");
    assert_eq!(change.test, Test::Separate { baseline: 5, subject: 5, same_batch: true });
    assert!(close(change.p.unwrap(), 2.0 / 252.0));
}

#[test]
fn four_against_five_are_too_few() {
    let few = times(&MAIN[..5], &[9.0, 9.1, 9.2, 9.3]);
    let reason = Reason::TooFew { baseline: 5, subject: 4 };
    assert_eq!((few.verdict, few.reason), (Some(Verdict::Inconclusive), Some(reason)));
    let change = few.change.unwrap();
    assert!(close(change.estimate, 9.15 - 2.04)); // of the medians
    assert_eq!((change.interval, change.p), (None, None));
}

#[test]
fn times_of_another_batch_are_inconclusive_at_best() {
    let metric = ("build", "wall_seconds");
    let old = series(metric.0, metric.1, 1, &MAIN);
    let new = series(metric.0, metric.1, 2, &moved(|_| 9.0));
    let other = against(metric, None, &old, &new);
    assert_eq!(other.reason, Some(Reason::OtherBatch { batches: 1 }));
    assert_eq!(other.verdict, Some(Verdict::Inconclusive));
    assert!(other.change.unwrap().interval.is_some());
}

#[test]
fn a_coarse_clock_gives_no_verdict_below_its_resolution() {
    let metric = ("start", "ready_seconds");
    let clocked = |by: f64, resolution: f64| {
        let old = series(metric.0, metric.1, 1, &MAIN);
        let mut new = series(metric.0, metric.1, 1, &moved(|_| by));
        new.resolution_seconds = resolution;
        against(metric, None, &old, &new)
    };
    assert_eq!(clocked(0.5, 0.4).verdict, Some(Verdict::Regressed));
    assert_eq!(clocked(0.5, 1.0).verdict, Some(Verdict::Inconclusive));
    assert_eq!(clocked(0.0, 1.0).reason, Some(Reason::Coarse { seconds: 1.0 }));
    assert_eq!(clocked(0.0, 0.001).verdict, Some(Verdict::Unchanged));
}

#[test]
fn one_exact_value_of_each_side_is_enough() {
    // Floors: 0.1 % and 64 KiB. Of 100 MB the former counts, of 10 MB the latter.
    let verdict = |old: f64, new: f64| sizes(&[old], &[new]).verdict.unwrap();
    assert_eq!(verdict(100e6, 100e6 + 100_000.0), Verdict::Unchanged);
    assert_eq!(verdict(100e6, 100e6 + 100_001.0), Verdict::Regressed);
    assert_eq!(verdict(10e6, 10e6 - 65_536.0), Verdict::Unchanged);
    assert_eq!(verdict(10e6, 10e6 - 65_537.0), Verdict::Improved);
}

#[test]
fn an_exact_metric_that_differs_between_runs_is_mixed() {
    let mixed = sizes(&[100e6], &[100e6, 100.2e6]);
    let reason = Reason::OtherValues(Role::Subject);
    assert_eq!((mixed.verdict, mixed.reason), (Some(Verdict::Mixed), Some(reason)));
    // Within the floor of 100 kB they count as equal.
    assert_eq!(sizes(&[100e6, 100.01e6], &[50e6]).verdict, Some(Verdict::Improved));
}

#[test]
fn exact_values_about_the_floor_are_inconclusive() {
    // Differences from 90 to 190 kB across the floor of 100 kB.
    let near = sizes(&[100e6, 100.05e6], &[100.14e6, 100.19e6]);
    assert_eq!((near.verdict, near.reason), (Some(Verdict::Inconclusive), Some(Reason::Wide)));
}

#[test]
fn runs_that_executed_different_steps_get_no_verdict() {
    let metric = ("build", "wall_seconds");
    let old = series(metric.0, metric.1, 1, &MAIN);
    let mut new = series(metric.0, metric.1, 1, &MAIN);
    new.add_steps(None, Some((3, 0)));
    new.add_steps(None, Some((0, 3)));
    let mixed = against(metric, None, &old, &new);
    assert_eq!(mixed.verdict, Some(Verdict::Mixed));
    assert_eq!(mixed.reason, Some(Reason::OtherSteps(Role::Subject)));
    assert!(mixed.change.is_none());
}

#[test]
fn work_that_was_killed_is_no_better_for_using_less() {
    let metric = ("stats", "memory_peak_bytes");
    let old = series(metric.0, metric.1, 1, &[100e6; 8]);
    let mut new = series(metric.0, metric.1, 1, &[60e6; 8]);
    assert_eq!(against(metric, None, &old, &new).verdict, Some(Verdict::Improved));
    new.set_metric("oom_kills", 0.0);
    assert_eq!(against(metric, None, &old, &new).verdict, Some(Verdict::Improved));
    new.set_metric("oom_kills", 1.0);
    let killed = against(metric, None, &old, &new);
    assert_eq!(killed.verdict, Some(Verdict::Mixed));
    assert_eq!(killed.reason, Some(Reason::Killed(Role::Subject)));
    assert!(killed.change.is_none());
    let killed = against(metric, None, &new, &old);
    assert_eq!(killed.reason, Some(Reason::Killed(Role::Baseline)));
}

#[test]
fn what_only_one_side_has_is_missing_or_new() {
    let metric = ("build", "wall_seconds");
    let with = series(metric.0, metric.1, 1, &MAIN);
    let without = series(metric.0, "span_seconds", 1, &MAIN);
    let gone = against(metric, None, &with, &without);
    let reason = Reason::NoMetric(Role::Subject);
    assert_eq!((gone.verdict, gone.reason), (Some(Verdict::Missing), Some(reason)));
    assert_eq!(gone.baseline.unwrap().n, 8);
    assert_eq!(against(metric, None, &without, &with).verdict, Some(Verdict::New));
}

#[test]
fn a_metric_that_needs_what_is_not_known_is_neither_missing_nor_judged() {
    let metric = ("size", "own_dead_bytes");
    let with = series(metric.0, metric.1, 1, &[7.0]);
    let without = series(metric.0, "size_bytes", 1, &[7.0]);
    let unknown = against(metric, None, &with, &without);
    assert_eq!(unknown.verdict, Some(Verdict::Inconclusive));
    let reason = unknown.reason.unwrap().to_string();
    assert_eq!(reason, "this subject has no such metric: the base image is not known");
    assert_eq!(against(metric, None, &without, &with).verdict, Some(Verdict::New));
    let failed = series(metric.0, metric.1, 1, &[]);
    assert_eq!(against(metric, None, &with, &failed).verdict, Some(Verdict::Missing));
}

#[test]
fn a_baseline_without_a_good_run_makes_nothing_new() {
    let metric = ("build", "wall_seconds");
    let old = series(metric.0, metric.1, 1, &[]);
    let new = series(metric.0, metric.1, 1, &MAIN);
    let compared = against(metric, None, &old, &new);
    let reason = Reason::NoGoodRun(Role::Baseline);
    assert_eq!((compared.verdict, compared.reason), (Some(Verdict::Missing), Some(reason)));
}

#[test]
fn swapping_the_sides_swaps_the_verdict() {
    let mirrored = |verdict| match verdict {
        Some(Verdict::Regressed) => Some(Verdict::Improved),
        Some(Verdict::Improved) => Some(Verdict::Regressed),
        other => other,
    };
    for by in [-0.6, -0.3, -0.05, 0.0, 0.05, 0.3, 0.6] {
        let new = moved(|i| by + i / 1000.0);
        let (there, back) = (times(&MAIN, &new), times(&new, &MAIN));
        assert_eq!(there.verdict, mirrored(back.verdict), "{by}");
        let (there, back) = (there.change.unwrap(), back.change.unwrap());
        assert!(close(there.estimate, -back.estimate), "{by}");
    }
}

#[test]
fn nor_does_the_estimate_where_rounds_differ_by_more_than_the_median() {
    // Differences of -0.9 (5) and -9.9 (3): the median of their averages is -5.4.
    let old = [1.0, 10.0, 1.0, 10.0, 1.0, 10.0, 1.0, 1.0];
    let change = times(&old, &[0.1; 8]).change.unwrap();
    assert_eq!((change.estimate, change.baseline), (-1.0, 1.0));
    let (low, high) = change.interval.unwrap();
    assert!(close(low, -1.0) && close(high, -0.9), "{low} {high}");
}

#[test]
fn no_time_falls_by_more_than_all_of_it() {
    // The smallest difference is 1.00 - 9.14, the largest 1.00 - 2.00; the
    // median of the baseline stays 2.07.
    let mut old = MAIN;
    old[7] = 9.14;
    let found = times(&old, &[1.0; 8]).change.unwrap();
    let (low, high) = found.interval.unwrap();
    assert!(close(low, -2.07) && close(high, -1.0), "{low} {high}");
    assert!(close(found.relative(low).unwrap(), -1.0));
}

#[test]
fn what_may_be_negative_falls_as_far_as_the_test_allows() {
    let balance = |values: &[f64]| series("mine", "balance", 1, values);
    let mut old = MAIN;
    old[7] = 9.14;
    let found = against(("mine", "balance"), None, &balance(&old), &balance(&[-1.0; 8]));
    assert!(close(found.change.unwrap().interval.unwrap().0, -10.14));
}
