//! Where the time of a build went. Pure arithmetic on a [`Trace`].
//!
//! All times are the engine's, so nothing here depends on the client's clock;
//! vertexes of kind [`VertexKind::Client`] are left out for that reason.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::interval::{Interval, between, gaps, total, union};
use super::name::VertexKind;
use super::trace::{Trace, Vertex, VertexState};

/// The figures of one build.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// From the first begin of a vertex to the last end of one; `None` if none
    /// began.
    pub span: Option<Interval>,
    /// Time within the span in which at least one vertex ran.
    pub covered: Duration,
    /// Times within the span in which no vertex ran, in order. Their sum and
    /// `covered` make the span.
    pub gaps: Vec<Interval>,
    /// Sum over the vertexes of the time that each one ran.
    pub busy: Duration,
    /// `busy` over `covered`: 1 if vertexes only ever ran one after the other.
    /// `None` if nothing took time.
    pub parallelism_ratio: Option<f64>,
    /// Places in `Trace::vertexes` of the chain that decided when the build
    /// ended, in the order of time.
    pub critical_path: Vec<usize>,
    /// Time in which at least one vertex of that chain ran; never more than the
    /// span.
    pub critical_path_length: Duration,
    /// For each vertex of the trace: from the moment at which its last input was
    /// ready to its first begin. `None` without inputs, or if it did not run.
    pub waited: Vec<Option<Duration>>,
    /// Time spent writing results and cache; `None` if nothing was written.
    pub export: Option<Duration>,
    /// Time spent asking what images are; `None` if nothing was asked.
    pub resolve: Option<Duration>,
    /// Time spent sending build contexts; `None` if the build has none.
    pub context: Option<Duration>,
    /// Bytes that sending them took, with what the protocol adds.
    pub context_sent_bytes: Option<u64>,
}

impl Analysis {
    /// Analyses a trace. Sound for any input: cycles, inputs that are not there,
    /// runs that overlap.
    pub fn of(trace: &Trace) -> Self {
        let graph = Graph::of(trace);
        let runs = |keep: &dyn Fn(&Vertex) -> bool| union_of(trace, keep);
        let all = runs(&|_| true);
        let (covered, busy) = (total(&all), graph.busy());
        let (path, waited) = (graph.critical_path(), graph.waited());
        let on_path = path.iter().flat_map(|&place| graph.runs(place));
        let critical_path_length = total(&union(on_path.copied().collect()));
        let time_of = |kind| {
            let intervals = runs(&|vertex| vertex.kind == kind);
            (!intervals.is_empty()).then(|| total(&intervals))
        };
        Self {
            span: span(&all),
            covered,
            gaps: gaps(&all),
            busy,
            parallelism_ratio: ratio(busy, covered),
            critical_path: path,
            critical_path_length,
            waited,
            export: time_of(VertexKind::Export),
            resolve: time_of(VertexKind::Metadata),
            context: time_of(VertexKind::Context),
            context_sent_bytes: context_bytes(trace),
        }
    }

    /// Length of the span, or zero.
    pub fn span_length(&self) -> Duration {
        self.span.map_or(Duration::ZERO, Interval::length)
    }

    /// Sum of the gaps.
    pub fn gap_length(&self) -> Duration {
        total(&self.gaps)
    }
}

fn span(all: &[Interval]) -> Option<Interval> {
    Some(Interval::new(all.first()?.start, all.last()?.end))
}

fn ratio(busy: Duration, covered: Duration) -> Option<f64> {
    (!covered.is_zero()).then(|| busy.as_secs_f64() / covered.as_secs_f64())
}

fn union_of(trace: &Trace, keep: &dyn Fn(&Vertex) -> bool) -> Vec<Interval> {
    let engine = trace.vertexes.iter().filter(|vertex| is_engine(vertex));
    let kept = engine.filter(|vertex| keep(vertex));
    union(kept.flat_map(|vertex| vertex.intervals.clone()).collect())
}

fn context_bytes(trace: &Trace) -> Option<u64> {
    let context = |vertex: &&Vertex| vertex.kind == VertexKind::Context;
    let contexts = trace.vertexes.iter().filter(context);
    let bytes = contexts.filter_map(Vertex::transferred_bytes);
    bytes.reduce(u64::saturating_add)
}

fn is_engine(vertex: &Vertex) -> bool {
    vertex.kind != VertexKind::Client
}

/// What passes for an instant of readiness: when, how long it took to get
/// there, and (turned round, so that the first mentioned wins) which vertex.
type Ready = (Timestamp, Duration, Reverse<usize>);

/// The trace with its edges resolved.
struct Graph<'a> {
    vertexes: &'a [Vertex],
    places: HashMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    fn of(trace: &'a Trace) -> Self {
        Self { vertexes: &trace.vertexes, places: trace.places() }
    }

    /// Walks back from the vertex that ended last. Each step goes to what it
    /// waited for ([`Graph::awaited`]) that was ready last, and where there is
    /// nothing such, to whatever ended last before it began.
    fn critical_path(&self) -> Vec<usize> {
        let (mut path, mut left) = (Vec::new(), vec![true; self.vertexes.len()]);
        let (mut asking, mut limit) = (None, None);
        let mut current = self.last_ended(None, &left);
        while let Some(place) = current {
            path.push(place);
            left[place] = false;
            // What is loaded on demand is loaded when the step that needs it is
            // about to run, so what it came after is what that step waited for.
            if !self.is_loaded(place) {
                asking = Some(place);
            }
            let Some(start) = self.begin(place, limit) else { break };
            let awaited = self.last_awaited(asking.unwrap_or(place), place, start, &left);
            current = awaited.or_else(|| self.last_ended(Some(start), &left));
            limit = Some(start);
        }
        path.reverse();
        // A base may stand behind a step that began after it was looked up.
        path.sort_by_key(|&place| self.vertexes[place].start());
        path
    }

    /// When the run of `place` began that something at `limit` came after. A
    /// base that several stages share is looked up first and loaded for each of
    /// them later: only the last load before `limit` was waited for.
    fn begin(&self, place: usize, limit: Option<Timestamp>) -> Option<Timestamp> {
        let vertex = &self.vertexes[place];
        if !self.is_loaded(place) {
            return vertex.start();
        }
        let early = |run: &&Interval| limit.is_none_or(|limit| run.start <= limit);
        vertex.intervals.iter().rev().find(early).map(|run| run.start)
    }

    /// Of what `asking` waited for, the one that was ready last when `place`
    /// began, at `start`.
    fn last_awaited(
        &self,
        asking: usize,
        place: usize,
        start: Timestamp,
        left: &[bool],
    ) -> Option<usize> {
        let itself = asking == place;
        let ready = |input| {
            if itself { self.ready(input, start) } else { self.ended(input, Some(start)) }
        };
        let awaited = self.awaited(asking).into_iter().filter(|&input| left[input]);
        awaited.filter_map(ready).max().map(|ready| ready.2.0)
    }

    /// The vertex that ended last, and not after `limit`.
    fn last_ended(&self, limit: Option<Timestamp>, left: &[bool]) -> Option<usize> {
        let others = (0..left.len()).filter(|&place| left[place]);
        others.filter_map(|place| self.ended(place, limit)).max().map(|ended| ended.2.0)
    }

    fn waited(&self) -> Vec<Option<Duration>> {
        (0..self.vertexes.len()).map(|place| self.waited_of(place)).collect()
    }

    fn waited_of(&self, place: usize) -> Option<Duration> {
        let start = self.vertexes[place].start()?;
        if self.is_cached(place) || !is_engine(&self.vertexes[place]) {
            return None;
        }
        let ready = |place| self.ready(place, start);
        let last = self.awaited(place).into_iter().filter_map(ready).max()?;
        Some(between(last.0, start))
    }

    /// The vertexes that had to be done before this one could begin: its inputs,
    /// and behind an input that did not run (a cached one is loaded on demand,
    /// long after its own inputs, or never) that one's inputs too.
    fn awaited(&self, place: usize) -> Vec<usize> {
        let (mut found, mut seen) = (Vec::new(), HashSet::from([place]));
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            for input in &self.vertexes[place].inputs {
                let Some(&input) = self.places.get(input.as_str()) else {
                    continue;
                };
                if seen.insert(input) {
                    found.push(input);
                    if self.is_cached(input) {
                        open.push(input);
                    }
                }
            }
        }
        found
    }

    /// When `place` was ready for something that began at `at`: its last end
    /// until then; `at` itself while it still ran.
    fn ready(&self, place: usize, at: Timestamp) -> Option<Ready> {
        let vertex = &self.vertexes[place];
        let before = |interval: &&Interval| interval.start <= at;
        let last = vertex.intervals.iter().rev().find(before)?;
        self.took_part(place).then(|| (last.end.min(at), self.length(place), Reverse(place)))
    }

    /// When `place` ended, if that was at or before `limit`.
    fn ended(&self, place: usize, limit: Option<Timestamp>) -> Option<Ready> {
        let end = self.vertexes[place].end()?;
        let early = limit.is_none_or(|limit| end <= limit);
        (early && self.took_part(place)).then(|| (end, self.length(place), Reverse(place)))
    }

    /// Whether the path may touch it: not if it never began, if another clock
    /// stamped it, or if it only was marked as cached in passing.
    fn took_part(&self, place: usize) -> bool {
        let vertex = &self.vertexes[place];
        let marked = vertex.state == VertexState::Cached && self.length(place).is_zero();
        is_engine(vertex) && !vertex.intervals.is_empty() && !marked
    }

    fn is_cached(&self, place: usize) -> bool {
        let state = self.vertexes[place].state;
        matches!(state, VertexState::Cached | VertexState::NotStarted)
    }

    /// Whether it is loaded on demand, perhaps in several runs.
    fn is_loaded(&self, place: usize) -> bool {
        self.is_cached(place) || self.vertexes[place].kind == VertexKind::From
    }

    fn length(&self, place: usize) -> Duration {
        total(&self.vertexes[place].intervals)
    }

    fn runs(&self, place: usize) -> &[Interval] {
        &self.vertexes[place].intervals
    }

    fn busy(&self) -> Duration {
        let engine = (0..self.vertexes.len()).filter(|&at| is_engine(&self.vertexes[at]));
        engine.fold(Duration::ZERO, |sum, at| sum.saturating_add(self.length(at)))
    }
}
