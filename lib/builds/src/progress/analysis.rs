//! Where the time of a build went. Pure arithmetic on a [`Trace`].
//!
//! All times are the engine's, so nothing here depends on the client's clock;
//! vertexes of kind [`VertexKind::Client`] are left out for that reason.

use std::time::Duration;

use crate::progress::interval::{Interval, gaps, total, union};
use crate::progress::name::VertexKind;
use crate::progress::path::Graph;
use crate::progress::trace::{Trace, Vertex, VertexState};

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
    /// `busy` over `covered`: 1 if vertexes only ever ran one after the other. What another build
    /// ran is left out. `None` if nothing took time.
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
        let (covered, busy) = (total(&all), busy(trace));
        let (path, waited) = (graph.critical_path(), graph.waited());
        let on_path = path.iter().flat_map(|&place| &trace.vertexes[place].intervals);
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
            parallelism_ratio: parallelism(trace),
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

fn parallelism(trace: &Trace) -> Option<f64> {
    let own = |vertex: &Vertex| vertex.state != VertexState::Shared;
    let length = |vertex: &Vertex| total(&vertex.intervals);
    let lengths = by_engine(trace).filter(|vertex| own(vertex)).map(length);
    let busy = lengths.fold(Duration::ZERO, Duration::saturating_add);
    ratio(busy, total(&union_of(trace, &own)))
}

fn ratio(busy: Duration, covered: Duration) -> Option<f64> {
    (!covered.is_zero()).then(|| busy.as_secs_f64() / covered.as_secs_f64())
}

fn union_of(trace: &Trace, keep: &dyn Fn(&Vertex) -> bool) -> Vec<Interval> {
    let kept = by_engine(trace).filter(|vertex| keep(vertex));
    union(kept.flat_map(|vertex| vertex.intervals.clone()).collect())
}

fn context_bytes(trace: &Trace) -> Option<u64> {
    let context = |vertex: &&Vertex| vertex.kind == VertexKind::Context;
    let contexts = trace.vertexes.iter().filter(context);
    let bytes = contexts.filter_map(Vertex::transferred_bytes);
    bytes.reduce(u64::saturating_add)
}

/// The vertexes that the engine's clock stamped.
fn by_engine(trace: &Trace) -> impl Iterator<Item = &Vertex> {
    trace.vertexes.iter().filter(|vertex| vertex.kind != VertexKind::Client)
}

fn busy(trace: &Trace) -> Duration {
    let length = |vertex: &Vertex| total(&vertex.intervals);
    by_engine(trace).map(length).fold(Duration::ZERO, Duration::saturating_add)
}
