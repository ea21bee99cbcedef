//! Records become series: the numbers stay, the records go.

use std::collections::{BTreeMap, HashMap};

use dp_math::MAX_MAGNITUDE;
use dp_record::{
    Ids, KeyView, Missing, Outcome, Place, PlanCheck, RecordView, SeriesKey, kind, printable,
};
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
use crate::input::selection::{Role, Roles, Selection};
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
    roles: Vec<(String, Roles)>,
    /// Whether the filter lets a series pass, by its number.
    passes: Vec<Option<bool>>,
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
    /// The numbers of their keys, and of batches.
    ids: Ids,
    /// Of each side: the places of the series in the list, by the numbers of their keys.
    places: [Vec<Option<u32>>; 2],
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
        let number = self.ids.find(key.view())?;
        let place = self.places[side as usize].get(number as usize).copied().flatten()?;
        self.list.get(place as usize)
    }

    /// The series of a side whose key has this number.
    fn get_or_add(&mut self, side: Side, number: u32) -> &mut Series {
        let places = &mut self.places[side as usize];
        let number = number as usize;
        if places.len() <= number {
            places.resize(number + 1, None);
        }
        let place = places[number].map_or(self.list.len(), |place| place as usize);
        if place == self.list.len() {
            places[number] = u32::try_from(place).ok();
            let key = u32::try_from(number).ok().and_then(|number| self.ids.key(number));
            let mut series = Series::new(side, key.cloned().unwrap_or_default());
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
        let named = run.batch.map(|number| self.series.ids.batch_name(number));
        named.map_or_else(|| "-".to_owned(), |name| printable(name, 40))
    }

    /// The planned series of a side that did not come in full.
    pub(crate) fn missing(&self, side: Side) -> Vec<Missing> {
        let missing = self.checks[side as usize].missing(&self.series.ids).into_iter();
        missing.filter(|missing| self.filter.matches(missing.key.view())).collect()
    }

    /// What is known of a metric of this kind.
    pub(crate) fn measure(&self, kind: &str, name: &str) -> Measure {
        let declared = self.units.get(&(kind.to_owned(), name.to_owned()));
        Measure::of(kind, name, declared.map(String::as_str), &self.selection)
    }

    /// Takes what a record says. A verdict of an earlier report is no observation.
    pub(crate) fn observe(
        &mut self,
        origin: Origin,
        record: &RecordView<'_>,
    ) -> Result<(), Refused> {
        self.records += 1;
        self.latest = self.latest.max(record.at);
        self.refuse(record)?;
        let place = self.series.ids.of(record);
        self.checks[origin.side as usize].observe(place, record);
        match &*record.kind {
            kind::ENV => self.observe_env(origin.side, place, record),
            kind::VERDICT => {}
            kind::SAMPLE | kind::OBSERVATION => self.observe_reading(origin, place, record),
            _ => self.observe_run(origin, place, record),
        }
        Ok(())
    }

    fn refuse(&mut self, record: &RecordView<'_>) -> Result<(), Refused> {
        let too_large = record.metrics.iter().filter(|(_, value)| value.abs() > LARGEST);
        if let Some((name, value)) = too_large.min_by_key(|(name, _)| *name) {
            return Err(Refused::TooLarge { name: printable(name, 60), value });
        }
        if record.units.is_empty() { Ok(()) } else { self.refuse_units(record) }
    }

    fn refuse_units(&mut self, record: &RecordView<'_>) -> Result<(), Refused> {
        for (name, found) in &record.units.to_map() {
            let key = (record.kind.to_string(), name.clone());
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
    fn observe_env(&mut self, side: Side, place: Place, record: &RecordView<'_>) {
        let Some(detail) = record.env_detail() else { return };
        for subject in &detail.plan.subjects {
            let key = subject.key(&detail.plan.kind);
            if self.grouping.is_plain() && self.filter.matches(key) {
                let number = self.series.ids.series(key);
                self.series.get_or_add(side, number);
            }
        }
        // Without an id of its own it is known by what it says.
        let text = || serde_json::to_string(&detail.ground).unwrap_or_default();
        let number = match &record.env {
            Some(id) => self.environments.number(id),
            None => self.environments.number(&text()),
        };
        self.environments.set(number, detail.ground.clone());
        if let Some(batch) = place.batch {
            self.batch_environments.insert(batch, number);
        }
    }

    fn observe_run(&mut self, origin: Origin, place: Place, record: &RecordView<'_>) {
        let number = self.number(place, record);
        if !self.passes(number) {
            self.left_out += 1;
            return;
        }
        let run = run(origin, place, record);
        // A record names its environment itself, or its batch's `env` record does.
        let environment = match (&record.env, run.batch) {
            (Some(id), _) => Some(self.environments.number(id)),
            (None, Some(batch)) => self.batch_environments.get(&batch).copied(),
            (None, None) => None,
        };
        let is_marked = self.grouping.is_marked(record);
        let side = if is_marked { Side::Baseline } else { origin.side };
        let series = self.series.get_or_add(side, number);
        let dockerfile = record.subject.as_ref().and_then(|subject| subject.dockerfile.as_deref());
        if dockerfile.is_some() && series.dockerfile.as_deref() != dockerfile {
            series.dockerfile = dockerfile.map(str::to_owned);
        }
        if record.outcome == Outcome::Failed {
            let line = steps::failed_line(record);
            series.add_failure(FailedRun { run, message: failure_text(record), line });
        } else if run.warmup {
            series.apart.push(run);
        } else {
            series.environments.insert(environment);
            let known = self.roles.iter().position(|(kind, _)| record.kind == **kind);
            let place = known.unwrap_or(self.roles.len());
            if known.is_none() {
                self.roles.push((record.kind.to_string(), Roles::default()));
            }
            let (_, roles) = &mut self.roles[place];
            add_good_run(series, run, record, (roles, &self.selection));
            if self.draws_runs {
                if let Some(drawn) = DrawnRun::of(run, record) {
                    series.drawn.add(drawn);
                }
                if let Some(host) = &record.host {
                    series.surroundings.add(host);
                }
            }
        }
    }

    /// The number of the series that an observation belongs to.
    fn number(&mut self, place: Place, record: &RecordView<'_>) -> u32 {
        if let Some(number) = place.series.filter(|_| self.grouping.is_by_key()) {
            return number;
        }
        let nameless =
            KeyView { kind: &record.kind, name: "", scenario: None, platform: None, variant: None };
        let key = self.grouping.key(KeyView::of(record).unwrap_or(nameless), record);
        self.series.ids.series(key.view())
    }

    /// Whether the series with this number is reported on.
    fn passes(&mut self, number: u32) -> bool {
        let index = number as usize;
        if self.passes.len() <= index {
            self.passes.resize(index + 1, None);
        }
        *self.passes[index].get_or_insert_with(|| {
            let key = self.series.ids.key(number);
            key.is_some_and(|key| self.filter.matches(key.view()))
        })
    }

    /// A reading of a run is no run.
    fn observe_reading(&mut self, origin: Origin, place: Place, record: &RecordView<'_>) {
        if self.draws_runs && *record.kind == *kind::SAMPLE && !record.is_warmup() {
            self.readings.add(origin.side, &run(origin, place, record), record);
        }
    }
}

fn run(origin: Origin, place: Place, record: &RecordView<'_>) -> Run {
    Run {
        batch: place.batch,
        round: record.run.as_ref().and_then(|run| run.n),
        warmup: record.is_warmup(),
        source: origin.source,
        line: origin.line,
    }
}

fn failure_text(record: &RecordView<'_>) -> String {
    let Some(error) = &record.error else { return String::new() };
    printable(&format!("{}: {}", error.code, error.message), MESSAGE_CHARS)
}

fn add_good_run(
    series: &mut Series,
    run: Run,
    record: &RecordView<'_>,
    (roles, selection): (&mut Roles, &Selection),
) {
    series.runs.push(run);
    let mut shown = false;
    for (place, (name, value)) in record.metrics.iter().enumerate() {
        match roles.of((&record.kind, name), place, selection) {
            Role::Shown => {
                series.set_metric(name, value);
                shown = true;
            }
            Role::Aside => series.set_aside(name, value),
            Role::Unused => {}
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
        (*run.batch).clone_into(&mut series.last_batch);
    }
    let resolution = record.resolution_seconds().unwrap_or(0.0);
    series.resolution_seconds = series.resolution_seconds.max(resolution);
    match &mut series.meta {
        Some(meta) => meta.retain(|key, value| record.meta.get(key) == Some(value.as_str())),
        None => series.meta = Some(record.meta.to_map()),
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
