//! Looking for the smallest limit of memory under which work still passes. Pure:
//! it says what to try next, and takes the result.
//!
//! Bisection between two guesses. Above: the peak of the work without a limit,
//! which cannot need more. Below: a little less than that peak, or, for work with
//! page cache, which the kernel can take back, the anonymous memory that was
//! seen. Guesses are taken for true until the bracket is narrow, and only then
//! tried: most work needs its peak, and is done in three or four runs.
//!
//! What is recommended was tried [`CONFIRMATIONS`] times more, and held.

/// Limits are multiples of this: the largest size of a page that kernels use.
const STEP: u64 = 64 << 10;
/// The engine allows no less.
const LEAST: u64 = 6 << 20;
/// Failing and passing limits whose ratio is not above this are close enough:
/// with the margin, no more than 3 % above what is needed.
const CLOSE: f64 = 1.018;
/// What is added to what passed once. The kernel charges memory in batches of
/// 64 pages a CPU, and who gets them differs: peaks of the same work of 100 MiB
/// were seen to differ by 0.3 %.
const MARGIN: f64 = 0.01;
/// Page cache of at least this share of the peak is worth to be looked for.
const CACHED: f64 = 0.05;
/// How far below its peak work without page cache may pass, as a ratio: the
/// same batches are part of the peak, but given back when memory is short.
const CHARGED: f64 = 1.06;
/// Limited runs of the search.
pub(super) const TRIES: u32 = 6;
/// Runs under what is recommended.
pub(super) const CONFIRMATIONS: u32 = 3;
/// How often the recommendation is raised when it did not hold.
const RAISES: u32 = 3;

/// What runs without a limit have shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Peaks of memory.
    pub(super) peaks: Vec<u64>,
    /// The most anonymous memory that was seen.
    pub(super) anonymous: Option<u64>,
    /// Page cache that it usually had.
    pub(super) cache: Option<u64>,
}

/// The next step of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Run once under this limit.
    Try(u64),
    /// Run once more under the limit that is to be recommended.
    Confirm(u64),
}

impl Step {
    /// Its limit in bytes.
    pub(crate) fn limit(self) -> u64 {
        let (Self::Try(limit) | Self::Confirm(limit)) = self;
        limit
    }
}

/// A limit that holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// The limit to set.
    pub(super) recommended: u64,
    /// The smallest limit that was seen to pass, of those above all that failed.
    pub(super) passing: u64,
    /// The largest limit that was seen to fail; none if none did.
    pub(super) failing: Option<u64>,
}

/// A search.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// The least that can be thought of.
    floor: u64,
    /// The greatest that is thought to fail.
    guess: u64,
    /// The least that is thought to pass.
    high: u64,
    /// How much the peaks differ, as a share.
    spread: f64,
    failing: Option<u64>,
    passing: Option<u64>,
    tried: u32,
    recommended: Option<u64>,
    confirmed: u32,
    raised: u32,
}

impl Search {
    /// A search; none if no peak is known.
    pub(super) fn new(known: &Known) -> Option<Self> {
        let (most, least) = (*known.peaks.iter().max()?, *known.peaks.iter().min()?);
        let high = up(most as f64).max(LEAST);
        let floor = down(known.anonymous.unwrap_or(0) as f64).clamp(LEAST, high);
        let is_cached = known.cache.unwrap_or(0) as f64 >= most as f64 * CACHED;
        let guess = if is_cached { floor } else { down(most as f64 / CHARGED) };
        let guess = guess.clamp(floor, high);
        let spread = 1.0 - least as f64 / most.max(1) as f64;
        let (failing, passing, recommended) = (None, None, None);
        let (tried, confirmed, raised) = (0, 0, 0);
        Some(Self {
            floor,
            guess,
            high,
            spread,
            failing,
            passing,
            tried,
            recommended,
            confirmed,
            raised,
        })
    }

    /// The next step; none at the end.
    pub(super) fn next(&self) -> Option<Step> {
        match self.recommended {
            Some(_) if self.confirmed == CONFIRMATIONS || self.raised > RAISES => None,
            Some(limit) => Some(Step::Confirm(limit)),
            None => self.candidate().map(Step::Try),
        }
    }

    /// Takes the result of the last step.
    pub(super) fn record(&mut self, passed: bool) {
        match self.next() {
            Some(Step::Try(limit)) => {
                self.tried += 1;
                self.learn(limit, passed);
                if self.candidate().is_none() {
                    self.recommended = Some(self.proposal());
                }
            }
            Some(Step::Confirm(limit)) => {
                self.learn(limit, passed);
                self.confirmed = if passed { self.confirmed + 1 } else { 0 };
                if !passed {
                    let more = MARGIN * 3.0 * f64::from(1 << self.raised);
                    self.recommended = Some(up(limit as f64 * (1.0 + more)));
                    self.raised += 1;
                }
            }
            None => {}
        }
    }

    /// The limit that was found, at the end; none if no recommendation held.
    pub(super) fn fit(&self) -> Option<Fit> {
        let recommended = self.recommended.filter(|_| self.confirmed == CONFIRMATIONS)?;
        Some(Fit { recommended, passing: self.passing?, failing: self.failing })
    }

    /// A limit that passed below one that failed was lucky.
    fn learn(&mut self, limit: u64, passed: bool) {
        if passed {
            self.passing = Some(self.passing.map_or(limit, |least| least.min(limit)));
        } else {
            self.failing = Some(self.failing.map_or(limit, |most| most.max(limit)));
        }
        self.passing = self.passing.filter(|passing| Some(*passing) > self.failing);
    }

    /// The next limit of the search.
    fn candidate(&self) -> Option<u64> {
        (self.tried < TRIES).then(|| self.between())?
    }

    fn between(&self) -> Option<u64> {
        let (low, high) = (self.low(), self.upper());
        let narrow = high as f64 <= low as f64 * CLOSE || high - low <= STEP;
        if !narrow {
            let middle = down((low as f64 * high as f64).sqrt());
            return Some(middle.clamp(low + STEP, high - STEP));
        }
        match (self.failing, self.passing) {
            (_, None) => Some(high),
            (None, Some(passing)) => Some(low).filter(|low| *low < passing),
            (Some(_), Some(_)) => None,
        }
    }

    /// The greatest limit that failed or is thought to.
    fn low(&self) -> u64 {
        let guess = if self.passing.is_some_and(|passing| passing <= self.guess) {
            self.floor
        } else {
            self.guess
        };
        self.failing.unwrap_or(guess)
    }

    /// The least limit that passed or is thought to. Where the peak itself was not enough, the
    /// steps above it double.
    fn upper(&self) -> u64 {
        match (self.passing, self.failing) {
            (Some(passing), _) => passing,
            (None, Some(failing)) if failing >= self.high => {
                let beyond = (failing - self.high) as f64;
                up(failing as f64 + beyond + self.high as f64 * 2.0 * MARGIN)
            }
            (None, _) => self.high,
        }
    }

    /// The limit to recommend if it holds: the least that passed and a margin for how much runs
    /// differ, but never far beyond the peak.
    fn proposal(&self) -> u64 {
        let passing = self.upper();
        let wanted = passing as f64 * (1.0 + self.spread.max(MARGIN));
        up(wanted.min(passing.max(self.high) as f64 * (1.0 + MARGIN)))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of a machine")]
fn up(bytes: f64) -> u64 {
    (bytes / STEP as f64).ceil() as u64 * STEP
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of a machine")]
fn down(bytes: f64) -> u64 {
    (bytes / STEP as f64).floor() as u64 * STEP
}

#[cfg(test)]
#[path = "search_test.rs"]
mod tests;
