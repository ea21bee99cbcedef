//! The metrics of one build.

use std::time::Duration;

use crate::{Analysis, Trace, VertexKind, VertexState};
use dp_record::Metrics;

/// Metrics that the builder's own progress gives; all times are the engine's.
/// A cold build has no hit ratio: it was kept from the cache, and what the
/// builder calls cached all the same (a WORKDIR, a COPY of the same content)
/// says nothing about the Dockerfile.
pub(crate) fn of_trace(trace: &Trace, analysis: &Analysis, cold: bool) -> Metrics {
    let mut metrics = counts(trace);
    if !cold {
        metrics.set_known("cache_hit_ratio", hit_ratio(&metrics));
    }
    if analysis.span.is_some() {
        metrics.set("span_seconds", analysis.span_length().as_secs_f64());
        metrics.set("critical_path_seconds", analysis.critical_path_length.as_secs_f64());
    }
    metrics.set_known("parallelism_ratio", analysis.parallelism_ratio);
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs_f64());
    metrics.set_known("context_seconds", seconds(analysis.context));
    metrics.set_known("resolve_seconds", seconds(analysis.resolve));
    metrics.set_known("export_seconds", seconds(analysis.export));
    metrics.set_known("context_sent_bytes", analysis.context_sent_bytes.map(|bytes| bytes as f64));
    metrics
}

/// Steps in all, cached and executed. FROM and internal vertexes never count.
fn counts(trace: &Trace) -> Metrics {
    let steps = trace.steps();
    let count = |only: Option<VertexState>| {
        let real = steps.iter().filter(|step| step.kind == VertexKind::Step);
        real.filter(|step| only.is_none_or(|state| step.state == state)).count() as u64
    };
    let (cached, executed) = (count(Some(VertexState::Cached)), count(Some(VertexState::Executed)));
    let mut metrics = Metrics::default();
    metrics.set_count("steps", count(None));
    metrics.set_count("steps_cached", cached);
    metrics.set_count("steps_executed", executed);
    metrics.set_count("steps_shared", count(Some(VertexState::Shared)));
    metrics
}

/// Cached over cached and executed steps; 0 of 0 is no ratio.
fn hit_ratio(counts: &Metrics) -> Option<f64> {
    let (cached, executed) = (counts.get("steps_cached")?, counts.get("steps_executed")?);
    let asked = cached + executed;
    (asked > 0.0).then(|| cached / asked)
}
