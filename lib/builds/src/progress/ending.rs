//! How a recorded build ended.
//!
//! A log holds no exit status, and whoever killed a build took the end of its log too. So a build
//! counts as good only if its log shows that its result was made:
//!
//! ```text
//! end of the log of a Dockerfile with RUN make            ending
//! [2/2] RUN make 1 to 5, exporting to image 5 to 6        succeeded
//! [2/2] RUN make 1 to 5                                   succeeded (its result is in the cache)
//! [2/2] RUN make 1 to ?                                   cut off
//! [2/2] RUN make, which did not begin                     cut off
//! [2/2] RUN make 1 to 5, {"vertexes":[{"digest":"sha      cut off
//! [2/2] RUN make 1 to 3, context canceled                 stopped
//! [2/2] RUN make 1 to 3, exit code: 2                     failed
//! ERROR: failed to solve: dockerfile parse error          failed
//! ```

use std::collections::HashSet;

use dp_dockerfile::Targets;

use crate::progress::failure::{Failure, is_cancellation};
use crate::progress::interval::{Interval, union};
use crate::progress::name::VertexKind;
use crate::progress::reader::StreamReport;
use crate::progress::trace::{Trace, Vertex, VertexState};

/// How a build ended, as far as its log shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Its result was made.
    Succeeded,
    /// A vertex failed, or the builder's last words are an error.
    Failed,
    /// It was stopped on request: what ran was canceled, and nothing had failed.
    Stopped,
    /// The log ends before the build does.
    CutOff,
}

impl StreamReport {
    /// How the build ended.
    pub fn ending(&self) -> Ending {
        let vertexes = &self.trace.vertexes;
        let error = self.text.iter().any(|line| line.starts_with("ERROR: "));
        if self.trace.failed().is_some() {
            Ending::Failed
        } else if error {
            // buildx prints an error for a build that was stopped too.
            if is_cancellation(&self.text) { Ending::Stopped } else { Ending::Failed }
        } else if has_result(&self.trace) {
            // A step that is not needed any more may be canceled in a build that succeeds.
            let is_whole = !self.ends_in_message && !vertexes.iter().any(is_open);
            if is_whole { Ending::Succeeded } else { Ending::CutOff }
        } else if vertexes.iter().any(is_canceled) {
            Ending::Stopped
        } else {
            Ending::CutOff
        }
    }

    /// Why the build did not succeed; none if it did.
    pub fn failure(&self) -> Option<Failure> {
        match self.ending() {
            Ending::Succeeded => None,
            Ending::Failed => Some(Failure::of(&self.trace, &self.text, false)),
            Ending::Stopped => Some(Failure::of(&self.trace, &self.text, true)),
            Ending::CutOff => {
                let open = self.trace.vertexes.iter().position(is_open);
                Some(Failure::of_cut_log(&self.trace, open, self.ends_in_message))
            }
        }
    }

    /// Whether the log is of several builds, one after the other. Steps that are equal have equal
    /// digests in all of them, so the trace is of no build at all.
    pub fn has_several_builds(&self) -> bool {
        // Where one command builds several targets, each of them has its own definition and export.
        !has_targets(&self.trace)
            && (works_after_export(&self.trace) || has_two_definitions(&self.trace))
    }
}

/// Whether the log shows that the build came to its result: that was written, or, where nothing is
/// written, each step that no other one needs has a result.
fn has_result(trace: &Trace) -> bool {
    let is_written = of_kind(trace, VertexKind::Export).all(Vertex::has_result);
    match of_kind(trace, VertexKind::Export).next() {
        Some(_) if has_targets(trace) => is_written && has_last_steps(trace),
        Some(_) => is_written,
        None => has_last_steps(trace),
    }
}

fn has_last_steps(trace: &Trace) -> bool {
    let inputs = trace.vertexes.iter().flat_map(|vertex| &vertex.inputs);
    let needed: HashSet<&String> = inputs.collect();
    let mut steps = trace.steps();
    steps.retain(|step| !needed.contains(&trace.vertexes[step.place].digest));
    !steps.is_empty() && steps.iter().all(|step| trace.vertexes[step.place].has_result())
}

/// Whether the log does not hold its end. Other kinds than these say nothing about the result.
fn is_open(vertex: &Vertex) -> bool {
    use VertexKind::{Context, Export, From, Step};
    vertex.state == VertexState::Canceled
        && vertex.error.is_none()
        && matches!(vertex.kind, Step | From | Context | Export)
}

/// Whether the engine says that it was canceled.
fn is_canceled(vertex: &Vertex) -> bool {
    vertex.state == VertexState::Canceled && vertex.error.is_some()
}

fn of_kind(trace: &Trace, kind: VertexKind) -> impl Iterator<Item = &Vertex> {
    trace.vertexes.iter().filter(move |vertex| vertex.kind == kind)
}

fn has_targets(trace: &Trace) -> bool {
    let targets = Targets::of(trace.vertexes.iter().map(|vertex| vertex.name.as_str()));
    trace.vertexes.iter().any(|vertex| targets.parse(&vertex.name).target.is_some())
}

/// Whether a step began after an export had ended: in one build exports come last. (What an export
/// loads on demand begins while it runs.)
fn works_after_export(trace: &Trace) -> bool {
    let exports = of_kind(trace, VertexKind::Export).flat_map(|vertex| &vertex.intervals);
    let exports = union(exports.copied().collect());
    let is_after = |run: &Interval| {
        let begun = exports.partition_point(|export| export.start <= run.start);
        exports[..begun].last().is_some_and(|last| last.end < run.start)
    };
    let steps = of_kind(trace, VertexKind::Step).chain(of_kind(trace, VertexKind::From));
    steps.flat_map(|vertex| &vertex.intervals).any(is_after)
}

/// Whether the Dockerfile was loaded more often than one build does it: once, and once again by a
/// frontend that the Dockerfile names.
fn has_two_definitions(trace: &Trace) -> bool {
    let named =
        |text: &'static str| trace.vertexes.iter().filter(move |vertex| vertex.name.contains(text));
    let is_frontend = |vertex: &&Vertex| vertex.kind == VertexKind::Metadata;
    let frontends = named("resolve image config for ").filter(is_frontend).count();
    let is_definition = |vertex: &&Vertex| vertex.kind == VertexKind::Internal;
    let definitions = || named("load build definition from ").filter(is_definition);
    let first_end = definitions().filter_map(Vertex::end).min();
    let last_start = definitions().filter_map(Vertex::start).max();
    definitions().count() > 1 + frontends
        && first_end.zip(last_start).is_some_and(|(end, start)| end <= start)
}
