//! Folds progress messages into a [`Trace`], whatever backend they come from.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::interval::{Interval, union};
use super::name::VertexKind;
use super::status::{SolveStatus, StatusUpdate, VertexUpdate};
use super::tail::Tail;
use super::trace::{Trace, Transfer, Vertex, VertexState};

/// Lines of output kept of each vertex.
const LOG_LINES: usize = 40;
/// Sub-steps kept of each vertex.
const TRANSFERS: usize = 256;
/// Warnings kept of a build.
const WARNINGS: usize = 50;

/// Takes messages in the order in which they came. Its memory grows with the
/// number of vertexes and of their runs, never with what steps print.
#[derive(Debug)]
pub struct Reducer {
    vertexes: Vec<Building>,
    places: HashMap<String, usize>,
    warnings: Tail,
    latest: Option<Timestamp>,
}

impl Default for Reducer {
    fn default() -> Self {
        Self {
            vertexes: Vec::new(),
            places: HashMap::new(),
            warnings: Tail::new(WARNINGS),
            latest: None,
        }
    }
}

impl Reducer {
    /// A reducer that has heard nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next message.
    pub fn push(&mut self, status: SolveStatus) {
        for update in status.vertexes {
            self.saw(update.started);
            self.saw(update.completed);
            self.vertex(&update.digest).update(update);
        }
        for update in status.statuses {
            self.saw(update.timestamp);
            if let Some(vertex) = self.known(&update.vertex) {
                vertex.transfer(update);
            }
        }
        for update in status.logs {
            self.saw(update.timestamp);
            if let Some(vertex) = self.known(&update.vertex) {
                vertex.log.push(&update.data);
            }
        }
        for warning in &status.warnings {
            let short = String::from_utf8_lossy(&warning.short);
            self.warnings.push_line(short.lines().next().unwrap_or(""));
        }
    }

    /// What is known when the stream has ended.
    pub fn finish(self) -> Trace {
        let latest = self.latest;
        let finished = self.vertexes.into_iter().map(|one| one.finish(latest));
        Trace { vertexes: finished.collect(), warnings: self.warnings.into_lines() }
    }

    fn saw(&mut self, at: Option<Timestamp>) {
        self.latest = self.latest.max(at);
    }

    /// A vertex is announced before anything else is told of it.
    fn known(&mut self, digest: &str) -> Option<&mut Building> {
        let place = *self.places.get(digest)?;
        self.vertexes.get_mut(place)
    }

    fn vertex(&mut self, digest: &str) -> &mut Building {
        let next = self.vertexes.len();
        let place = self.places.get(digest).copied().unwrap_or(next);
        if place == next {
            self.places.insert(digest.to_owned(), next);
            self.vertexes.push(Building::new(digest));
        }
        &mut self.vertexes[place]
    }
}

/// A vertex as far as it is known.
#[derive(Debug)]
struct Building {
    digest: String,
    name: String,
    inputs: Vec<String>,
    group: Option<String>,
    /// Begin of each run, with its end once that is known. A run is told several
    /// times, always with the same begin.
    runs: BTreeMap<Timestamp, Option<Timestamp>>,
    cached: bool,
    executed: bool,
    error: String,
    log: Tail,
    transfers: Vec<Transfer>,
}

impl Building {
    fn new(digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            name: String::new(),
            inputs: Vec::new(),
            group: None,
            runs: BTreeMap::new(),
            cached: false,
            executed: false,
            error: String::new(),
            log: Tail::new(LOG_LINES),
            transfers: Vec::new(),
        }
    }

    fn update(&mut self, update: VertexUpdate) {
        if !update.name.is_empty() {
            self.name = update.name;
        }
        if !update.inputs.is_empty() {
            self.inputs = update.inputs;
        }
        self.group = update.progress_group.map(|group| group.id).or(self.group.take());
        let Some(started) = update.started else {
            return;
        };
        let known = self.runs.entry(started).or_default();
        *known = (*known).max(update.completed);
        // A vertex without inputs also "runs" to find its cache key; one with
        // inputs completes uncached only by doing its work.
        self.executed |= update.completed.is_some()
            && !update.cached
            && update.error.is_empty()
            && !self.inputs.is_empty();
        self.cached = update.cached;
        self.error = update.error;
    }

    fn transfer(&mut self, update: StatusUpdate) {
        let Some(transfer) = self.transfer_of(update.id) else {
            return;
        };
        transfer.current = transfer.current.max(update.current.max(0).unsigned_abs());
        let total = (update.total > 0).then(|| update.total.unsigned_abs());
        transfer.total = total.or(transfer.total);
        transfer.started = transfer.started.or(update.started);
        transfer.completed = transfer.completed.max(update.completed);
    }

    fn transfer_of(&mut self, id: String) -> Option<&mut Transfer> {
        let known = self.transfers.iter().position(|one| one.id == id);
        let place = known.unwrap_or(self.transfers.len());
        if known.is_none() && place < TRANSFERS {
            self.transfers.push(Transfer {
                id,
                current: 0,
                total: None,
                started: None,
                completed: None,
            });
        }
        self.transfers.get_mut(place)
    }

    fn finish(self, latest: Option<Timestamp>) -> Vertex {
        let state = self.state();
        let (intervals, log_tail) = (self.intervals(latest), self.log.into_lines());
        Vertex {
            kind: VertexKind::of(&self.name),
            digest: self.digest,
            name: self.name,
            inputs: self.inputs,
            state,
            intervals,
            error: Some(self.error).filter(|error| !error.is_empty()),
            log_tail,
            transfers: self.transfers,
            group: self.group,
        }
    }

    fn state(&self) -> VertexState {
        let Some((_, end)) = self.runs.last_key_value() else {
            return VertexState::NotStarted;
        };
        if self.error.ends_with("context canceled") {
            VertexState::Canceled
        } else if end.is_some() && !self.error.is_empty() {
            VertexState::Failed
        } else if self.executed {
            VertexState::Executed
        } else if self.cached {
            VertexState::Cached
        } else if end.is_none() {
            VertexState::Canceled
        } else {
            VertexState::Executed
        }
    }

    /// The runs without overlap. One whose end was never told ends with the last
    /// run that was told to end, else when the next run begins, else with the
    /// last news of the build.
    fn intervals(&self, latest: Option<Timestamp>) -> Vec<Interval> {
        let last_end = self.runs.values().flatten().max();
        let close = |(&start, end): (&Timestamp, &Option<Timestamp>)| {
            let next = || self.runs.range(start..).nth(1).map(|(next, _)| *next);
            let told = || last_end.copied().filter(|end| *end >= start);
            let end = end.or_else(told).or_else(next).or(latest);
            Interval::new(start, end.unwrap_or(start))
        };
        union(self.runs.iter().map(close).collect())
    }
}
