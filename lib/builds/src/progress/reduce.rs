//! Folds progress messages into a [`Trace`], whatever backend they come from.
//!
//! # An example
//!
//! Messages about one vertex, in the order in which they came (times in seconds):
//!
//! ```text
//!    message                                          what is known then
//! 1  name "[2/2] RUN make", inputs [base]             not started
//! 2  started 1                                        runs: 1 to ?
//! 3  started 1, completed 1.1, cached                 runs: 1 to 1.1; cached
//! 4  started 2                                        runs: 1 to 1.1, 2 to ?
//! 5  log "compiling"
//! 6  started 2, completed 7                           runs: 1 to 1.1, 2 to 7; executed
//! ```
//!
//! The engine first tried to load a cached result (1 to 1.1), could not, and ran the step (2 to 7).
//! A run is known by its begin: message 3 ends the run of message 2, and message 4 begins another.
//! The vertex is executed, since one of its runs did the work: that a later or an earlier run was
//! cached does not count then. Its intervals are 1 to 1.1 and 2 to 7.
//!
//! Had the stream ended with message 5, the run that began at 2 would end with the latest time that
//! any message of the build has, and the vertex would be canceled.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::progress::interval::{Interval, union};
use crate::progress::name::VertexKind;
use crate::progress::shared;
use crate::progress::status::{SolveStatus, StatusUpdate, VertexUpdate};
use crate::progress::tail::Tail;
use crate::progress::trace::{Trace, Transfer, Vertex, VertexState};

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
    vertexes: Vec<VertexBuilder>,
    places: HashMap<String, usize>,
    warnings: Tail,
    /// The latest time that any message had.
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
    /// A reducer without any message yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next message.
    pub fn push(&mut self, status: SolveStatus) {
        for update in status.vertexes {
            self.note_time(update.started);
            self.note_time(update.completed);
            self.vertex(&update.digest).update(update);
        }
        for update in status.statuses {
            self.note_time(update.timestamp);
            if let Some(vertex) = self.known(&update.vertex) {
                vertex.transfer(update);
            }
        }
        for update in status.logs {
            self.note_time(update.timestamp);
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
        let announced: Vec<bool> = self.vertexes.iter().map(|one| one.announced).collect();
        let finished = self.vertexes.into_iter().map(|one| one.finish(latest)).collect();
        Trace {
            vertexes: shared::settle(finished, &announced),
            warnings: self.warnings.into_lines(),
        }
    }

    fn note_time(&mut self, at: Option<Timestamp>) {
        self.latest = self.latest.max(at);
    }

    /// A vertex is announced before anything else about it is sent.
    fn known(&mut self, digest: &str) -> Option<&mut VertexBuilder> {
        let place = *self.places.get(digest)?;
        self.vertexes.get_mut(place)
    }

    fn vertex(&mut self, digest: &str) -> &mut VertexBuilder {
        let next = self.vertexes.len();
        let place = self.places.get(digest).copied().unwrap_or(next);
        if place == next {
            self.places.insert(digest.to_owned(), next);
            self.vertexes.push(VertexBuilder::new(digest));
        }
        &mut self.vertexes[place]
    }
}

/// A vertex as far as it is known.
#[derive(Debug)]
struct VertexBuilder {
    digest: String,
    name: String,
    inputs: Vec<String>,
    group: Option<String>,
    /// Whether it was named before it began.
    announced: bool,
    /// Begin of each run, with its end once that is known. A run is reported several
    /// times, always with the same begin.
    runs: BTreeMap<Timestamp, Option<Timestamp>>,
    /// Whether the run that was reported last only loaded a cached result.
    cached: bool,
    /// Whether any run did the work of the vertex.
    executed: bool,
    /// Whether any run was reported without inputs, of a vertex that has some: work of
    /// another sort, as long as there is a run that loaded the result. Layers of an
    /// imported cache come so when something needs them at last.
    fetched: bool,
    /// Whether any run loaded its result, of a vertex with inputs.
    loaded: bool,
    /// Why the run that was reported last failed, or empty.
    error: String,
    log: Tail,
    transfers: Vec<Transfer>,
}

impl VertexBuilder {
    fn new(digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            name: String::new(),
            inputs: Vec::new(),
            group: None,
            announced: false,
            runs: BTreeMap::new(),
            cached: false,
            executed: false,
            fetched: false,
            loaded: false,
            error: String::new(),
            log: Tail::new(LOG_LINES),
            transfers: Vec::new(),
        }
    }

    fn update(&mut self, update: VertexUpdate) {
        // A later message about a vertex may leave out what an earlier one said.
        if !update.name.is_empty() {
            self.name = update.name;
        }
        let names_inputs = !update.inputs.is_empty();
        if names_inputs {
            self.inputs = update.inputs;
        }
        self.group = update.progress_group.map(|group| group.id).or(self.group.take());
        let Some(started) = update.started else {
            self.announced |= self.runs.is_empty();
            return;
        };
        let known = self.runs.entry(started).or_default();
        *known = (*known).max(update.completed);
        // A vertex without inputs (a base) also "runs" to find its cache key; one
        // with inputs completes uncached only by doing its work.
        let has_result =
            update.completed.is_some() && update.error.is_empty() && !self.inputs.is_empty();
        self.executed |= has_result && !update.cached && names_inputs;
        self.fetched |= has_result && !update.cached && !names_inputs;
        self.loaded |= has_result && update.cached;
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
            error: Some(self.error).filter(|error| !error.is_empty() && is_broken(state)),
            log_tail,
            transfers: self.transfers,
            group: self.group,
        }
    }

    fn state(&self) -> VertexState {
        let Some((_, end)) = self.runs.last_key_value() else {
            return VertexState::NotStarted;
        };
        // An error counts before anything else, and a run that did the work before
        // one that loaded the result: a result that was made is often loaded again.
        // Only a run that was canceled counts for nothing beside one with a result.
        let is_canceled = self.error.ends_with("context canceled");
        let executed = self.executed || self.fetched && !self.loaded;
        if is_canceled && executed {
            VertexState::Executed
        } else if is_canceled && self.loaded {
            VertexState::Cached
        } else if is_canceled {
            VertexState::Canceled
        } else if end.is_some() && !self.error.is_empty() {
            VertexState::Failed
        } else if executed {
            VertexState::Executed
        } else if self.cached {
            VertexState::Cached
        } else if end.is_none() {
            VertexState::Canceled
        } else if self.loaded {
            VertexState::Cached
        } else {
            VertexState::Executed
        }
    }

    /// The runs without overlap. One whose end was never reported ends with the last
    /// end of any run of this vertex, else when its next run begins, else with the
    /// latest message of the build.
    fn intervals(&self, latest: Option<Timestamp>) -> Vec<Interval> {
        let last_end = self.runs.values().flatten().max();
        let close = |(&start, end): (&Timestamp, &Option<Timestamp>)| {
            let next = || self.runs.range(start..).nth(1).map(|(next, _)| *next);
            let last = || last_end.copied().filter(|end| *end >= start);
            let end = end.or_else(last).or_else(next).or(latest);
            Interval::new(start, end.unwrap_or(start))
        };
        union(self.runs.iter().map(close).collect())
    }
}

/// Whether it ended with an error.
fn is_broken(state: VertexState) -> bool {
    matches!(state, VertexState::Failed | VertexState::Canceled)
}
