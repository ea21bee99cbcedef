//! How often batches of equal builds are told apart, and how often a change is
//! found, over seeded baselines. The `verdicts` bench has many more.

use dp_record::{SeriesKey, Subject};
use fastrand::Rng;

use crate::input::environments::Environments;
use crate::input::measure::Measure;
use crate::input::selection::Selection;
use crate::input::series::{Run, Series, Side};
use crate::judge::batches::Between;
use crate::judge::compare::{Comparison, Terms, compare};
use crate::judge::rule::Level;
use crate::judge::simulation_test::noise::{Noise, times};
use crate::judge::verdict::Verdict;

/// Data sets a cell.
const SETS: u32 = 300;
/// Noise of the runs within a batch, as a share.
const WITHIN: f64 = 0.03;

/// What is simulated.
#[derive(Clone, Copy)]
struct Cell {
    /// Noise between batches, as a share.
    noise: f64,
    batches: u32,
    /// Runs of each batch of the baseline, and of the new one.
    runs: (usize, usize),
    /// The true change.
    factor: f64,
    /// Whether one day in twenty is three times as far off: others keep the machine
    /// busy.
    busy_days: bool,
}

impl Cell {
    fn comparison(self, rng: &mut Rng) -> Comparison {
        let mut old = series(Side::Baseline);
        for batch in 0..self.batches {
            self.add(&mut old, rng, (batch, self.runs.0), 2.0);
        }
        let mut new = series(Side::Input);
        self.add(&mut new, rng, (self.batches, self.runs.1), 2.0 * self.factor);
        let measure = Measure::of("build", "wall_seconds", None, &Selection::default());
        let environments = Environments::default();
        let terms = Terms { environments: &environments, across: &[], level: Level::of(3) };
        compare(&measure, (&old, &new), 0.0, &terms)
    }

    fn add(self, series: &mut Series, rng: &mut Rng, (batch, runs): (u32, usize), level: f64) {
        let busy = self.busy_days && rng.f64() < 0.05;
        let width = if busy { 3.0 * self.noise } else { self.noise };
        let level = level * times(Noise::Lognormal(width), &[1.0], 1, rng)[0][0];
        let runs = times(Noise::Lognormal(WITHIN), &[level], runs, rng);
        for (round, times) in (1..).zip(runs) {
            let (batch, round) = (Some(batch), Some(round));
            series.runs.push(Run { batch, round, warmup: false, source: 0, line: 1 });
            series.set_metric("wall_seconds", times[0]);
        }
    }

    /// The share of data sets with one of these verdicts.
    fn share(self, verdicts: &[Verdict]) -> f64 {
        let mut rng = Rng::with_seed(15);
        let is_one = |_: &u32| {
            let verdict = self.comparison(&mut rng).verdict;
            verdict.is_some_and(|verdict| verdicts.contains(&verdict))
        };
        let count = (0..SETS).filter(is_one).count();
        count as f64 / f64::from(SETS)
    }
}

fn series(side: Side) -> Series {
    Series::new(side, SeriesKey::new("build", &Subject::default()))
}

const EQUAL: Cell = Cell { noise: 0.05, batches: 8, runs: (10, 10), factor: 1.0, busy_days: false };
const CHANGED: [Verdict; 2] = [Verdict::Regressed, Verdict::Improved];

/// Four standard deviations of a share of 1 %.
const SLACK: f64 = 0.023;

#[test]
fn equal_batches_are_called_changed_in_one_of_a_hundred() {
    for noise in [0.02, 0.05, 0.15] {
        for batches in [5, 20] {
            // As many runs as the baseline's batches have, fewer, and more.
            for runs in [(10, 10), (10, 1), (3, 10)] {
                let share = Cell { noise, batches, runs, ..EQUAL }.share(&CHANGED);
                assert!(share <= 0.01 + SLACK, "{noise} {batches} {runs:?}: {share}");
            }
        }
    }
}

#[test]
fn busy_days_double_false_alarms_at_most() {
    for noise in [0.02, 0.15] {
        for batches in [5, 20] {
            let share = Cell { noise, batches, busy_days: true, ..EQUAL }.share(&CHANGED);
            assert!(share <= 0.03, "{noise} {batches}: {share}");
        }
    }
}

#[test]
fn a_change_well_beyond_the_spread_is_found() {
    let regressed = |cell: Cell| cell.share(&[Verdict::Regressed]);
    let found = regressed(Cell { noise: 0.02, batches: 8, factor: 1.2, ..EQUAL });
    assert!(found >= 0.95, "{found}");
    let found = regressed(Cell { noise: 0.05, batches: 20, factor: 1.3, ..EQUAL });
    assert!(found >= 0.95, "{found}");
    let found = regressed(Cell { noise: 0.05, batches: 5, factor: 2.0, ..EQUAL });
    assert!(found >= 0.95, "{found}");
    // Better by as much is no regression.
    assert!(regressed(Cell { noise: 0.02, factor: 1.0 / 1.2, ..EQUAL }) <= 0.0);
}

#[test]
fn a_steady_machine_can_show_that_nothing_changed() {
    let unchanged = Cell { noise: 0.005, batches: 20, ..EQUAL }.share(&[Verdict::Unchanged]);
    assert!(unchanged >= 0.9, "{unchanged}");
}

#[test]
fn what_is_small_is_seldom_called_a_regression() {
    for noise in [0.0, 0.02, 0.05] {
        let share = Cell { noise, factor: 1.03, ..EQUAL }.share(&[Verdict::Regressed]);
        assert!(share <= 0.02 + SLACK, "{noise}: {share}");
    }
}

/// One value a batch.
fn between(baseline: &[f64], subject: f64) -> Option<Between> {
    let baseline: Vec<Vec<f64>> = baseline.iter().map(|value| vec![*value]).collect();
    Between::of(&baseline, &[vec![subject]], 0.0, 0.1)
}

#[test]
fn the_interval_is_the_one_of_the_textbook() {
    // Logarithms 1 to 5, by hand: mean 3, variance 2.5, standard error sqrt(2.5 * 1.2),
    // t(0.995, 4) = 4.604; the new one is at 3.
    let values = [1.0, 2.0, 3.0, 4.0, 5.0].map(f64::exp);
    let found = between(&values, 3.0_f64.exp()).unwrap();
    let reach = 4.604_094_871_415_897 * 3.0_f64.sqrt();
    let (low, high) = found.interval(0.01).unwrap();
    let middle = 3.0_f64.exp();
    assert!((low / (middle * (-reach).exp_m1()) - 1.0).abs() < 1e-9);
    assert!((high / (middle * reach.exp_m1()) - 1.0).abs() < 1e-9);
    assert!(found.estimate().abs() < 1e-9 && (found.p() - 1.0).abs() < 1e-9);
}

#[test]
fn four_batches_are_too_few() {
    assert!(between(&[1.0, 2.0, 3.0, 4.0], 3.0).is_none());
}

#[test]
fn no_spread_at_all_is_taken_as_what_does_not_matter() {
    let found = between(&[2.0; 6], 2.0).unwrap();
    let (low, high) = found.interval(0.01).unwrap();
    assert!(low < 0.0 && high > 0.0);
    let (low, _) = between(&[2.0; 6], 4.0).unwrap().interval(0.01).unwrap();
    assert!(low > 0.1);
}

#[test]
fn values_that_may_be_0_are_compared_as_they_are() {
    let found = between(&[0.0, 1.0, 2.0, 3.0, 4.0], 2.0).unwrap();
    let (low, high) = found.interval(0.01).unwrap();
    assert!((low + high).abs() < 1e-12 && found.estimate().abs() < 1e-12);
}
