//! What a build did: its vertexes with their state, times and output.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::progress::interval::Interval;
use crate::progress::name::VertexKind;

/// A whole build, as far as its progress shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Vertexes in the order in which they were first mentioned.
    pub vertexes: Vec<Vertex>,
    /// Remarks of the frontend's checks, one line each, at most 50.
    pub warnings: Vec<String>,
}

/// How a vertex ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VertexState {
    /// Its result came from the cache.
    Cached,
    /// It ran.
    Executed,
    /// Another build ran it, and this one waited for that or found it done.
    Shared,
    /// It ended with an error of its own.
    Failed,
    /// It had begun and did not end by itself: another one failed, the build was
    /// stopped, or the stream ended first.
    Canceled,
    /// It never began: nothing asked for its result, or the build ended before.
    NotStarted,
}

/// One vertex of the build graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertex {
    /// Identity within this build.
    pub digest: String,
    /// The name that people see.
    pub name: String,
    /// Digests of the vertexes whose results it needs; some may not be in the
    /// trace.
    pub inputs: Vec<String>,
    /// What it does.
    pub kind: VertexKind,
    /// How it ended.
    pub state: VertexState,
    /// When it ran, by the engine's clock: disjoint, in order; empty if it never
    /// began. Times from before this build began, in another one, are not among them.
    pub intervals: Vec<Interval>,
    /// Why it failed or was canceled, as the engine says it.
    pub error: Option<String>,
    /// The last lines that it printed, at most 40 of 4 KiB, not cleaned of
    /// control characters.
    pub log_tail: Vec<String>,
    /// Its sub-steps in the order in which they began, at most 256.
    pub transfers: Vec<Transfer>,
    /// Group of vertexes that stem from one instruction, where the engine says so.
    pub group: Option<String>,
}

/// A sub-step of a vertex that counts units, mostly bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What was done, such as `transferring context:` or a layer's digest.
    pub id: String,
    /// Units done by its last report.
    pub current: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
}

impl Trace {
    /// The place of each digest in `vertexes`.
    pub fn places(&self) -> HashMap<&str, usize> {
        let digests = self.vertexes.iter().map(|vertex| vertex.digest.as_str());
        digests.zip(0..).collect()
    }

    /// The vertex that failed first, by the engine's clock: what fails after it may have been torn
    /// down with it. A cache that cannot be imported fails no build.
    pub fn failed(&self) -> Option<&Vertex> {
        let failed = |vertex: &&Vertex| {
            vertex.state == VertexState::Failed && vertex.kind != VertexKind::CacheImport
        };
        self.vertexes.iter().filter(failed).min_by_key(|vertex| vertex.end())
    }
}

impl Vertex {
    /// Begin of the first run.
    pub fn start(&self) -> Option<Timestamp> {
        self.intervals.first().map(|interval| interval.start)
    }

    /// End of the last run.
    pub fn end(&self) -> Option<Timestamp> {
        self.intervals.last().map(|interval| interval.end)
    }

    /// Bytes that the client sent to this vertex (files of the context, or the
    /// Dockerfile), with what the protocol adds. `None` if nothing was sent.
    pub fn transferred_bytes(&self) -> Option<u64> {
        let sent = |transfer: &&Transfer| transfer.id.starts_with("transferring ");
        let bytes = self.transfers.iter().filter(sent).map(|one| one.current);
        bytes.reduce(u64::saturating_add)
    }
}
