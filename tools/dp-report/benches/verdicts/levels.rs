//! How often changes of level are found where they are, and how often where there is none:
//! what a history is told by, on series of which the levels are known.

use std::thread;

use dp_math::change_points;
use fastrand::Rng;

use crate::noise::{Noise, times};

/// Fewest runs of a level, and the chance of a change where there is none: as dp-report
/// takes them.
const SHORTEST: usize = 5;
const ALPHA: f64 = 0.01;
/// Width of the noise of a run.
const NOISE: Noise = Noise::Lognormal(0.03);
/// A place is found if it is off by at most so many runs.
const OFF: usize = 1;

/// Series of one kind.
struct Series {
    name: &'static str,
    /// Runs and level, one after the other.
    levels: &'static [(usize, f64)],
    /// Most of them, as a share, that may have another number of levels.
    most_wrong: f64,
}

/// A level that ends five runs ago is the shortest that can be told.
const SERIES: [Series; 9] = [
    Series { name: "10 runs alike", levels: &[(10, 2.0)], most_wrong: ALPHA },
    Series { name: "15 runs alike", levels: &[(15, 2.0)], most_wrong: ALPHA },
    Series { name: "40 runs alike", levels: &[(40, 2.0)], most_wrong: ALPHA },
    Series { name: "120 runs alike", levels: &[(120, 2.0)], most_wrong: ALPHA },
    Series { name: "200 runs alike", levels: &[(200, 2.0)], most_wrong: ALPHA },
    Series { name: "20, then 20 with +10 %", levels: &[(20, 2.0), (20, 2.2)], most_wrong: 0.05 },
    Series { name: "35, then 5 with +20 %", levels: &[(35, 2.0), (5, 2.4)], most_wrong: 0.05 },
    Series {
        name: "+15 %, taken back",
        levels: &[(20, 2.0), (10, 2.3), (20, 2.0)],
        most_wrong: 0.05,
    },
    // Of two steps in one direction one is more often put beside its place.
    Series {
        name: "+10 %, and +10 % again",
        levels: &[(30, 2.0), (30, 2.2), (30, 2.42)],
        most_wrong: 0.2,
    },
];

impl Series {
    fn draw(&self, rng: &mut Rng) -> Vec<f64> {
        let levels = self.levels.iter().map(|(runs, level)| (*runs, [*level]));
        levels.flat_map(|(runs, level)| times(NOISE, &level, runs, rng)).flatten().collect()
    }

    /// Whether each change was found, at its place, and nothing else.
    fn is_right(&self, found: &[usize]) -> bool {
        let mut at = 0;
        let truth = self.levels[..self.levels.len() - 1].iter().map(|(runs, _)| {
            at += runs;
            at
        });
        found.len() == self.levels.len() - 1
            && truth.zip(found).all(|(truth, found)| truth.abs_diff(*found) <= OFF)
    }

    /// Of how many of them.
    fn wrong(&self, place: usize, count: usize) -> usize {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let part = |worker: usize| {
            let of_series = |number: &usize| {
                let mut rng = Rng::with_seed(((place as u64) << 32) + *number as u64);
                !self.is_right(&change_points(&self.draw(&mut rng), SHORTEST, ALPHA))
            };
            (worker..count).step_by(workers).filter(of_series).count()
        };
        let part = &part;
        thread::scope(|scope| {
            let parts: Vec<_> =
                (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
            parts.into_iter().map(|one| one.join().unwrap()).sum()
        })
    }
}

/// Prints a line for each kind of series; answers how many limits are broken, by more than
/// chance does (three standard errors).
pub(crate) fn run(count: usize) -> usize {
    println!("\nlevels of a history, {count} series a line; shares in %");
    println!("{:48} {:>9}  limit", "", "not right");
    let mut broken = 0;
    for (place, series) in SERIES.iter().enumerate() {
        let share = series.wrong(place, count) as f64 / count as f64;
        let limit = series.most_wrong;
        let error = (limit * (1.0 - limit) / count as f64).sqrt();
        let good = share <= limit + 3.0 * error;
        broken += usize::from(!good);
        let word = if good { "" } else { ": BROKEN" };
        println!("{:48} {:>9.2}  at most {:.0} %{word}", series.name, 100.0 * share, 100.0 * limit);
    }
    broken
}
