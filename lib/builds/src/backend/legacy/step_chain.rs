//! Instructions one after the other, as vertexes that need each other.

use jiff::Timestamp;

use crate::progress::{LogUpdate, SolveStatus, StatusUpdate, VertexUpdate};

/// The vertex that runs, and how many there were.
#[derive(Debug, Default)]
pub(super) struct StepChain {
    vertex: VertexUpdate,
    executed: bool,
    count: usize,
}

impl StepChain {
    /// Begins the next vertex.
    pub(super) fn begin(&mut self, name: String, now: Timestamp) -> SolveStatus {
        let inputs = if self.count == 0 { Vec::new() } else { vec![self.vertex.digest.clone()] };
        let digest = format!("legacy:{}", self.count);
        self.count += 1;
        self.executed = false;
        self.vertex =
            VertexUpdate { digest, inputs, name, started: Some(now), ..VertexUpdate::default() };
        self.status()
    }

    /// Whether a vertex has begun and not ended.
    pub(super) fn is_open(&self) -> bool {
        self.count > 0 && self.vertex.completed.is_none()
    }

    /// A result of an earlier build is taken.
    pub(super) fn set_cached(&mut self) {
        self.vertex.cached = !self.executed;
    }

    /// Something runs.
    pub(super) fn set_executed(&mut self) {
        self.executed = true;
        self.vertex.cached = false;
    }

    /// Ends the vertex; with an error if that is not empty.
    pub(super) fn end(&mut self, error: String, now: Timestamp) -> SolveStatus {
        self.vertex.completed = Some(now);
        self.vertex.error = error;
        self.status()
    }

    /// What it printed.
    pub(super) fn log(&self, text: &str, now: Timestamp) -> SolveStatus {
        let (vertex, data) = (self.vertex.digest.clone(), text.into());
        let log = LogUpdate { vertex, stream: 1, data, timestamp: Some(now) };
        SolveStatus { logs: vec![log], ..SolveStatus::default() }
    }

    /// Bytes of the context that the engine got from us.
    pub(super) fn received(&self, bytes: u64) -> SolveStatus {
        let status = StatusUpdate {
            id: "transferring context:".to_owned(),
            vertex: self.vertex.digest.clone(),
            current: bytes.try_into().unwrap_or(i64::MAX),
            ..StatusUpdate::default()
        };
        SolveStatus { statuses: vec![status], ..SolveStatus::default() }
    }

    fn status(&self) -> SolveStatus {
        SolveStatus { vertexes: vec![self.vertex.clone()], ..SolveStatus::default() }
    }
}
