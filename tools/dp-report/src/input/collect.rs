//! Records become series: the numbers stay, the records go.

use std::collections::{BTreeMap, HashMap};

use dp_math::MAX_MAGNITUDE;
use dp_record::{Missing, Outcome, PlanCheck, Record, SeriesKey, Subject, kind, printable};
use jiff::Timestamp;

use crate::input::drawn::DrawnRun;
use crate::input::environments::Environments;
use crate::input::filter::Filter;
use crate::input::findings;
use crate::input::grouping::Grouping;
use crate::input::layers;
use crate::input::lines::{Lines, one_line};
use crate::input::measure::{Declared, Measure};
use crate::input::readings::Readings;
use crate::input::selection::{Selection, is_needed};
use crate::input::series::{FailedRun, Run, Series, Side, StepTimes};
use crate::input::services;
use crate::input::steps::{self, Executed};

/// Characters of an error message that are kept.
const MESSAGE_CHARS: usize = 300;
/// Characters of a step's text that are kept.
const STEP_CHARS: usize = 100;
/// The largest value that is taken: differences of two must still be numbers.
const LARGEST: f64 = MAX_MAGNITUDE / 2.0;

/// What a report is made of. Its memory grows with the numbers of the metrics
/// that are shown, not with the input.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    selection: Selection,
    filter: Filter,
    grouping: Grouping,
    /// Whether single runs are drawn, and so kept.
    draws_runs: bool,
    sources: Vec<String>,
    batches: HashMap<String, u32>,
    batch_environments: HashMap<u32, u32>,
    units: BTreeMap<(String, String), String>,
    checks: [PlanCheck; 2],
    pub(crate) series: AllSeries,
    /// The environments that the batches were measured in.
    pub(crate) environments: Environments,
    /// The readings of single runs, where those are drawn.
    pub(crate) readings: Readings,
    /// How many records were read.
    pub(crate) records: u64,
    /// How many observations the filter left out.
    pub(crate) left_out: u64,
    /// When the last observation began.
    pub(crate) latest: Timestamp,
}

/// All series, in the order in which their subjects were planned or seen.
#[derive(Debug, Default)]
pub(crate) struct AllSeries {
    list: Vec<Series>,
    index: [HashMap<SeriesKey, usize>; 2],
}

impl AllSeries {
    /// The series of a side, in order.
    pub(crate) fn of(&self, side: Side) -> impl Iterator<Item = &Series> {
        self.iter().filter(move |series| series.side == side)
    }

    /// The series of both sides, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Series> {
        self.list.iter()
    }

    /// The series of a side with this key.
    pub(crate) fn find(&self, side: Side, key: &SeriesKey) -> Option<&Series> {
        let index = self.index[side as usize].get(key)?;
        self.list.get(*index)
    }

    fn get_or_add(&mut self, side: Side, key: SeriesKey) -> &mut Series {
        let index = &mut self.index[side as usize];
        let place = index.get(&key).copied().unwrap_or(self.list.len());
        if place == self.list.len() {
            index.insert(key.clone(), place);
            let mut series = Series::new(side, key);
            series.number = place;
            self.list.push(series);
        }
        &mut self.list[place]
    }
}

/// Why a record is not used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    /// A number too large to calculate with.
    #[error("metric {name:?} is {value:e}: no measurement is that large")]
    TooLarge { name: String, value: f64 },
    /// A unit that says nothing of the direction, and should.
    #[error("the unit of metric {name:?} is {unit:?}: {problem}")]
    Unit { name: String, unit: String, problem: &'static str },
    /// The same metric in two units.
    #[error("metric {name:?} is in {found:?} here and was in {known:?} before")]
    OtherUnit {
        name: String,
        /// What this record says.
        found: String,
        /// What an earlier one said.
        known: String,
    },
}

/// Where a record was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// Input or baseline.
    pub(crate) side: Side,
    /// Number of the source, from [`Collector::add_source`].
    pub(crate) source: u32,
    /// Line in it, from 1.
    pub(crate) line: u64,
}

impl Collector {
    /// Collects the metrics that `selection` shows, of the series that
    /// `filter` lets pass.
    pub(crate) fn new(selection: Selection, filter: Filter) -> Self {
        Self { selection, filter, ..Self::default() }
    }

    /// The same with records grouped otherwise than by their keys alone.
    pub(crate) fn grouped(self, grouping: Grouping) -> Self {
        Self { grouping, ..self }
    }

    /// How records are grouped.
    pub(crate) fn grouping(&self) -> &Grouping {
        &self.grouping
    }

    /// Keeps one run of each series in full, too, if `draws_runs`.
    pub(crate) fn drawing(self, draws_runs: bool) -> Self {
        Self { draws_runs, ..self }
    }

    /// Whether it keeps what pages draw of single runs.
    pub(crate) fn draws_runs(&self) -> bool {
        self.draws_runs
    }

    /// Registers a file by the name that messages give it.
    pub(crate) fn add_source(&mut self, name: &str) -> u32 {
        self.sources.push(name.to_owned());
        u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX)
    }

    /// `file:line` of a run.
    pub(crate) fn place(&self, run: &Run) -> String {
        let source = self.sources.get(run.source as usize).map_or("?", String::as_str);
        format!("{source}:{}", run.line)
    }

    /// The name of a batch, for messages.
    pub(crate) fn batch_name(&self, run: &Run) -> String {
        let named = self.batches.iter().find(|(_, number)| Some(**number) == run.batch);
        named.map_or_else(|| "-".to_owned(), |(name, _)| printable(name, 40))
    }

    /// The planned series of a side that did not come in full.
    pub(crate) fn missing(&self, side: Side) -> Vec<Missing> {
        let missing = self.checks[side as usize].missing().into_iter();
        missing.filter(|missing| self.filter.matches(&missing.key)).collect()
    }

    /// What is known of a metric of this kind.
    pub(crate) fn measure(&self, kind: &str, name: &str) -> Measure {
        let declared = self.units.get(&(kind.to_owned(), name.to_owned()));
        Measure::of(kind, name, declared.map(String::as_str), &self.selection)
    }

    /// Takes what a record says. A verdict of an earlier report is no observation.
    pub(crate) fn observe(&mut self, origin: Origin, record: &Record) -> Result<(), Refused> {
        self.records += 1;
        self.latest = self.latest.max(record.at);
        self.refuse(record)?;
        self.checks[origin.side as usize].observe(record);
        match record.kind.as_str() {
            kind::ENV => self.observe_env(origin.side, record),
            kind::VERDICT => {}
            kind::SAMPLE | kind::OBSERVATION => self.observe_reading(origin, record),
            _ => self.observe_run(origin, record),
        }
        Ok(())
    }

    fn refuse(&mut self, record: &Record) -> Result<(), Refused> {
        if let Some((name, value)) = record.metrics.iter().find(|(_, v)| v.abs() > LARGEST) {
            return Err(Refused::TooLarge { name: printable(name, 60), value });
        }
        for (name, found) in &record.units {
            let key = (record.kind.clone(), name.clone());
            if !self.units.contains_key(&key) {
                Declared::parse(found).map_err(|problem| {
                    let [name, unit] = [name, found].map(|text| printable(text, 60));
                    Refused::Unit { name, unit, problem }
                })?;
            }
            let known = self.units.entry(key).or_insert_with(|| found.clone());
            if known != found {
                let [name, found, known] = [name, found, known].map(|text| printable(text, 60));
                return Err(Refused::OtherUnit { name, found, known });
            }
        }
        Ok(())
    }

    /// The plan gives the subjects their order; the environment is for comparisons.
    fn observe_env(&mut self, side: Side, record: &Record) {
        let Some(detail) = record.env_detail() else { return };
        for subject in &detail.plan.subjects {
            let subject = Subject {
                name: subject.name.clone(),
                scenario: subject.scenario.clone(),
                platform: subject.platform.clone(),
                variant: subject.variant.clone(),
                ..Subject::default()
            };
            let key = SeriesKey::new(&detail.plan.kind, &subject);
            if self.grouping.is_plain() && self.filter.matches(&key) {
                self.series.get_or_add(side, key);
            }
        }
        // Without an id of its own it is known by what it says.
        let text = || serde_json::to_string(&detail.ground).unwrap_or_default();
        let id = record.env.clone().unwrap_or_else(text);
        let number = self.environments.number(&id);
        self.environments.set(number, detail.ground.clone());
        if let Some(run) = &record.run {
            let batch = self.batch(&run.batch);
            self.batch_environments.insert(batch, number);
        }
    }

    fn observe_run(&mut self, origin: Origin, record: &Record) {
        let nameless = || SeriesKey::new(&record.kind, &Subject::default());
        let key = self.grouping.key(SeriesKey::of(record).unwrap_or_else(nameless), record);
        if !self.filter.matches(&key) {
            self.left_out += 1;
            return;
        }
        let run = self.run(origin, record);
        // A record names its environment itself, or its batch's `env` record does.
        let environment = match (&record.env, run.batch) {
            (Some(id), _) => Some(self.environments.number(id)),
            (None, Some(batch)) => self.batch_environments.get(&batch).copied(),
            (None, None) => None,
        };
        let is_marked = self.grouping.is_marked(record);
        let side = if is_marked { Side::Baseline } else { origin.side };
        let draws_runs = self.draws_runs;
        let series = self.series.get_or_add(side, key);
        let dockerfile = record.subject.as_ref().and_then(|subject| subject.dockerfile.as_ref());
        series.dockerfile = dockerfile.cloned().or(series.dockerfile.take());
        if record.outcome == Outcome::Failed {
            let line = steps::failed_line(record);
            series.add_failure(FailedRun { run, message: failure_text(record), line });
        } else if run.warmup {
            series.apart.push(run);
        } else {
            series.environments.insert(environment);
            add_good_run(series, run, record, &self.selection);
            if draws_runs {
                if let Some(drawn) = DrawnRun::of(run, record) {
                    series.drawn.add(drawn);
                }
                if let Some(host) = &record.host {
                    series.surroundings.add(host);
                }
            }
        }
    }

    /// A reading of a run is no run.
    fn observe_reading(&mut self, origin: Origin, record: &Record) {
        if self.draws_runs && record.kind == kind::SAMPLE && !record.is_warmup() {
            let run = self.run(origin, record);
            self.readings.add(origin.side, &run, record);
        }
    }

    fn run(&mut self, origin: Origin, record: &Record) -> Run {
        let batch = record.run.as_ref().map(|run| self.batch(&run.batch));
        Run {
            batch,
            round: record.run.as_ref().and_then(|run| run.n),
            warmup: record.is_warmup(),
            source: origin.source,
            line: origin.line,
        }
    }

    fn batch(&mut self, name: &str) -> u32 {
        if let Some(number) = self.batches.get(name) {
            return *number;
        }
        let number = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
        self.batches.insert(name.to_owned(), number);
        number
    }
}

fn failure_text(record: &Record) -> String {
    let Some(error) = &record.error else { return String::new() };
    printable(&format!("{}: {}", error.code, error.message), MESSAGE_CHARS)
}

fn add_good_run(series: &mut Series, run: Run, record: &Record, selection: &Selection) {
    series.runs.push(run);
    let mut shown = false;
    for (name, value) in record.metrics.iter() {
        if selection.shows(&record.kind, name) {
            series.set_metric(name, value);
            shown = true;
        } else if is_needed(&record.kind, name) {
            series.set_aside(name, value);
        }
    }
    if !shown {
        series.add_unshown(record.metrics.iter().map(|(name, _)| name));
    }
    series.layers = layers::of(record).unwrap_or_default();
    series.findings = findings::of(record);
    series.services = services::of(record);
    series.lost = steps::lost(record);
    series.change = steps::change(record);
    if series.lines.is_none() {
        series.lines = Lines::of(record);
    }
    let executed = Executed::of(record);
    series.add_steps(executed.as_ref(), steps::counts(record));
    if let Some(executed) = executed {
        add_step_times(series, executed);
    }
    if let Some(host) = &record.host {
        series.busy.add(host);
    }
    series.latest = series.latest.max(Some(record.at));
    if let Some(run) = &record.run {
        run.batch.clone_into(&mut series.last_batch);
    }
    let resolution = record.resolution_seconds().unwrap_or(0.0);
    series.resolution_seconds = series.resolution_seconds.max(resolution);
    match &mut series.meta {
        Some(meta) => meta.retain(|key, value| record.meta.get(key) == Some(value)),
        None => series.meta = Some(record.meta.clone()),
    }
}

fn add_step_times(series: &mut Series, executed: Executed) {
    for step in executed.steps {
        let Some(seconds) = step.seconds else { continue };
        let times = series.steps.entry(step.id).or_insert_with(|| StepTimes {
            line: step.line,
            text: printable(&one_line(&step.text), STEP_CHARS),
            first: false,
            seconds: Vec::new(),
        });
        times.first |= step.first;
        times.seconds.push(seconds);
    }
}
