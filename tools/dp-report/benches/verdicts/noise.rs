//! Times as machines make them, with a truth that is known: by how much one
//! subject is slower than another.
//!
//! A round runs all subjects in random order, as dp's own rounds do.

use fastrand::Rng;

/// How the times of runs scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Noise {
    /// A right tail, of this relative width.
    Lognormal(f64),
    /// Three in ten runs take 30 % longer.
    Bimodal,
    /// The machine slows down by half from the first run to the last.
    Drift,
    /// Slow times of the machine last: AR(1) with 0.9, of a width of 15 %.
    Autocorrelated,
    /// Delays as a t distribution with 1.5 degrees of freedom has them: no
    /// variance, now and then many times as long.
    HeavyTail,
}

/// Width of what scatters beside a pattern.
const BESIDE: f64 = 0.03;
/// Chance of the slow mode, and how much longer it takes.
const SLOW: (f64, f64) = (0.3, 1.3);
/// How much slower a machine is at the end of its drift.
const DRIFT: f64 = 0.5;
/// What stays of a slow time from one run to the next, and how wide they are.
const STAYS: f64 = 0.9;
const WIDTH: f64 = 0.15;
/// Degrees of freedom of the heavy tail, and the usual delay.
const FREEDOM: f64 = 1.5;
const DELAY: f64 = 0.05;

/// Times of `factors.len()` subjects in so many rounds, round by round. A run
/// takes its subject's factor on a machine without noise.
pub(crate) fn times(noise: Noise, factors: &[f64], rounds: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let mut machine = Machine { noise, runs: factors.len() * rounds, run: 0, state: 0.0 };
    machine.state = WIDTH * normal(rng);
    let round = |_| {
        let mut order: Vec<usize> = (0..factors.len()).collect();
        rng.shuffle(&mut order);
        let mut times = vec![0.0; factors.len()];
        for subject in order {
            times[subject] = factors[subject] * machine.next(rng);
        }
        times
    };
    (0..rounds).map(round).collect()
}

/// A machine that gets slower and faster.
struct Machine {
    noise: Noise,
    /// How many runs there are, and how many there were.
    runs: usize,
    run: usize,
    /// How slow it is, for what lasts.
    state: f64,
}

impl Machine {
    /// What the next run takes more than it must, as a factor.
    fn next(&mut self, rng: &mut Rng) -> f64 {
        let done = self.run as f64 / (self.runs - 1).max(1) as f64;
        self.run += 1;
        match self.noise {
            Noise::Lognormal(width) => lognormal(width, rng),
            Noise::Bimodal => {
                let mode = if rng.f64() < SLOW.0 { SLOW.1 } else { 1.0 };
                mode * lognormal(BESIDE, rng)
            }
            Noise::Drift => (1.0 + DRIFT * done) * lognormal(BESIDE, rng),
            Noise::Autocorrelated => {
                let new = WIDTH * (1.0 - STAYS * STAYS).sqrt();
                self.state = STAYS * self.state + new * normal(rng);
                self.state.exp()
            }
            Noise::HeavyTail => 1.0 + DELAY * student(FREEDOM, rng).abs(),
        }
    }
}

fn lognormal(width: f64, rng: &mut Rng) -> f64 {
    (width * normal(rng)).exp()
}

/// G. E. P. Box and M. E. Muller, Annals of Mathematical Statistics 29 (1958).
fn normal(rng: &mut Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.f64(), rng.f64());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// R. W. Bailey, Mathematics of Computation 62 (1994).
fn student(freedom: f64, rng: &mut Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.f64(), rng.f64());
    let size = (freedom * (radius.powf(-2.0 / freedom) - 1.0)).sqrt();
    size * (std::f64::consts::TAU * angle).cos()
}
