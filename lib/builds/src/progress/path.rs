//! The critical path: the chain of vertexes that decided when a build ended.
//!
//! It is found from its end. The vertex that ended last is on it, or the one that failed, since what
//! ended later was torn down with it. Before each vertex comes what that one waited for longest, and
//! where it waited for nothing, whatever ended last before it began.
//!
//! # An example
//!
//! Two stages are built at the same time, and a third copies from both (times in seconds):
//!
//! ```text
//! i  [internal] load metadata for base            0 to 1     needs nothing
//! f  [slow 1/2] FROM base                         1 to 2     nothing
//! s  [slow 2/2] RUN sleep 5                       2 to 7     f
//! q  [quick 2/2] RUN sleep 2                      2 to 4     f
//! c  [stage-2 2/4] COPY --from=slow /a /a         7 to 8     f, s
//! d  [stage-2 3/4] COPY --from=quick /b /b        8 to 9     c, q
//! r  [stage-2 4/4] RUN cat /a /b                  9 to 10    d
//! e  exporting to image                          10 to 11    nothing
//! ```
//!
//! `e` ended last. It has no edges (only steps have), so before it comes what ended last until 10:
//! `r`. That waited for `d`. `d` waited for `c`, ready at 8, and for `q`, ready at 4: `c` was last.
//! `c` waited for `s` (7) rather than `f` (2), `s` for `f`, and before `f` came `i`. The path is `i f
//! s c d r e`; a second less in `q` would not end the build sooner.
//!
//! # What is loaded on demand
//!
//! A cached result is not loaded when its inputs are ready, but when a step is about to use it, and a
//! base is looked up first and loaded later, once for each stage. So what comes before such a load is
//! what the step waited for that asked for it:
//!
//! ```text
//! f  [slow 1/2] FROM base                         0   to 0.5
//! s  [slow 2/2] RUN sleep                         0.5 to 5     needs f
//! w  [stage-1 2/3] WORKDIR /app (cached)          5   to 5.1   f
//! c  [stage-1 3/3] COPY --from=slow /a .          5.2 to 6     w, s
//! ```
//!
//! `c` waited for `w` (5.1) last. `w` itself needs only `f`, which was ready at 0.5; but it was
//! loaded at 5 because `c` was about to run, and `c` waited for `s` until then. The path is `f s w c`.
//!
//! # Time
//!
//! A build may have 100,000 vertexes, so nothing here looks at all vertexes for each vertex. The
//! walk goes back in time only: lists that are sorted by time are read once from their end
//! ([`ByEnd`]). And what lies on the other side of cached inputs is summed up once ([`Beyond`]).

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::progress::interval::{Interval, between, total};
use crate::progress::name::VertexKind;
use crate::progress::trace::{Trace, Vertex, VertexState};

/// When something was ready, how long it took to get there, and which vertex it is (reversed, so
/// that of two that are equal otherwise the first mentioned is the greater one).
type Ready = (Timestamp, Duration, Reverse<usize>);

/// What a vertex that did not run (a cached one) waited for itself.
#[derive(Debug, Clone, Copy)]
enum Beyond {
    /// Nothing that took part in the build.
    Nothing,
    /// This one was the last of it to be ready.
    Last(Ready),
    /// Not known: the vertex ran, or its inputs lead in a circle.
    Unknown,
}

/// The trace with its edges resolved. Vertexes are named by their places in the trace.
pub(crate) struct Graph<'a> {
    vertexes: &'a [Vertex],
    /// Of each vertex the inputs that are in the trace.
    inputs: Vec<Vec<usize>>,
    /// Of each vertex the time that it ran.
    lengths: Vec<Duration>,
    beyond: Vec<Beyond>,
    /// The vertex by which the build failed.
    failed: Option<usize>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(trace: &'a Trace) -> Self {
        let places = trace.places();
        let place = |digest: &String| places.get(digest.as_str()).copied();
        let inputs = |vertex: &Vertex| vertex.inputs.iter().filter_map(place).collect();
        let mut graph = Self {
            vertexes: &trace.vertexes,
            inputs: trace.vertexes.iter().map(inputs).collect(),
            lengths: trace.vertexes.iter().map(|vertex| total(&vertex.intervals)).collect(),
            beyond: Vec::new(),
            failed: trace.failed().and_then(|vertex| place(&vertex.digest)),
        };
        graph.beyond = graph.sum_up_cached();
        graph.failed = graph.failed.filter(|&place| graph.took_part(place));
        graph
    }

    /// The places of the path, in the order of time.
    pub(crate) fn critical_path(&self) -> Vec<usize> {
        let (mut path, mut left) = (Vec::new(), vec![true; self.vertexes.len()]);
        let mut all = ByEnd::of(self, 0..self.vertexes.len());
        // The step that asked for what is loaded, and what it waited for once that is needed.
        let (mut asking, mut awaited) = (None, None);
        let mut limit = None;
        let mut current = self.failed.or_else(|| all.last(None, &left));
        while let Some(place) = current {
            path.push(place);
            left[place] = false;
            if !self.is_loaded(place) {
                (asking, awaited) = (Some(place), None);
            }
            let Some(start) = self.begin(place, limit) else { break };
            let before = match asking {
                // `place` was loaded for `asking`: what that one waited for comes before.
                Some(asking) if asking != place => awaited
                    .get_or_insert_with(|| ByEnd::of(self, self.awaited(asking)))
                    .last(Some(start), &left),
                _ => self.last_ready(place, start, |input| left[input]).map(|ready| ready.2.0),
            };
            current = before.or_else(|| all.last(Some(start), &left));
            limit = Some(start);
        }
        path.reverse();
        // A base may come later on the path than a step that began after it was looked up.
        path.sort_by_key(|&place| self.vertexes[place].start());
        path
    }

    /// For each vertex: from the moment at which its last input was ready to its first begin.
    pub(crate) fn waited(&self) -> Vec<Option<Duration>> {
        (0..self.vertexes.len()).map(|place| self.waited_of(place)).collect()
    }

    fn waited_of(&self, place: usize) -> Option<Duration> {
        let start = self.vertexes[place].start()?;
        let is_shared = self.vertexes[place].state == VertexState::Shared;
        if self.is_cached(place) || is_shared || !self.is_by_engine(place) {
            return None;
        }
        let last = self.last_ready(place, start, |_| true)?;
        Some(between(last.0, start))
    }

    /// When the run of `place` began that something at `limit` came after. A
    /// base that several stages share is looked up first and loaded for each of
    /// them later: only the last load before `limit` was waited for.
    fn begin(&self, place: usize, limit: Option<Timestamp>) -> Option<Timestamp> {
        match limit {
            Some(limit) if self.is_loaded(place) => Some(self.last_run(place, limit)?.start),
            None if self.is_loaded(place) => Some(self.vertexes[place].intervals.last()?.start),
            _ => self.vertexes[place].start(),
        }
    }

    /// The vertexes that had to be done before this one could begin: its inputs,
    /// and beyond an input that did not run (a cached one is loaded on demand,
    /// long after its own inputs, or never) that one's inputs too.
    fn awaited(&self, place: usize) -> Vec<usize> {
        let (mut found, mut seen) = (Vec::new(), HashSet::from([place]));
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            for &input in &self.inputs[place] {
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

    /// Of what `place` waited for ([`Graph::awaited`]) and `is_left`, the one that was ready last
    /// when `place` began, at `at`.
    ///
    /// Goes beyond a cached input only where it must: what is known of the other side
    /// ([`Beyond`]) mostly says at once what would be found there.
    fn last_ready(
        &self,
        place: usize,
        at: Timestamp,
        is_left: impl Fn(usize) -> bool,
    ) -> Option<Ready> {
        let (mut best, mut seen) = (None::<Ready>, HashSet::from([place]));
        let mut open = vec![place];
        while let Some(vertex) = open.pop() {
            for &input in &self.inputs[vertex] {
                if !seen.insert(input) {
                    continue;
                }
                if is_left(input) {
                    best = best.max(self.ready(input, at));
                }
                if !self.is_cached(input) {
                    continue;
                }
                match self.beyond[input] {
                    Beyond::Nothing => {}
                    // All of it had ended by then, so the last of it is the last to be ready.
                    Beyond::Last(last)
                        if last.0 <= at && is_left(last.2.0) && last.2.0 != place =>
                    {
                        best = best.max(Some(last));
                    }
                    // All of it ended before the best that is known.
                    Beyond::Last(last) if best.is_some_and(|best| last.0 < best.0) => {}
                    Beyond::Last(_) | Beyond::Unknown => open.push(input),
                }
            }
        }
        best
    }

    /// Fills [`Graph::beyond`]: each cached vertex after its cached inputs (Kahn's topological
    /// order). Those that are in a circle, or need one that is, never get their turn.
    fn sum_up_cached(&self) -> Vec<Beyond> {
        let count = self.vertexes.len();
        let (mut dependents, mut missing) = (vec![Vec::new(); count], vec![0_usize; count]);
        let cached = |places: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
            places.filter(|&place| self.is_cached(place)).collect()
        };
        let all = cached(&mut (0..count));
        for &place in &all {
            for input in cached(&mut self.inputs[place].iter().copied()) {
                dependents[input].push(place);
                missing[place] += 1;
            }
        }
        let mut beyond = vec![Beyond::Unknown; count];
        let mut open: Vec<usize> = all.into_iter().filter(|&place| missing[place] == 0).collect();
        while let Some(place) = open.pop() {
            let known = |&input: &usize| match beyond[input] {
                Beyond::Last(last) => self.ended(input).max(Some(last)),
                Beyond::Nothing | Beyond::Unknown => self.ended(input),
            };
            let last = self.inputs[place].iter().filter_map(known).max();
            beyond[place] = last.map_or(Beyond::Nothing, Beyond::Last);
            for &dependent in &dependents[place] {
                missing[dependent] -= 1;
                if missing[dependent] == 0 {
                    open.push(dependent);
                }
            }
        }
        beyond
    }

    /// When `place` was ready for something that began at `at`: its last end
    /// until then; `at` itself while it still ran.
    fn ready(&self, place: usize, at: Timestamp) -> Option<Ready> {
        let last = self.last_run(place, at)?;
        self.took_part(place).then(|| (last.end.min(at), self.lengths[place], Reverse(place)))
    }

    /// When `place` ended for good.
    fn ended(&self, place: usize) -> Option<Ready> {
        let end = self.vertexes[place].end()?;
        self.took_part(place).then(|| (end, self.lengths[place], Reverse(place)))
    }

    /// The last run of `place` that began at or before `at`.
    fn last_run(&self, place: usize, at: Timestamp) -> Option<Interval> {
        let runs = &self.vertexes[place].intervals;
        let begun = runs.partition_point(|run| run.start <= at);
        runs[..begun].last().copied()
    }

    /// Whether the path may touch it: not if it never began, if another clock
    /// stamped it, or if it only was marked as cached in passing.
    fn took_part(&self, place: usize) -> bool {
        let vertex = &self.vertexes[place];
        let marked = vertex.state == VertexState::Cached && self.lengths[place].is_zero();
        self.is_by_engine(place) && !vertex.intervals.is_empty() && !marked
    }

    fn is_by_engine(&self, place: usize) -> bool {
        self.vertexes[place].kind != VertexKind::Client
    }

    /// Whether its result was there without a run that is known.
    fn is_cached(&self, place: usize) -> bool {
        let vertex = &self.vertexes[place];
        vertex.state == VertexState::Cached || vertex.intervals.is_empty()
    }

    /// Whether it is loaded on demand, perhaps in several runs.
    fn is_loaded(&self, place: usize) -> bool {
        self.is_cached(place) || self.vertexes[place].kind == VertexKind::From
    }
}

/// Vertexes in the order of their ends, to be taken from the last one to the first.
struct ByEnd(Vec<Ready>);

impl ByEnd {
    fn of(graph: &Graph<'_>, places: impl IntoIterator<Item = usize>) -> Self {
        let mut ends: Vec<Ready> =
            places.into_iter().filter_map(|place| graph.ended(place)).collect();
        ends.sort_unstable();
        Self(ends)
    }

    /// The one that ended last, not after `limit`, and is `left`. From call to call limits become
    /// earlier and fewer are left, so what does not fit once never fits again, and is dropped.
    fn last(&mut self, limit: Option<Timestamp>, left: &[bool]) -> Option<usize> {
        while let Some(&(end, _, Reverse(place))) = self.0.last() {
            if left[place] && limit.is_none_or(|limit| end <= limit) {
                return Some(place);
            }
            self.0.pop();
        }
        None
    }
}
