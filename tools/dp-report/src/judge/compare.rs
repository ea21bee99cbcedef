//! One metric of a subject against its baseline: the change, and the verdict.
//!
//! Noisy metrics: exact signed rank where rounds pair both sides, else exact
//! rank sum; fixed by how the runs were made, never by their values. The
//! verdict follows from the interval of that same test and the floor.
//! Exact metrics: the range of all differences that the runs allow.

use dp_math::{Sample, Shift, rank_sum, shift_paired, shift_separate, signed_rank};
use dp_record::{Better, kind};

use crate::input::environments::{Environments, Field};
use crate::input::measure::Measure;
use crate::input::series::{OOM_KILLS, Series};
use crate::judge::batches::Between;
use crate::judge::comparability::{Comparability, comparability};
use crate::judge::summary::Summary;
use crate::judge::verdict::{ALPHA, MIN_PAIRS, MIN_SEPARATE, Reason, Role, Verdict};
use crate::scale::UnitName;

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

/// By how much a metric moved. All figures are in its unit, subject less
/// baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Hodges-Lehmann's estimate; the difference of the medians where there
    /// are too few runs, and for exact metrics.
    pub(crate) estimate: f64,
    /// All changes that the test does not rule out; none with too few runs.
    pub(crate) interval: Option<(f64, f64)>,
    /// Median of the baseline.
    pub(crate) baseline: f64,
    /// How it was compared.
    pub(crate) test: Test,
    /// Two-sided p of that test.
    pub(crate) p: Option<f64>,
    /// The smallest change that matters.
    pub(crate) floor: f64,
    /// The smallest change that this run could have seen, for noisy metrics.
    pub(crate) minimum_detectable: Option<f64>,
    /// The smallest difference that the measurement resolves, 0 if not known.
    resolution: f64,
    /// The largest difference that equal subjects showed, 0 if not known.
    noise: f64,
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
        /// Whether both were measured in the same invocations.
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

impl Comparison {
    /// Whether a side of a noisy metric has a single run, which says nothing
    /// about a change.
    pub(crate) fn is_single(&self) -> bool {
        let sides = self.change.as_ref().map(|change| change.test);
        matches!(sides, Some(Test::Separate { baseline, subject, .. }) if baseline.min(subject) == 1)
    }

    /// Whether a verdict across batches would fail, or came to no end: a measurement
    /// of both sides in one batch may tell more.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let Some(change) = &self.change else { return false };
        let across = matches!(
            change.test,
            Test::Batches { .. } | Test::Separate { same_batch: false, .. }
        );
        across
            && match self.verdict {
                Some(Verdict::Regressed) => true,
                Some(Verdict::Inconclusive) => !change.is_within_spread(),
                _ => false,
            }
    }
}

impl Change {
    /// The smallest difference that the measurement resolves, 0 if not known.
    pub(crate) fn resolution(&self) -> f64 {
        self.resolution
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
}

/// Compares a metric of two series, where differences of up to `noise` were
/// seen between equal subjects. `across` names what may differ in their
/// environments.
pub(crate) fn compare(
    measure: &Measure,
    (baseline, subject): (&Series, &Series),
    noise: f64,
    environments: &Environments,
    across: &[Field],
) -> Comparison {
    let (old, new) = (baseline.sample(&measure.name), subject.sample(&measure.name));
    let summary = old.as_ref().map(|sample| Summary::of(sample, measure));
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (old, _) => return one_sided(measure, old.is_some(), baseline, subject, summary),
    };
    let refused = mixed(baseline, subject)
        .or_else(|| killed(measure, baseline, subject))
        .or_else(|| different_environment(measure, (baseline, subject), environments, across));
    let mut comparison = match refused {
        Some((verdict, reason)) => {
            Comparison { verdict: Some(verdict), reason: Some(reason), ..Comparison::default() }
        }
        None if measure.exact => exact(measure, &old, &new),
        None => noisy(measure, (baseline, subject), noise, (&old, &new)),
    };
    comparison.baseline = summary;
    if !measure.judged {
        comparison.verdict = None;
        comparison.reason = comparison.reason.filter(|_| comparison.change.is_none());
    }
    comparison
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
    environments: &Environments,
    across: &[Field],
) -> Option<(Verdict, Reason)> {
    match comparability(environments, sides, measure.exact, across) {
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

fn noisy(
    measure: &Measure,
    (baseline, subject): (&Series, &Series),
    noise: f64,
    (old, new): (&Sample, &Sample),
) -> Comparison {
    // Rounds pair both sides: what slows down round 3 slows down both in round 3,
    // and is gone from their difference.
    let differences = subject.differences(baseline, &measure.name);
    let polled = is_polled(&subject.key.kind, measure);
    let resolution = baseline.resolution_seconds.max(subject.resolution_seconds);
    let resolution = if polled { resolution } else { 0.0 };
    let same_batch = subject.shares_batches_with(baseline);
    let sides = [baseline, subject].map(|series| series.by_batch(&measure.name));
    let batches = sides[0].len();
    if differences.len() < MIN_PAIRS
        && !same_batch
        && let Some(between) = between(measure, &sides, resolution, measure.floor_from(old.median()))
    {
        return of_batches(measure, &between, resolution);
    }
    let (test, p, shift) = if differences.len() >= MIN_PAIRS {
        paired(differences)
    } else {
        separate(old, new, same_batch)
    };
    let estimate = shift.map_or(new.median() - old.median(), |shift| shift.estimate);
    let interval = shift.map(|shift| (shift.interval.low, shift.interval.high));
    let change = Change {
        estimate,
        interval: interval.map(|(low, high)| (low.max(lowest(old, new).min(estimate)), high)),
        baseline: old.median(),
        test,
        p,
        floor: measure.floor_from(old.median()),
        minimum_detectable: shift.map(|shift| shift.smallest_detectable()),
        resolution,
        noise,
    };
    let mut comparison = judged(measure, change);
    if let Some(Reason::OtherBatch { batches: count }) = &mut comparison.reason {
        *count = batches;
    }
    comparison
}

/// How the batches of two sides differ; none where the baseline has too few.
fn between(
    measure: &Measure,
    [baseline, subject]: &[Vec<Vec<f64>>; 2],
    resolution: f64,
    floor: f64,
) -> Option<Between> {
    // Counts go by one.
    let step = if measure.unit == UnitName::Known(dp_record::Unit::Count) { 1.0 } else { 0.0 };
    Between::of(baseline, subject, resolution.max(step), floor)
}

/// The verdict by the spread between batches.
fn of_batches(measure: &Measure, between: &Between, resolution: f64) -> Comparison {
    let interval = between.interval(ALPHA);
    let change = Change {
        estimate: between.estimate(),
        interval,
        baseline: between.middle,
        test: Test::Batches { baseline: between.baseline, subject: between.subject },
        p: Some(between.p()),
        floor: measure.floor_from(between.middle),
        minimum_detectable: interval.map(|(low, high)| (high - low) / 2.0),
        resolution,
        noise: 0.0,
    };
    let (verdict, reason) = judge_batches(measure.better, &change, between);
    Comparison { verdict: Some(verdict), reason, change: Some(change), baseline: None }
}

fn judge_batches(
    better: Better,
    change: &Change,
    between: &Between,
) -> (Verdict, Option<Reason>) {
    let batches = between.baseline;
    let visible = change.floor.max(change.resolution);
    let beyond = between.interval(0.2).is_some_and(|(low, high)| low > visible || high < -visible);
    let within = between.interval(0.1);
    let within = within.is_some_and(|(low, high)| low >= -change.floor && high <= change.floor);
    if within && change.resolution <= change.floor {
        return (Verdict::Unchanged, None);
    }
    if change.is_within_spread() {
        let share = change.minimum_detectable.and_then(|figure| change.relative(figure));
        return (Verdict::Inconclusive, Some(Reason::WithinSpread { batches, share }));
    }
    if !beyond {
        return (Verdict::Inconclusive, Some(Reason::NearFloor { batches }));
    }
    let worse = (change.estimate > 0.0) == (better == Better::Lower);
    (if worse { Verdict::Regressed } else { Verdict::Improved }, None)
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

fn paired(differences: Vec<f64>) -> (Test, Option<f64>, Option<Shift>) {
    let test = Test::Paired { rounds: differences.len() };
    match Sample::new(differences) {
        Ok(sample) => (test, Some(signed_rank(&sample).p), shift_paired(&sample, ALPHA)),
        Err(_) => (test, None, None),
    }
}

fn separate(old: &Sample, new: &Sample, same_batch: bool) -> (Test, Option<f64>, Option<Shift>) {
    let test = Test::Separate { baseline: old.len(), subject: new.len(), same_batch };
    if old.len().min(new.len()) < MIN_SEPARATE {
        return (test, None, None);
    }
    (test, Some(rank_sum(old, new).p), shift_separate(old, new, ALPHA))
}

/// The verdict that follows from a change.
fn judged(measure: &Measure, change: Change) -> Comparison {
    let (verdict, reason) = judge(measure.better, &change);
    Comparison { verdict: Some(verdict), reason, change: Some(change), baseline: None }
}

/// The verdict by the interval of the change, the floor, the clock and the
/// noise. An example with a floor of 0.10 s, of a time:
///
/// | interval | verdict |
/// | --- | --- |
/// | +0.50 .. +0.57 | regressed: all of it is beyond the floor |
/// | -0.57 .. -0.50 | improved |
/// | -0.05 .. +0.08 | unchanged: all of it is within the floor |
/// | +0.05 .. +0.12 | inconclusive: real, but it may be too small to matter |
fn judge(better: Better, change: &Change) -> (Verdict, Option<Reason>) {
    let inconclusive = |reason| (Verdict::Inconclusive, Some(reason));
    if let Test::Separate { same_batch: false, .. } = change.test {
        return inconclusive(Reason::OtherBatch { batches: 1 });
    }
    let Some((low, high)) = change.interval else { return inconclusive(too_few(change.test)) };
    // What a clock of 1 s resolves begins at 1 s, though the floor be 0.1 s.
    let visible = change.floor.max(change.resolution);
    if low > visible || high < -visible {
        // Equal subjects differed by up to `noise`: an interval of +0.50 .. +0.57
        // with a noise of 0.51 may be all noise.
        if low <= change.noise && high >= -change.noise {
            return inconclusive(Reason::Noise { share: change.relative(change.noise) });
        }
        let worse = (low > 0.0) == (better == Better::Lower);
        return (if worse { Verdict::Regressed } else { Verdict::Improved }, None);
    }
    let within = low >= -change.floor && high <= change.floor;
    if !within {
        return inconclusive(Reason::Wide);
    }
    // Within the floor, but the clock could not have shown a change of that size.
    if change.resolution > change.floor {
        return inconclusive(Reason::Coarse { seconds: change.resolution });
    }
    (Verdict::Unchanged, None)
}

fn too_few(test: Test) -> Reason {
    let (baseline, subject) = match test {
        Test::Separate { baseline, subject, .. } => (baseline, subject),
        Test::Paired { rounds } => (rounds, rounds),
        Test::Exact | Test::Batches { .. } => (1, 1),
    };
    Reason::TooFew { baseline, subject }
}
