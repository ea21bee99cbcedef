//! What a build's progress tells of a cache that goes elsewhere, or comes from there.
//!
//! `BuildKit` writes the cache to a registry or a folder in a vertex of its own, after the image:
//! `exporting cache to registry`. An inline cache is written into the image's configuration, by a
//! part of `exporting to image`: `preparing layers for inline cache`. A cache is read in a vertex
//! of its own before any step (`importing cache manifest from ...`): which steps it can answer. Its
//! layers come later and only if something needs them, as parts of the steps that they are the
//! results of: their ids are digests, and their units bytes.

use std::time::Duration;

use crate::progress::interval::{Interval, total, union};
use crate::progress::name::VertexKind;
use crate::progress::trace::{Trace, Transfer, Vertex};

/// Parts of other vertexes that write a cache.
const INLINE: &str = "preparing layers for inline cache";

/// Vertexes that write a cache, whatever the version calls them.
const EXPORTS: [&str; 3] = ["exporting cache", "preparing build cache for export", INLINE];

/// What was written and read, by the engine's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheTransfers {
    /// Time spent writing a cache; none if none was written.
    pub export: Option<Duration>,
    /// Time spent reading which steps a cache can answer, and fetching the layers that were
    /// needed of it; none if no cache was asked.
    pub import: Option<Duration>,
    /// Bytes of the layers that were fetched, as they came; 0 if none had to be.
    pub fetched_bytes: u64,
    /// Why caches could not be read: the build went on without them.
    pub failed: Vec<String>,
}

impl CacheTransfers {
    /// Those of a build.
    pub fn of(trace: &Trace) -> Self {
        let of_kind = |kind| trace.vertexes.iter().filter(move |one: &&Vertex| one.kind == kind);
        let exports = of_kind(VertexKind::Export);
        let written = exports.flat_map(|vertex| {
            if is_export_of_cache(&vertex.name) {
                vertex.intervals.clone()
            } else {
                let inline = vertex.transfers.iter().filter(|one| one.id.starts_with(INLINE));
                inline.filter_map(interval).collect()
            }
        });
        let imports: Vec<&Vertex> = of_kind(VertexKind::CacheImport).collect();
        let fetched: Vec<&Transfer> = of_kind(VertexKind::Step)
            .flat_map(|step| &step.transfers)
            .filter(|one| is_layer(one))
            .collect();
        let asked = imports.iter().flat_map(|vertex| vertex.intervals.clone());
        let read = asked.chain(fetched.iter().filter_map(|layer| interval(layer)));
        Self {
            export: length(written.collect()),
            import: (!imports.is_empty()).then(|| total(&union(read.collect()))),
            fetched_bytes: fetched.iter().filter_map(|layer| layer.total).sum(),
            failed: imports.iter().filter_map(|vertex| vertex.error.clone()).collect(),
        }
    }
}

/// Whether a vertex of kind [`VertexKind::Export`] writes a cache and nothing else.
fn is_export_of_cache(name: &str) -> bool {
    // The name of a target may stand before it: `[api] exporting cache to registry`.
    let text = name.rsplit_once("] ").map_or(name, |(_, text)| text);
    EXPORTS.iter().any(|beginning| text.starts_with(beginning))
}

/// Whether it is a layer that comes. Where it is unpacked, that has another id.
fn is_layer(transfer: &Transfer) -> bool {
    transfer.id.starts_with("sha256:") && transfer.total.is_some()
}

fn interval(transfer: &Transfer) -> Option<Interval> {
    Some(Interval::new(transfer.started?, transfer.completed?))
}

fn length(intervals: Vec<Interval>) -> Option<Duration> {
    (!intervals.is_empty()).then(|| total(&union(intervals)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &str) -> CacheTransfers {
        CacheTransfers::of(&crate::read(lines.replace('\n', "").as_bytes()).unwrap().trace)
    }

    #[test]
    fn an_export_is_the_time_of_its_vertex() {
        let found = of(r#"{"vertexes":[
            {"digest":"sha256:1","name":"exporting to image","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z"},
            {"digest":"sha256:2","name":"exporting cache to registry","started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:05Z"}]}"#);
        assert_eq!((found.export, found.import), (Some(Duration::from_secs(3)), None));
    }

    #[test]
    fn an_inline_cache_is_a_part_of_the_export_of_its_image() {
        let found = of(r#"{"vertexes":[
            {"digest":"sha256:1","name":"exporting to image","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:09Z"}],
            "statuses":[{"id":"preparing layers for inline cache","vertex":"sha256:1","current":0,"timestamp":"2026-01-01T00:00:04Z",
            "started":"2026-01-01T00:00:03Z","completed":"2026-01-01T00:00:04Z"}]}"#);
        assert_eq!(found.export, Some(Duration::from_secs(1)));
    }

    /// The cache is asked from 1 to 2, a layer of 300 bytes comes from 4 to 6 and one of 20 from 5
    /// to 7, which makes 4 s of 320 bytes. The base would come without a cache too.
    #[test]
    fn an_import_is_asking_and_the_layers_that_come() {
        let found = of(r#"{"vertexes":[
            {"digest":"sha256:1","name":"importing cache manifest from a","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z"},
            {"digest":"sha256:2","name":"[1/2] FROM b","started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:03Z"},
            {"digest":"sha256:3","name":"[2/2] RUN c","inputs":["sha256:2"],"started":"2026-01-01T00:00:04Z","completed":"2026-01-01T00:00:07Z","cached":true}],
            "statuses":[
            {"id":"sha256:aa","vertex":"sha256:2","current":9,"total":9,"timestamp":"2026-01-01T00:00:03Z","started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:03Z"},
            {"id":"sha256:bb","vertex":"sha256:3","current":300,"total":300,"timestamp":"2026-01-01T00:00:06Z","started":"2026-01-01T00:00:04Z","completed":"2026-01-01T00:00:06Z"},
            {"id":"sha256:cc","vertex":"sha256:3","current":20,"total":20,"timestamp":"2026-01-01T00:00:07Z","started":"2026-01-01T00:00:05Z","completed":"2026-01-01T00:00:07Z"},
            {"id":"extracting sha256:cc","vertex":"sha256:3","current":0,"timestamp":"2026-01-01T00:00:07Z","started":"2026-01-01T00:00:07Z","completed":"2026-01-01T00:00:07Z"}]}"#);
        assert_eq!((found.import, found.fetched_bytes), (Some(Duration::from_secs(4)), 320));
        assert_eq!((found.export, found.failed.len()), (None, 0));
    }

    #[test]
    fn a_cache_that_cannot_be_read_is_told() {
        let found = of(
            r#"{"vertexes":[{"digest":"sha256:1","name":"importing cache manifest from a",
            "started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z","error":"a: not found"}]}"#,
        );
        assert_eq!(found.failed, ["a: not found"]);
    }
}
