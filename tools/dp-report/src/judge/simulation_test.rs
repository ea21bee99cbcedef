//! How often verdicts are wrong, and how often they find what is there: few and
//! seeded data sets. The `verdicts` bench has many, of every kind.

use dp_record::{SeriesKey, Subject};
use fastrand::Rng;

use crate::input::environments::Environments;
use crate::input::measure::Measure;
use crate::input::selection::Selection;
use crate::input::series::{Run, Series, Side};
use crate::judge::compare::{Comparison, Terms, compare};
use crate::judge::rule::Level;
use crate::judge::verdict::Verdict;
use noise::Noise;

#[path = "../../benches/verdicts/noise.rs"]
pub(super) mod noise;

const DATA_SETS: usize = 600;

/// The two sides of one data set: seconds, of a metric with a floor of 5 %.
fn compared(noise: Noise, change: f64, rounds: usize, level: Level, rng: &mut Rng) -> Comparison {
    let times = noise::times(noise, &[2.0, 2.0 * (1.0 + change)], rounds, rng);
    let side = |subject: usize| {
        let key = SeriesKey::new("bench", &Subject::default());
        let mut series = Series::new(Side::Input, key);
        for (round, times) in (1..).zip(&times) {
            let (batch, round) = (Some(1), Some(round));
            series.runs.push(Run { batch, round, warmup: false, source: 0, line: 1 });
            series.set_metric("x_seconds", times[subject]);
        }
        series
    };
    let lower = Some("seconds lower");
    let measure = Measure::of("bench", "x_seconds", lower, &Selection::default());
    let environments = Environments::default();
    let terms = Terms { environments: &environments, across: &[], level };
    compare(&measure, (&side(0), &side(1)), 0.0, &terms)
}

/// The share of data sets of which the verdict is one of these.
fn share(verdicts: &[Verdict], (noise, change, rounds): (Noise, f64, usize), level: Level) -> f64 {
    let mut rng = Rng::with_seed(7);
    let mut given = || compared(noise, change, rounds, level, &mut rng).verdict;
    let is_one = |verdict: Option<Verdict>| verdict.is_some_and(|it| verdicts.contains(&it));
    (0..DATA_SETS).filter(|_| is_one(given())).count() as f64 / DATA_SETS as f64
}

/// Three standard errors of a share.
fn slack(share: f64) -> f64 {
    3.0 * (share * (1.0 - share) / DATA_SETS as f64).sqrt()
}

const CHANGED: [Verdict; 2] = [Verdict::Regressed, Verdict::Improved];
const REGRESSED: [Verdict; 1] = [Verdict::Regressed];

#[test]
fn equal_subjects_are_told_apart_in_one_of_a_hundred_verdicts_at_most() {
    for noise in [
        Noise::Lognormal(0.05),
        Noise::Lognormal(0.4),
        Noise::Bimodal,
        Noise::Drift,
        Noise::Autocorrelated,
        Noise::HeavyTail,
    ] {
        for rounds in [8, 20] {
            let told = share(&CHANGED, (noise, 0.0, rounds), Level::of(3));
            assert!(told <= 0.01 + slack(0.01), "{noise:?} {rounds}: {told}");
        }
    }
}

#[test]
fn a_change_of_twice_the_floor_is_found_and_one_below_it_is_none() {
    let at = |change| share(&REGRESSED, (Noise::Lognormal(0.05), change, 20), Level::of(3));
    let (found, small, floor) = (at(0.10), at(0.03), at(0.05));
    assert!(found >= 0.9, "{found}");
    assert!(small <= 0.02 + slack(0.02), "{small}");
    // The level is that of one bound, and no more careful.
    assert!((floor - 0.1).abs() <= slack(0.1), "{floor}");
}

#[test]
fn many_verdicts_in_a_report_leave_few_reports_with_a_false_one() {
    for rounds in [8, 20] {
        for verdicts in [9_u32, 27] {
            let most = 0.05 / f64::from(verdicts);
            let level = Level::of(verdicts as usize);
            let wrong = share(&CHANGED, (Noise::Lognormal(0.15), 0.0, rounds), level);
            assert!(wrong <= most + slack(most), "{verdicts}, {rounds}: {wrong}");
        }
    }
}

#[test]
fn a_change_of_the_minimum_detectable_size_is_found_about_every_second_time() {
    let (noise, level) = (Noise::Lognormal(0.05), Level::of(3));
    for rounds in [8, 20] {
        let mut rng = Rng::with_seed(8);
        let smallest = (0..DATA_SETS).map(|_| {
            let change = compared(noise, 0.1, rounds, level, &mut rng).change.unwrap();
            change.relative(change.minimum_detectable.unwrap()).unwrap()
        });
        let mut smallest: Vec<f64> = smallest.collect();
        smallest.sort_by(f64::total_cmp);
        let typical = smallest[DATA_SETS / 2];
        let found = |change: f64| share(&REGRESSED, (noise, change, rounds), level);
        let (half, one, double) = (found(typical / 2.0), found(typical), found(2.0 * typical));
        assert!(half < 0.1 && double > 0.95, "{rounds}: {half} {double}");
        assert!((0.4..0.65).contains(&one), "{rounds}: {typical} {one}");
    }
}
