//! The rule of the verdict: is a change real, and does it matter?
//!
//! - *regressed*, *improved*: the interval at [`ALPHA`] excludes 0, so the change
//!   is real; and the one-sided bound of a [`Level`] lies beyond the floor, so it
//!   matters.
//! - *unchanged*: the interval at [`EQUIVALENCE_ALPHA`] lies within the floor (two
//!   one-sided tests: D. J. Schuirmann, Journal of Pharmacokinetics and
//!   Biopharmaceutics 15, 1987).
//! - else *inconclusive*. Where the interval at [`ALPHA`] of batches of different days
//!   holds 0, that is no sign of a change: it never fails a build, however the user takes
//!   what is inconclusive ([`Change::is_within_spread`]).
//!
//! Two different errors need two levels. That a change is called real though there
//! is none is the error that fails a build for nothing: at most [`ALPHA`], at any
//! noise. That a real one of 4 % is called one of 5 % does little harm.

use dp_record::Better;

use crate::judge::change::{Bounds, Change, Test};
use crate::judge::verdict::{ALPHA, Reason, Verdict};

/// Probability of calling a change within the floor that lies on it, on either
/// side.
pub(crate) const EQUIVALENCE_ALPHA: f64 = 0.10;

/// Verdicts up to which the loosest bound holds: the headlines of one subject.
const FEW: usize = 3;
/// Probability of the loosest bound: of changes that are as large as the floor,
/// one in ten is called larger.
const LOOSE: f64 = 0.10;
/// Verdicts from which on the bound is an end of the interval at [`ALPHA`].
const MANY: usize = 27;
const STRICT: f64 = ALPHA / 2.0;

/// How surely a change must lie beyond the floor, which is one-sided and depends
/// on how many verdicts of tests a report gives: each is a chance to be wrong.
///
/// | verdicts | 3 | 4 | 6 | 9 | 15 | 27 |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | probability in % | 10 | 3.4 | 2.2 | 1.5 | 0.9 | 0.5 |
///
/// Above 3 the probabilities of all verdicts have the same sum (C. E. Bonferroni,
/// 1936), which is the one that ends at 27 where the interval at [`ALPHA`] does.
/// The sum is no error rate, since it is that of changes that lie on the floor:
/// where nothing changed, at a noise of 15 %, at most one report in 20 holds a
/// false verdict, with up to 27 verdicts and at any number of rounds. A line from
/// 10 % at 3 to 0.5 % at 27, straight or by a power, does not keep that at 6 to 15
/// verdicts of 8 or 10 rounds. The `verdicts` bench shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Probability that a bound is wrong.
    pub(crate) alpha: f64,
}

impl Level {
    /// The level for so many verdicts of tests.
    pub(crate) fn of(verdicts: usize) -> Self {
        let alpha = match verdicts {
            ..=FEW => LOOSE,
            MANY.. => STRICT,
            between => STRICT * MANY as f64 / between as f64,
        };
        Self { alpha }
    }
}

/// The verdict on a change. An example with a floor of 0.10 s, of a time:
///
/// | interval | bounds | verdict |
/// | --- | --- | --- |
/// | +0.05 .. +0.57 | +0.20 .. +0.44 | regressed: real, and beyond the floor |
/// | -0.57 .. -0.05 | -0.44 .. -0.20 | improved |
/// | -0.12 .. +0.11 | -0.09 .. +0.08 | unchanged: within the floor |
/// | -0.05 .. +0.57 | +0.12 .. +0.44 | inconclusive: it may be nothing at all |
/// | +0.02 .. +0.20 | +0.08 .. +0.15 | inconclusive: it may be too small to matter |
pub(crate) fn judge(better: Better, change: &Change) -> (Verdict, Option<Reason>) {
    let inconclusive = |reason| (Verdict::Inconclusive, Some(reason));
    if let Test::Separate { same_batch: false, .. } = change.test {
        return inconclusive(Reason::OtherBatch { batches: 1 });
    }
    let Some((low, high)) = change.interval else { return inconclusive(too_few(change.test)) };
    let bounds = change.bounds.unwrap_or(exact((low, high)));
    let is_real = low > 0.0 || high < 0.0;
    let visible = change.visible();
    if is_real && (bounds.low > visible || bounds.high < -visible) {
        // Equal subjects differed by up to `noise`: an interval of +0.50 .. +0.57
        // with a noise of 0.51 may be all noise.
        if low <= change.noise && high >= -change.noise {
            return inconclusive(Reason::Noise { share: change.relative(change.noise) });
        }
        let worse = (low > 0.0) == (better == Better::Lower);
        return (if worse { Verdict::Regressed } else { Verdict::Improved }, None);
    }
    let (low, high) = bounds.equivalence;
    if low < -change.floor || high > change.floor {
        return inconclusive(wide(change));
    }
    // Within the floor, but the clock could not have shown a change of that size.
    if change.resolution > change.floor {
        return inconclusive(Reason::Coarse { seconds: change.resolution });
    }
    (Verdict::Unchanged, None)
}

/// Exact values leave nothing to chance: their interval is every bound.
fn exact((low, high): (f64, f64)) -> Bounds {
    Bounds { alpha: 0.0, low, high, equivalence: (low, high), chance: 0.0 }
}

/// Why an interval that reaches across the floor says nothing.
fn wide(change: &Change) -> Reason {
    match change.test {
        Test::Batches { baseline: batches, .. } if change.is_within_spread() => {
            let half = change.interval.map(|(low, high)| (high - low) / 2.0);
            Reason::WithinSpread { batches, share: half.and_then(|half| change.relative(half)) }
        }
        Test::Batches { baseline: batches, .. } => Reason::NearFloor { batches },
        _ => Reason::Wide,
    }
}

fn too_few(test: Test) -> Reason {
    let (baseline, subject) = match test {
        Test::Separate { baseline, subject, .. } => (baseline, subject),
        Test::Paired { rounds } => (rounds, rounds),
        Test::Exact | Test::Batches { .. } => (1, 1),
    };
    Reason::TooFew { baseline, subject }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A floor of 0.10.
    fn verdict(interval: (f64, f64), bounds: (f64, f64), equivalence: (f64, f64)) -> Verdict {
        let (low, high) = bounds;
        let change = Change {
            estimate: f64::midpoint(low, high),
            interval: Some(interval),
            bounds: Some(Bounds { alpha: 0.1, low, high, equivalence, chance: 0.01 }),
            baseline: 2.0,
            test: Test::Paired { rounds: 8 },
            p: None,
            floor: 0.10,
            minimum_detectable: None,
            resolution: 0.0,
            noise: 0.0,
        };
        judge(Better::Lower, &change).0
    }

    #[test]
    fn a_change_must_be_real_and_matter() {
        let wide = (0.0, 0.6);
        assert_eq!(verdict((0.05, 0.57), (0.2, 0.44), wide), Verdict::Regressed);
        assert_eq!(verdict((-0.57, -0.05), (-0.44, -0.2), wide), Verdict::Improved);
        // Not real; real and perhaps too small; on the floor.
        assert_eq!(verdict((-0.05, 0.57), (0.12, 0.44), wide), Verdict::Inconclusive);
        assert_eq!(verdict((0.02, 0.57), (0.09, 0.44), wide), Verdict::Inconclusive);
        assert_eq!(verdict((0.02, 0.57), (0.10, 0.44), wide), Verdict::Inconclusive);
        assert_eq!(verdict((0.0, 0.57), (0.12, 0.44), wide), Verdict::Inconclusive);
    }

    #[test]
    fn what_is_equivalent_is_unchanged_though_a_wider_interval_reaches_further() {
        let within = (-0.10, 0.10);
        assert_eq!(verdict((-0.2, 0.2), (-0.07, 0.07), within), Verdict::Unchanged);
        assert_eq!(verdict((0.01, 0.2), (0.03, 0.07), within), Verdict::Unchanged);
        assert_eq!(verdict((-0.2, 0.2), (-0.07, 0.07), (-0.1, 0.101)), Verdict::Inconclusive);
    }

    #[test]
    fn the_more_verdicts_a_report_gives_the_surer_each_must_be() {
        let alphas: Vec<f64> = (0..40).map(|verdicts| Level::of(verdicts).alpha).collect();
        assert!(alphas.is_sorted_by(|one, next| one >= next), "{alphas:?}");
        assert!(alphas[..=3].iter().all(|alpha| (alpha - 0.10).abs() < 1e-15));
        assert!(alphas[27..].iter().all(|alpha| (alpha - 0.005).abs() < 1e-15));
        assert!((alphas[9] - 0.015).abs() < 1e-15, "{alphas:?}");
    }
}
