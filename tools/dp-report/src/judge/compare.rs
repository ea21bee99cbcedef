//! One metric of a subject against its baseline: the change, and the verdict.
//!
//! Noisy metrics: exact signed rank where rounds pair both sides, else exact
//! rank sum; fixed by how the runs were made, never by their values. The
//! verdict follows from intervals of that same test and the floor.
//! Exact metrics: the range of all differences that the runs allow.

use dp_math::{Sample, Shifts, rank_sum, signed_rank};
use dp_record::kind;

use crate::input::environments::{Environments, Field};
use crate::input::measure::Measure;
use crate::input::series::{OOM_KILLS, Series};
use crate::judge::batches::Between;
use crate::judge::comparability::{Comparability, comparability};
use crate::judge::rule::{EQUIVALENCE_ALPHA, Level, judge};
use crate::judge::summary::Summary;
use crate::judge::verdict::{ALPHA, MIN_PAIRS, MIN_SEPARATE, Reason, Role, Verdict};
use crate::scale::UnitName;

pub(crate) use crate::judge::change::{Bounds, Change, Test};

/// A comparison, with what it was made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Comparison {
    /// None for metrics that are shown only.
    pub(crate) verdict: Option<Verdict>,
    /// Why, where the numbers alone do not say it.
    pub(crate) reason: Option<Reason>,
    /// None where nothing was compared.
    pub(crate) change: Option<Change>,
    /// The baseline's figures, where it has some.
    pub(crate) baseline: Option<Summary>,
}

/// On which terms metrics are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// What is known of the environments.
    pub(crate) environments: &'a Environments,
    /// What may differ in them.
    pub(crate) across: &'a [Field],
    /// How surely a change must lie beyond the floor.
    pub(crate) level: Level,
}

impl Comparison {
    /// Whether a side of a noisy metric has a single run, which says nothing
    /// about a change.
    pub(crate) fn is_single(&self) -> bool {
        let sides = self.change.as_ref().map(|change| change.test);
        matches!(sides, Some(Test::Separate { baseline, subject, .. }) if baseline.min(subject) == 1)
    }

    /// Whether both sides have the metric and it was judged: a change that may
    /// be told, or a word why none can be.
    pub(crate) fn is_judged(&self) -> bool {
        let verdict = self.verdict;
        verdict.is_some() && self.change.is_some() || verdict.is_some_and(Verdict::is_incomplete)
    }

    /// Whether a verdict across batches would fail, or came to no end: a measurement
    /// of both sides in one batch may tell more.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let Some(change) = &self.change else { return false };
        let across =
            matches!(change.test, Test::Batches { .. } | Test::Separate { same_batch: false, .. });
        across
            && match self.verdict {
                Some(Verdict::Regressed) => true,
                Some(Verdict::Inconclusive) => !change.is_within_spread(),
                _ => false,
            }
    }

    /// Whether a test decided on it, which chance may mislead: how often, if
    /// nothing changed.
    pub(crate) fn chance(&self) -> Option<f64> {
        let change = self.change.as_ref().filter(|_| self.verdict.is_some())?;
        let decides = !matches!(change.test, Test::Separate { same_batch: false, .. });
        Some(change.bounds?.chance).filter(|_| decides)
    }
}

/// Compares a metric of two series, where differences of up to `noise` were
/// seen between equal subjects.
pub(crate) fn compare(
    measure: &Measure,
    (baseline, subject): (&Series, &Series),
    noise: f64,
    terms: &Terms<'_>,
) -> Comparison {
    let (old, new) = (baseline.sample(&measure.name), subject.sample(&measure.name));
    let summary = old.as_ref().map(|sample| Summary::of(sample, measure));
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (old, _) => return one_sided(measure, old.is_some(), baseline, subject, summary),
    };
    let mut comparison = match refused(measure, (baseline, subject), terms) {
        Some((verdict, reason)) => {
            Comparison { verdict: Some(verdict), reason: Some(reason), ..Comparison::default() }
        }
        None if measure.exact => exact(measure, &old, &new),
        None => noisy(measure, (baseline, subject), noise, (&old, &new), terms.level),
    };
    comparison.baseline = summary;
    if !measure.judged {
        comparison.verdict = None;
        comparison.reason = comparison.reason.filter(|_| comparison.change.is_none());
    }
    comparison
}

/// Whether a verdict on this metric is that of a test, before it is made: how
/// many there are decides how sure each must be.
pub(crate) fn is_test(measure: &Measure, sides: (&Series, &Series), terms: &Terms<'_>) -> bool {
    if !measure.judged || measure.exact || refused(measure, sides, terms).is_some() {
        return false;
    }
    let (baseline, subject) = sides;
    let samples = (baseline.sample(&measure.name), subject.sample(&measure.name));
    let (Some(old), Some(new)) = samples else { return false };
    Evidence::of(measure, sides, (&old, &new)).decides()
}

/// Why two series are not compared, where they are not.
fn refused(
    measure: &Measure,
    (baseline, subject): (&Series, &Series),
    terms: &Terms<'_>,
) -> Option<(Verdict, Reason)> {
    mixed(baseline, subject)
        .or_else(|| killed(measure, baseline, subject))
        .or_else(|| different_environment(measure, (baseline, subject), terms))
}

/// One side has no value: missing if the baseline has one, else new. What rightly
/// has none cannot be told apart from what is better or worse.
fn one_sided(
    measure: &Measure,
    baseline_has: bool,
    baseline: &Series,
    subject: &Series,
    summary: Option<Summary>,
) -> Comparison {
    let (which, series) =
        if baseline_has { (Role::Subject, subject) } else { (Role::Baseline, baseline) };
    let all_failed = series.runs.is_empty();
    let (verdict, reason) = match measure.needs {
        // A baseline of which every run failed is no new subject's fault.
        _ if all_failed => (Verdict::Missing, Reason::NoGoodRun(which)),
        Some(needs) if baseline_has => (Verdict::Inconclusive, Reason::NotKnown(which, needs)),
        None if baseline_has => (Verdict::Missing, Reason::NoMetric(which)),
        _ => (Verdict::New, Reason::NoMetric(which)),
    };
    Comparison {
        verdict: measure.judged.then_some(verdict),
        reason: Some(reason),
        change: None,
        baseline: summary,
    }
}

fn mixed(baseline: &Series, subject: &Series) -> Option<(Verdict, Reason)> {
    let which = match (baseline.is_mixed(), subject.is_mixed()) {
        (_, true) => Role::Subject,
        (true, false) => Role::Baseline,
        (false, false) => return None,
    };
    Some((Verdict::Mixed, Reason::OtherSteps(which)))
}

/// Work that was cut short takes less of everything but kills.
fn killed(measure: &Measure, baseline: &Series, subject: &Series) -> Option<(Verdict, Reason)> {
    let which = match (baseline.was_killed(), subject.was_killed()) {
        (_, true) => Role::Subject,
        (true, false) => Role::Baseline,
        (false, false) => return None,
    };
    (measure.name != OOM_KILLS).then_some((Verdict::Mixed, Reason::Killed(which)))
}

fn different_environment(
    measure: &Measure,
    sides: (&Series, &Series),
    terms: &Terms<'_>,
) -> Option<(Verdict, Reason)> {
    match comparability(terms.environments, sides, measure.exact, terms.across) {
        Comparability::Different(list) => Some((Verdict::Refused, Reason::Environment(list))),
        Comparability::Same | Comparability::Unknown => None,
    }
}

fn exact(measure: &Measure, old: &Sample, new: &Sample) -> Comparison {
    // Two exact values of one side that differ by more than the floor are not of
    // the same thing: there is no change to speak of.
    let floor = measure.floor_from(old.median());
    let spread = |sample: &Sample| sample.max() - sample.min() > floor;
    let which = match (spread(old), spread(new)) {
        (_, true) => Some(Role::Subject),
        (true, false) => Some(Role::Baseline),
        (false, false) => None,
    };
    if let Some(which) = which {
        let reason = Some(Reason::OtherValues(which));
        return Comparison { verdict: Some(Verdict::Mixed), reason, ..Comparison::default() };
    }
    let change = Change {
        estimate: new.median() - old.median(),
        interval: Some((new.min() - old.max(), new.max() - old.min())),
        bounds: None,
        baseline: old.median(),
        test: Test::Exact,
        p: None,
        floor,
        minimum_detectable: None,
        resolution: 0.0,
        noise: 0.0,
    };
    judged(measure, change)
}

/// What the runs of both sides allow to say of a noisy metric.
enum Evidence<'a> {
    /// Differences of the rounds that pair both sides: what slows down round 3
    /// slows down both in round 3, and is gone from their difference.
    Paired(Sample),
    Separate {
        old: &'a Sample,
        new: &'a Sample,
        same_batch: bool,
    },
    /// Batches of different days, enough of the baseline.
    Batches(Between),
}

impl<'a> Evidence<'a> {
    fn of(
        measure: &Measure,
        (baseline, subject): (&Series, &Series),
        (old, new): (&'a Sample, &'a Sample),
    ) -> Self {
        let differences = subject.differences(baseline, &measure.name);
        let rounds = differences.len();
        match Sample::new(differences) {
            Ok(differences) if rounds >= MIN_PAIRS => Self::Paired(differences),
            _ => {
                let same_batch = subject.is_as_often_in_each_batch(baseline, &measure.name);
                let between =
                    || between(measure, (baseline, subject), measure.floor_from(old.median()));
                match (!same_batch).then(between).flatten() {
                    Some(between) => Self::Batches(between),
                    None => Self::Separate { old, new, same_batch },
                }
            }
        }
    }

    /// Whether there are enough runs for a test.
    fn suffices(&self) -> bool {
        match self {
            Self::Paired(_) | Self::Batches(_) => true,
            Self::Separate { old, new, .. } => old.len().min(new.len()) >= MIN_SEPARATE,
        }
    }

    /// Whether that test may end in any verdict.
    fn decides(&self) -> bool {
        self.suffices() && !matches!(self, Self::Separate { same_batch: false, .. })
    }

    fn test(&self) -> Test {
        match self {
            Self::Paired(differences) => Test::Paired { rounds: differences.len() },
            Self::Batches(between) => {
                Test::Batches { baseline: between.baseline, subject: between.subject }
            }
            Self::Separate { old, new, same_batch } => {
                Test::Separate { baseline: old.len(), subject: new.len(), same_batch: *same_batch }
            }
        }
    }

    fn p(&self) -> f64 {
        match self {
            Self::Paired(differences) => signed_rank(differences).p,
            Self::Separate { old, new, .. } => rank_sum(old, new).p,
            Self::Batches(between) => between.p(),
        }
    }

    /// What the change is a change of, if it is not the median of the baseline.
    fn middle(&self) -> Option<f64> {
        if let Self::Batches(between) = self { Some(between.middle) } else { None }
    }

    fn intervals(&self, level: Level) -> Option<Intervals> {
        let shifts = match self {
            Self::Paired(differences) => Shifts::paired(differences),
            Self::Separate { old, new, .. } => Shifts::separate(old, new),
            Self::Batches(between) => {
                let at = |alpha| Some((between.interval(alpha)?, 1.0 - alpha));
                return Intervals::of(between.estimate(), at, level);
            }
        };
        let at = |alpha: f64| {
            let interval = shifts.interval(alpha)?;
            Some(((interval.low, interval.high), interval.coverage))
        };
        Intervals::of(shifts.estimate(), at, level)
    }
}

/// How the batches of two sides differ; none where the baseline has too few.
fn between(
    measure: &Measure,
    (baseline, subject): (&Series, &Series),
    floor: f64,
) -> Option<Between> {
    let sides = [baseline, subject].map(|series| series.by_batch(&measure.name, 1));
    // Counts go by one.
    let step = if measure.unit == UnitName::Known(dp_record::Unit::Count) { 1.0 } else { 0.0 };
    let grain = resolution(measure, baseline, subject).max(step);
    Between::of(&sides[0], &sides[1], grain, floor)
}

/// The intervals of a test, from which its verdict follows.
struct Intervals {
    estimate: f64,
    /// At [`ALPHA`].
    interval: (f64, f64),
    bounds: Bounds,
}

impl Intervals {
    /// `at` gives the interval at an alpha, and what it covers.
    fn of(
        estimate: f64,
        at: impl Fn(f64) -> Option<((f64, f64), f64)>,
        level: Level,
    ) -> Option<Self> {
        let (interval, coverage) = at(ALPHA)?;
        let (low, high) = at(2.0 * level.alpha)?.0;
        let (alpha, equivalence) = (level.alpha, at(EQUIVALENCE_ALPHA)?.0);
        let bounds = Bounds { alpha, low, high, equivalence, chance: 1.0 - coverage };
        Some(Self { estimate, interval, bounds })
    }

    /// The smallest change that gets a verdict about every second time: one that
    /// is told from 0 (or from the noise of equal subjects) and from the floor.
    fn minimum_detectable(&self, visible: f64, noise: f64) -> f64 {
        let half = |low: f64, high: f64| (high - low) / 2.0;
        let is_real = noise + half(self.interval.0, self.interval.1);
        is_real.max(visible + half(self.bounds.low, self.bounds.high))
    }

    /// The same without changes below the lowest that there can be.
    fn not_below(mut self, lowest: f64) -> Self {
        let bounds = &mut self.bounds;
        let ends = [&mut self.interval.0, &mut self.interval.1, &mut bounds.low, &mut bounds.high];
        let equivalence = &mut bounds.equivalence;
        let others = [&mut equivalence.0, &mut equivalence.1, &mut self.estimate];
        for figure in ends.into_iter().chain(others) {
            *figure = figure.max(lowest);
        }
        self
    }
}

fn noisy(
    measure: &Measure,
    sides: (&Series, &Series),
    noise: f64,
    (old, new): (&Sample, &Sample),
    level: Level,
) -> Comparison {
    let (baseline, subject) = sides;
    let evidence = Evidence::of(measure, sides, (old, new));
    let middle = evidence.middle().unwrap_or(old.median());
    let mut change = Change {
        estimate: new.median() - old.median(),
        interval: None,
        bounds: None,
        baseline: middle,
        test: evidence.test(),
        p: None,
        floor: measure.floor_from(middle),
        minimum_detectable: None,
        resolution: resolution(measure, baseline, subject),
        noise,
    };
    if evidence.suffices() {
        change.p = Some(evidence.p());
        if let Some(intervals) = evidence.intervals(level) {
            change.minimum_detectable = Some(intervals.minimum_detectable(change.visible(), noise));
            let intervals = intervals.not_below(lowest(old, new).min(-middle));
            change.estimate = intervals.estimate;
            change.interval = Some(intervals.interval);
            change.bounds = Some(intervals.bounds);
        }
    }
    let mut comparison = judged(measure, change);
    if let Some(reason @ Reason::OtherBatch { .. }) = &mut comparison.reason {
        *reason = if subject.shares_batches_with(baseline) {
            Reason::UnevenBatches
        } else {
            Reason::OtherBatch { batches: baseline.by_batch(&measure.name, 1).len() }
        };
    }
    comparison
}

/// The smallest difference that the metric of both can show, 0 if not known.
fn resolution(measure: &Measure, baseline: &Series, subject: &Series) -> f64 {
    let polled = is_polled(&subject.key.kind, measure);
    let resolution = baseline.resolution_seconds.max(subject.resolution_seconds);
    if polled { resolution } else { 0.0 }
}

/// The lowest change that there can be: what is never negative falls by no more
/// than all of it. With few and unsteady runs the test alone rules out less.
fn lowest(old: &Sample, new: &Sample) -> f64 {
    if old.min().min(new.min()) < 0.0 { f64::NEG_INFINITY } else { -old.median() }
}

/// Whether the resolution that a record names is that of this metric: of all
/// times, but of starts only one is asked for again and again.
fn is_polled(kind: &str, measure: &Measure) -> bool {
    let of_time = measure.unit == UnitName::Known(dp_record::Unit::Seconds);
    of_time && (kind != kind::START || measure.name == "ready_seconds")
}

/// The verdict that follows from a change.
fn judged(measure: &Measure, change: Change) -> Comparison {
    let (verdict, reason) = judge(measure.better, &change);
    Comparison { verdict: Some(verdict), reason, change: Some(change), baseline: None }
}
