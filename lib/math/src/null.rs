//! How a sum of ranks is distributed when there is no difference: by counting, or nearly normal.

use crate::count::{count_choices, count_signs};
use crate::normal::upper_tail;
use crate::rank::Method;

/// Signed ranks are counted up to this many; above, the approximation gives 0.0100 as 0.0102.
const MOST_SIGNS: usize = 200;

/// Choices of `k` out of `n` are counted while `k * n` is at most this: 100 against 100.
///
/// The work is of the order of `(k * n)^2`, and where one sample is small (where the normal
/// approximation is worst) the other may be large. Where the approximation takes over, it gives a
/// true p of 0.0100 as 0.0103 at 100 against 100, as 0.0115 at 10 against 1,990.
const MOST_CHOICES: usize = 20_000;

/// The largest deviation from the low end that a test at level alpha still rejects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Critical {
    /// Largest `c` with two-sided p of at most alpha.
    pub(crate) value: usize,
    /// `1 - p(c)`: what an interval from this test covers at least.
    pub(crate) coverage: f64,
    /// How the distribution was found.
    pub(crate) method: Method,
}

/// Distribution of a sum of weights (doubled ranks), less its least possible value, in `unit`s.
#[derive(Debug)]
pub(crate) struct Null {
    /// Doubled ranks per step: 2 where all are even (no ties), which halves the work; else 1.
    unit: usize,
    /// The least possible sum, in doubled ranks.
    least: usize,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// P(T <= t) and P(T >= t) for t = 0, 1, ...
    Counted { at_most: Vec<f64>, at_least: Vec<f64> },
    /// Mean, standard deviation, and half a rank, in steps.
    Normal { mean: f64, sd: f64, half_rank: f64 },
}

impl Null {
    /// Sum of `k` of the `doubled` ranks (ascending), each choice of `k` being equally likely.
    pub(crate) fn choosing(doubled: &[usize], k: usize) -> Self {
        let unit = unit_of(doubled);
        let least: usize = doubled.iter().take(k).sum();
        let shape = if k * doubled.len() <= MOST_CHOICES {
            counted(&count_choices(&in_units(doubled, unit), k))
        } else {
            normal_of_choices(doubled, k, least, unit)
        };
        Self { unit, least, shape }
    }

    /// Sum of those of the `doubled` ranks that get a plus, each of the 2^n signs equally likely.
    pub(crate) fn signing(doubled: &[usize]) -> Self {
        let unit = unit_of(doubled);
        let shape = if doubled.len() <= MOST_SIGNS {
            counted(&count_signs(&in_units(doubled, unit)))
        } else {
            normal_of_signs(doubled, unit)
        };
        Self { unit, least: 0, shape }
    }

    /// How this distribution was found.
    pub(crate) fn method(&self) -> Method {
        match self.shape {
            Shape::Counted { .. } => Method::Exact,
            Shape::Normal { .. } => Method::Normal,
        }
    }

    /// Two-sided p of a sum of doubled ranks.
    pub(crate) fn p_of_sum(&self, doubled_sum: usize) -> f64 {
        self.p_of_step((doubled_sum - self.least) / self.unit)
    }

    /// The critical value at `alpha` below the middle of `0..=max` steps (at least 1), for a null that is
    /// symmetric (no ties); `None` if even 0 is not rejected, or `alpha` is not between 0 and 1.
    pub(crate) fn critical(&self, max: usize, alpha: f64) -> Option<Critical> {
        let rejected = |c: usize| self.p_of_step(c) <= alpha;
        if alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 || !rejected(0) {
            return None;
        }
        let (mut value, mut end) = (0, max.div_ceil(2)); // p rises from 0 up to the middle
        while end - value > 1 {
            let middle = usize::midpoint(value, end);
            if rejected(middle) {
                value = middle;
            } else {
                end = middle;
            }
        }
        Some(Critical { value, coverage: 1.0 - self.p_of_step(value), method: self.method() })
    }

    fn p_of_step(&self, t: usize) -> f64 {
        let tail = match &self.shape {
            Shape::Counted { at_most, at_least } => at_most[t].min(at_least[t]),
            Shape::Normal { mean, sd, half_rank } => {
                let z = ((t as f64 - mean).abs() - half_rank) / sd;
                if z > 0.0 { upper_tail(z) } else { 0.5 }
            }
        };
        (2.0 * tail).clamp(f64::MIN_POSITIVE, 1.0)
    }
}

fn unit_of(doubled: &[usize]) -> usize {
    if doubled.iter().all(|rank| rank % 2 == 0) { 2 } else { 1 }
}

fn in_units(doubled: &[usize], unit: usize) -> Vec<usize> {
    doubled.iter().map(|rank| rank / unit).collect()
}

/// Tail probabilities from counts; a quotient of whole numbers as long as these are below 2^53.
fn counted(counts: &[f64]) -> Shape {
    let running = |sum: &mut f64, count: &f64| {
        *sum += count;
        Some(*sum)
    };
    let total: f64 = counts.iter().sum();
    let at_most = counts.iter().scan(0.0, running);
    let at_least: Vec<f64> = counts.iter().rev().scan(0.0, running).collect();
    Shape::Counted {
        at_most: at_most.map(|count| count / total).collect(),
        at_least: at_least.iter().rev().map(|count| count / total).collect(),
    }
}

/// Mean and variance of a sum of `k` drawn without replacement; ties enter by the ranks themselves
/// (equal to Hollander and Wolfe's correction by the sum of t^3 - t).
fn normal_of_choices(doubled: &[usize], k: usize, least: usize, unit: usize) -> Shape {
    let (n, k) = (doubled.len() as f64, k as f64);
    let mean = n + 1.0; // of doubled ranks, with ties or without
    let squares: f64 = doubled.iter().map(|r| (*r as f64 - mean).powi(2)).sum();
    let variance = k * (n - k) / (n * (n - 1.0)) * squares;
    let unit = unit as f64;
    Shape::Normal {
        mean: (k * mean - least as f64) / unit,
        sd: variance.sqrt() / unit,
        half_rank: 1.0 / unit,
    }
}

/// Mean and variance of a sum of ranks with random signs.
fn normal_of_signs(doubled: &[usize], unit: usize) -> Shape {
    let sum: f64 = doubled.iter().map(|r| *r as f64).sum();
    let squares: f64 = doubled.iter().map(|r| (*r as f64).powi(2)).sum();
    let unit = unit as f64;
    Shape::Normal { mean: sum / 2.0 / unit, sd: squares.sqrt() / 2.0 / unit, half_rank: 1.0 / unit }
}
