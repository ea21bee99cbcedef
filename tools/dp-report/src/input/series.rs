//! The observations of one series, as few numbers as a report needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dp_math::Sample;
use dp_record::{Finding, SeriesKey};
use jiff::Timestamp;

use crate::input::busy::Busy;
use crate::input::chunked::Chunked;
use crate::input::drawn::DrawnRuns;
use crate::input::environments::Numbers;
use crate::input::layers::Layer;
use crate::input::lines::Lines;
pub(crate) use crate::input::run::{FailedRun, Run, Runs, Side};
use crate::input::services::ServiceStart;
use crate::input::steps::{Executed, Lost};
use crate::input::surroundings::Surroundings;

/// Failed runs of a series whose messages are kept.
const FAILURES_KEPT: usize = 5;

/// One metric of a series, run by run. A run without the metric holds a NaN,
/// which no record can carry.
#[derive(Debug, Default)]
pub(crate) struct Column(Chunked<f64>);

impl Column {
    /// Sets the value of the run with this index; runs come in order.
    pub(crate) fn set(&mut self, run: usize, value: f64) {
        while self.0.len() < run {
            self.0.push(f64::NAN);
        }
        self.0.push(value);
    }

    fn get(&self, run: usize) -> Option<f64> {
        self.0.get(run).filter(|value| !value.is_nan())
    }

    fn known(&self) -> impl Iterator<Item = f64> {
        self.0.iter().filter(|value| !value.is_nan())
    }

    fn sample(&self) -> Option<Sample> {
        Sample::new(self.known().collect()).ok()
    }
}

/// Of stats records: processes that were killed for want of memory.
pub(crate) const OOM_KILLS: &str = "oom_kills";

/// Whether all runs executed the same steps.
#[derive(Debug, Default)]
struct Sameness {
    set: Option<u64>,
    counts: Option<(u64, u64)>,
    sets_differ: bool,
    counts_differ: bool,
    /// Of some run only the counts are known.
    lacks_set: bool,
}

/// How long one step took in the runs in which it ran.
#[derive(Debug)]
pub(crate) struct StepTimes {
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The instruction, made printable.
    pub(crate) text: String,
    /// Whether the cache was lost at this step, in a run at least.
    pub(crate) first: bool,
    /// Seconds, a value a run.
    pub(crate) seconds: Vec<f64>,
}

/// The observations of one series.
#[derive(Debug)]
pub(crate) struct Series {
    /// Its place among all series, by which it is known.
    pub(crate) number: usize,
    /// Which input it came from.
    pub(crate) side: Side,
    pub(crate) key: SeriesKey,
    /// Good runs that are no warm-ups.
    pub(crate) runs: Runs,
    /// Warm-ups and failed runs: they enter no statistics.
    pub(crate) apart: Runs,
    /// How many runs failed, warm-ups included.
    pub(crate) failed: u64,
    pub(crate) failures: Vec<FailedRun>,
    /// Environments of the good runs; none for runs that do not say.
    pub(crate) environments: Numbers,
    /// The latest time at which a good run began.
    pub(crate) latest: Option<Timestamp>,
    /// The batch of the last good run; empty where it names none.
    pub(crate) last_batch: String,
    /// The user's words that all good runs share.
    pub(crate) meta: Option<BTreeMap<String, String>>,
    /// How busy others kept the machine during the good runs.
    pub(crate) busy: Busy,
    /// The coarsest resolution that a good run names, in seconds.
    pub(crate) resolution_seconds: f64,
    /// The steps that ran, by their id.
    pub(crate) steps: HashMap<u64, StepTimes>,
    /// Where the last good run lost the cache.
    pub(crate) lost: Vec<Lost>,
    /// What was changed before the last good run.
    pub(crate) change: Option<String>,
    /// The layers of the last good run.
    pub(crate) layers: Vec<Layer>,
    /// What the last good run advises.
    pub(crate) findings: Vec<Finding>,
    /// The services of the last good run, of a stack.
    pub(crate) services: Vec<ServiceStart>,
    /// Lines of the instructions, as the first good run has them.
    pub(crate) lines: Option<Lines>,
    /// The Dockerfile, as the user named it.
    pub(crate) dockerfile: Option<String>,
    /// Good runs of which one is drawn, where pages are asked for.
    pub(crate) drawn: DrawnRuns,
    /// The machine around the good runs, where pages are asked for.
    pub(crate) surroundings: Surroundings,
    columns: BTreeMap<String, Column>,
    /// Metrics that are not shown for themselves.
    aside: BTreeMap<String, Column>,
    /// Names of the metrics of good runs of which none is shown.
    unshown: BTreeSet<String>,
    sameness: Sameness,
}

impl Series {
    /// A series without observations.
    pub(crate) fn new(side: Side, key: SeriesKey) -> Self {
        Self {
            number: 0,
            side,
            key,
            runs: Runs::default(),
            apart: Runs::default(),
            failed: 0,
            failures: Vec::new(),
            environments: Numbers::new(),
            latest: None,
            last_batch: String::new(),
            meta: None,
            busy: Busy::default(),
            resolution_seconds: 0.0,
            steps: HashMap::new(),
            lost: Vec::new(),
            change: None,
            layers: Vec::new(),
            findings: Vec::new(),
            services: Vec::new(),
            lines: None,
            dockerfile: None,
            drawn: DrawnRuns::default(),
            surroundings: Surroundings::default(),
            columns: BTreeMap::new(),
            aside: BTreeMap::new(),
            unshown: BTreeSet::new(),
            sameness: Sameness::default(),
        }
    }

    /// Notes a failed run; of many only the first messages are kept.
    pub(crate) fn add_failure(&mut self, failure: FailedRun) {
        self.failed += 1;
        self.apart.push(failure.run);
        if self.failures.len() < FAILURES_KEPT {
            self.failures.push(failure);
        }
    }

    /// Sets a metric of the last good run.
    pub(crate) fn set_metric(&mut self, name: &str, value: f64) {
        let Some(run) = self.runs.len().checked_sub(1) else { return };
        match self.columns.get_mut(name) {
            Some(column) => column.set(run, value),
            None => self.columns.entry(name.to_owned()).or_default().set(run, value),
        }
    }

    /// Sets a metric of the last good run that is not shown for itself.
    pub(crate) fn set_aside(&mut self, name: &str, value: f64) {
        let Some(run) = self.runs.len().checked_sub(1) else { return };
        self.aside.entry(name.to_owned()).or_default().set(run, value);
    }

    /// Notes the metrics of a good run of which none is shown.
    pub(crate) fn add_unshown<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            if !self.unshown.contains(name) {
                self.unshown.insert(name.to_owned());
            }
        }
    }

    /// Notes which steps a good run executed: the set of them where the
    /// record has it, and how many.
    pub(crate) fn add_steps(&mut self, executed: Option<&Executed>, counts: Option<(u64, u64)>) {
        let same = &mut self.sameness;
        same.sets_differ |= differs(&mut same.set, executed.map(Executed::signature));
        same.counts_differ |= differs(&mut same.counts, counts);
        same.lacks_set |= executed.is_none();
    }

    /// Whether the runs differ in which steps they executed.
    pub(crate) fn is_mixed(&self) -> bool {
        let same = &self.sameness;
        same.sets_differ || (same.lacks_set && same.counts_differ)
    }

    /// Whether a process of some run was killed for want of memory: what it
    /// used is not what its work takes.
    pub(crate) fn was_killed(&self) -> bool {
        self.values(OOM_KILLS).iter().any(|kills| *kills > 0.0)
    }

    /// The metrics that some run has, by name.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// Whether some metric is shown.
    pub(crate) fn shows_anything(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The metrics that are shown, and those of runs that show none.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.metrics().chain(self.unshown.iter().map(String::as_str)).collect()
    }

    /// Whether some run has the metric.
    pub(crate) fn has(&self, metric: &str) -> bool {
        self.columns.contains_key(metric)
    }

    /// The values of a metric, run by run.
    pub(crate) fn values(&self, metric: &str) -> Vec<f64> {
        self.columns.get(metric).map_or_else(Vec::new, |column| column.known().collect())
    }

    /// From one metric to another one of the same run (from 0 without); runs
    /// that lack one are left out, and a length is not negative.
    pub(crate) fn lengths(&self, metric: &str, since: Option<&str>) -> Vec<f64> {
        let find = |name: &str| self.columns.get(name).or_else(|| self.aside.get(name));
        let Some(ends) = find(metric) else { return Vec::new() };
        let begins = since.map(find);
        let length = |run: usize| {
            let begin = match begins {
                None => 0.0,
                Some(begins) => begins?.get(run)?,
            };
            Some((ends.get(run)? - begin).max(0.0))
        };
        (0..self.runs.len()).filter_map(length).collect()
    }

    /// The values of a metric; none where no run has it.
    pub(crate) fn sample(&self, metric: &str) -> Option<Sample> {
        self.columns.get(metric)?.sample()
    }

    /// The batches of the good runs; none for runs that do not say.
    pub(crate) fn batches(&self) -> BTreeSet<Option<u32>> {
        self.runs.iter().map(|run| run.batch).collect()
    }

    /// The values of a metric in the order of the rounds, batch by batch in the order in
    /// which these came, without those of fewer values than `fewest`. Runs that name no
    /// batch are of one for each file.
    pub(crate) fn by_batch(&self, metric: &str, fewest: usize) -> Vec<Vec<f64>> {
        let Some(column) = self.columns.get(metric) else { return Vec::new() };
        let known = || self.runs.iter().zip(column.0.iter()).filter(|(_, value)| !value.is_nan());
        let batch = |run: &Run| run.batch.ok_or(run.source);
        // Of a history each run is a batch of its own: few have enough, and runs mostly
        // come in the order of their batches, so that there is little to sort.
        let mut named: Vec<Result<u32, u32>> = known().map(|(run, _)| batch(&run)).collect();
        named.sort_unstable();
        let of_enough = named.chunk_by(|one, next| one == next).filter(|of| of.len() >= fewest);
        let enough: Vec<Result<u32, u32>> = of_enough.map(|of| of[0]).collect();
        let mut places: HashMap<Result<u32, u32>, usize> = HashMap::new();
        let mut batches: Vec<Vec<(Option<u32>, f64)>> = Vec::new();
        for (run, value) in known().filter(|(run, _)| enough.binary_search(&batch(run)).is_ok()) {
            let place = *places.entry(batch(&run)).or_insert(batches.len());
            if place == batches.len() {
                batches.push(Vec::new());
            }
            batches[place].push((run.round, value));
        }
        let in_order = |mut runs: Vec<(Option<u32>, f64)>| {
            runs.sort_by_key(|(round, _)| *round); // stable: else in the order of the input
            runs.into_iter().map(|(_, value)| value).collect()
        };
        batches.into_iter().map(in_order).collect()
    }

    /// Whether both come from the same invocations, which makes machine and
    /// engine the same. Runs that name no batch are taken as one invocation
    /// if they came in the same input.
    pub(crate) fn shares_batches_with(&self, other: &Self) -> bool {
        let batches = self.batches();
        let known = !batches.contains(&None) || self.side == other.side;
        known && batches == other.batches()
    }

    /// Whether both were measured in the same invocations, and the metric as often in
    /// each: else those of a slower machine weigh more on one side. A single one
    /// may hold any number of both.
    pub(crate) fn is_as_often_in_each_batch(&self, other: &Self, metric: &str) -> bool {
        let (ours, theirs) = (self.runs_by_batch(metric), other.runs_by_batch(metric));
        let is_single = ours.len() == 1 && theirs.len() == 1;
        self.shares_batches_with(other) && (is_single || ours == theirs)
    }

    /// How many runs of each batch have the metric.
    fn runs_by_batch(&self, metric: &str) -> BTreeMap<Option<u32>, usize> {
        let mut counts = BTreeMap::new();
        let Some(column) = self.columns.get(metric) else { return counts };
        let runs = self.runs.iter().enumerate();
        for (_, run) in runs.filter(|(index, _)| column.get(*index).is_some()) {
            *counts.entry(run.batch).or_default() += 1;
        }
        counts
    }

    /// Differences `self - baseline` of the rounds that both have, in the
    /// order of our runs.
    pub(crate) fn differences(&self, baseline: &Self, metric: &str) -> Vec<f64> {
        let columns = (self.columns.get(metric), baseline.columns.get(metric));
        let (Some(ours), Some(theirs)) = columns else { return Vec::new() };
        let rounds = baseline.rounds();
        let pair = |(index, run): (usize, Run)| {
            let other = *rounds.get(&run.place_in_batch()?)?;
            Some(ours.get(index)? - theirs.get(other)?)
        };
        self.runs.iter().enumerate().filter_map(pair).collect()
    }

    /// A run that both hold: an observation compared with itself.
    pub(crate) fn common_run(&self, other: &Self) -> Option<Run> {
        let rounds = other.rounds();
        let shared = |run: &Run| run.place_in_batch().is_some_and(|at| rounds.contains_key(&at));
        self.runs.iter().find(shared)
    }

    fn rounds(&self) -> HashMap<(u32, u32), usize> {
        let runs = self.runs.iter().enumerate();
        runs.filter_map(|(index, run)| Some((run.place_in_batch()?, index))).collect()
    }

    /// Two lines about the same run, if there are any.
    pub(crate) fn duplicate(&self) -> Option<(Run, Run)> {
        let place = |run: &Run| (run.place_in_batch(), run.warmup);
        let all = || self.runs.iter().chain(self.apart.iter());
        if all().is_sorted_by(|one, next| place(one) < place(next)) {
            return None;
        }
        let at = |index: u32| {
            let index = index as usize;
            let apart = || self.apart.get(index - self.runs.len());
            self.runs.get(index).or_else(apart)
        };
        let placed = (0..).zip(all()).filter(|(_, run)| run.place_in_batch().is_some());
        let mut order: Vec<u32> = placed.map(|(index, _)| index).collect();
        // The earlier line stays first.
        order.sort_unstable_by_key(|index| (at(*index).as_ref().map(place), *index));
        let mut pairs = order.windows(2).filter_map(|pair| Some((at(pair[0])?, at(pair[1])?)));
        pairs.find(|(one, next)| place(one) == place(next))
    }
}

impl Run {
    fn place_in_batch(&self) -> Option<(u32, u32)> {
        Some((self.batch?, self.round?))
    }
}

/// Whether `found` differs from what was found before; the first is kept.
fn differs<T: PartialEq + Copy>(known: &mut Option<T>, found: Option<T>) -> bool {
    match (&known, found) {
        (Some(first), Some(found)) => *first != found,
        (None, Some(found)) => {
            *known = Some(found);
            false
        }
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(side: Side, runs: &[(u32, u32, f64)]) -> Series {
        let key = SeriesKey::new("build", &dp_record::Subject::default());
        let mut series = Series::new(side, key);
        for (line, (batch, round, value)) in (1..).zip(runs) {
            let (batch, round) = (Some(*batch), Some(*round));
            series.runs.push(Run { batch, round, warmup: false, source: 0, line });
            if *value > 0.0 {
                series.set_metric("m", *value);
            }
        }
        series
    }

    #[test]
    fn pairs_are_runs_of_the_same_batch_and_round() {
        let new = series(Side::Input, &[(1, 2, 5.0), (1, 1, 3.0), (1, 4, 9.0), (2, 1, 8.0)]);
        let old = series(Side::Input, &[(1, 1, 1.0), (1, 2, 2.0), (1, 3, 9.0), (3, 1, 9.0)]);
        assert_eq!(new.differences(&old, "m"), [3.0, 2.0]);
        assert!(new.differences(&old, "other").is_empty());
    }

    #[test]
    fn a_round_in_which_one_side_has_no_value_is_no_pair() {
        let new = series(Side::Input, &[(1, 1, 3.0), (1, 2, 0.0), (1, 3, 5.0)]);
        let old = series(Side::Input, &[(1, 1, 0.0), (1, 2, 2.0), (1, 3, 4.0)]);
        assert_eq!(new.differences(&old, "m"), [1.0]);
        assert_eq!(old.sample("m").unwrap().values(), [2.0, 4.0]);
    }

    #[test]
    fn values_are_told_apart_by_their_batch() {
        let mut series = series(Side::Input, &[(2, 1, 5.0), (1, 1, 3.0), (2, 2, 0.0), (2, 3, 9.0)]);
        assert_eq!(series.by_batch("m", 1), [vec![5.0, 9.0], vec![3.0]]);
        assert_eq!(series.by_batch("m", 2), [vec![5.0, 9.0]]);
        assert!(series.by_batch("other", 1).is_empty());
        let anonymous = |(source, run)| Run { batch: None, source: u32::from(source > 1), ..run };
        series.runs = (0..).zip(series.runs.iter()).map(anonymous).collect();
        assert_eq!(series.by_batch("m", 1), [vec![5.0, 3.0], vec![9.0]]);
    }

    #[test]
    fn values_by_batch_are_in_the_order_of_the_rounds() {
        let runs = [(1, 2, 5.0), (1, 1, 3.0), (1, 3, 0.0), (2, 1, 8.0), (3, 1, 1.0), (3, 2, 2.0)];
        let series = series(Side::Input, &runs);
        // Round 3 of batch 1 has no value.
        assert_eq!(series.by_batch("m", 1), [vec![3.0, 5.0], vec![8.0], vec![1.0, 2.0]]);
        assert!(series.by_batch("other", 1).is_empty());
    }

    #[test]
    fn a_run_that_comes_twice_is_found_with_both_lines() {
        let twice = series(Side::Input, &[(1, 1, 1.0), (1, 2, 1.0), (2, 1, 1.0), (1, 1, 1.0)]);
        let (one, two) = twice.duplicate().unwrap();
        assert_eq!((one.line, two.line), (1, 4));
        assert!(series(Side::Input, &[(1, 1, 1.0), (2, 1, 1.0)]).duplicate().is_none());
    }

    #[test]
    fn a_warm_up_of_the_same_number_is_another_run() {
        let mut series = series(Side::Input, &[(1, 1, 1.0)]);
        series.apart.push(Run { warmup: true, ..series.runs.get(0).unwrap() });
        assert!(series.duplicate().is_none());
    }

    #[test]
    fn runs_without_a_batch_share_one_only_within_an_input() {
        let anonymous = |side| {
            let mut series = series(side, &[(1, 1, 1.0)]);
            series.runs = series.runs.iter().map(|run| Run { batch: None, ..run }).collect();
            series
        };
        let new = anonymous(Side::Input);
        assert!(new.shares_batches_with(&anonymous(Side::Input)));
        assert!(!new.shares_batches_with(&anonymous(Side::Baseline)));
    }

    #[test]
    fn two_batches_are_alike_only_if_they_hold_as_many_runs_of_both() {
        let runs = |first: u32, second: u32| {
            let of = |batch, count| (1..=count).map(move |round| (batch, round, 1.0));
            series(Side::Input, &of(1, first).chain(of(2, second)).collect::<Vec<_>>())
        };
        let alike = |one: &Series, other: &Series| one.is_as_often_in_each_batch(other, "m");
        assert!(alike(&runs(3, 4), &runs(3, 4)));
        assert!(!alike(&runs(14, 1), &runs(1, 14)));
        assert!(alike(&runs(5, 0), &runs(7, 0)));
        assert!(!alike(&runs(5, 0), &runs(0, 5)));
        // One of them has no value in the second batch.
        let mut without = runs(5, 0);
        let first = without.runs.get(0).unwrap();
        without.runs.push(Run { batch: Some(2), round: Some(9), ..first });
        assert!(!alike(&without, &runs(5, 5)));
    }

    #[test]
    fn runs_with_and_without_step_detail_are_compared_by_their_counts() {
        let mut series = series(Side::Input, &[]);
        series.add_steps(Some(&Executed { steps: Vec::new() }), Some((0, 3)));
        series.add_steps(None, Some((0, 3)));
        assert!(!series.is_mixed());
        series.add_steps(None, Some((1, 2)));
        assert!(series.is_mixed());
    }
}
