//! By how much a metric moved, and how sure that is.

/// By how much a metric moved. All figures are in its unit, subject less
/// baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Hodges-Lehmann's estimate; the difference of the medians where there
    /// are too few runs, and for exact metrics.
    pub(crate) estimate: f64,
    /// All changes that the test does not rule out; none with too few runs.
    pub(crate) interval: Option<(f64, f64)>,
    /// Bounds of the same test that rule out more, less surely; none for exact
    /// metrics and with too few runs.
    pub(crate) bounds: Option<Bounds>,
    /// Median of the baseline, or the middle of its batches.
    pub(crate) baseline: f64,
    /// How it was compared.
    pub(crate) test: Test,
    /// Two-sided p of that test.
    pub(crate) p: Option<f64>,
    /// The smallest change that matters.
    pub(crate) floor: f64,
    /// The smallest change that these runs could have shown, for noisy metrics.
    pub(crate) minimum_detectable: Option<f64>,
    /// The smallest difference that the measurement resolves, 0 if not known.
    pub(crate) resolution: f64,
    /// The largest difference that equal subjects showed, 0 if not known.
    pub(crate) noise: f64,
}

/// Within which bounds a change lies, by the test of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Probability that the true change lies below `low`, and that it lies above
    /// `high`.
    pub(crate) alpha: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The interval that shows that two are equal.
    pub(crate) equivalence: (f64, f64),
    /// Probability that the interval of the change excludes 0 though nothing
    /// changed.
    pub(crate) chance: f64,
}

/// How a metric was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Exact,
    /// Signed rank over rounds.
    Paired {
        rounds: usize,
    },
    /// Rank sum.
    Separate {
        /// Runs of the baseline.
        baseline: usize,
        /// Runs of the subject.
        subject: usize,
        /// Whether both were measured in the same invocations, as often in each.
        same_batch: bool,
    },
    /// Student's t over the medians of batches of different days.
    Batches {
        /// Batches of the baseline.
        baseline: usize,
        /// Batches of the subject.
        subject: usize,
    },
}

impl Change {
    /// The smallest difference that is seen: what a clock of 1 s resolves begins
    /// at 1 s, though the floor be 0.1 s.
    pub(crate) fn visible(&self) -> f64 {
        self.floor.max(self.resolution)
    }

    /// Whether batches of the baseline differ among themselves by as much: no sign of
    /// a change, though the spread may be too wide to show that there is none.
    pub(crate) fn is_within_spread(&self) -> bool {
        let of_batches = matches!(self.test, Test::Batches { .. });
        of_batches && self.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }

    /// A figure of this change as a share of the baseline; none for a
    /// baseline of 0.
    pub(crate) fn relative(&self, figure: f64) -> Option<f64> {
        let ratio = figure / self.baseline.abs();
        ratio.is_finite().then_some(ratio)
    }

    /// The bound towards 0: what the change is at least, if it is more than
    /// nothing.
    pub(crate) fn at_least(&self) -> Option<f64> {
        self.bounds.map(|bounds| if self.estimate < 0.0 { bounds.high } else { bounds.low })
    }
}
