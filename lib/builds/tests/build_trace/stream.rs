//! Writes progress by hand: vertexes named by a letter, times in seconds since a
//! fixed instant.

use dp_builds::{LogUpdate, Reducer, SolveStatus, StatusUpdate, Trace, VertexUpdate};
use jiff::{SignedDuration, Timestamp};

/// The instant `seconds` after the first one.
pub(crate) fn at(seconds: f64) -> Timestamp {
    let first: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    first + SignedDuration::try_from_secs_f64(seconds).unwrap()
}

/// A stream of messages, one per call.
#[derive(Default)]
pub(crate) struct Stream {
    messages: Vec<SolveStatus>,
    known: Vec<(String, String, Vec<String>)>,
}

impl Stream {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Announces a vertex with its name and inputs.
    pub(crate) fn vertex(mut self, digest: &str, name: &str, inputs: &[&str]) -> Self {
        let inputs = inputs.iter().map(ToString::to_string).collect();
        self.known.push((digest.to_owned(), name.to_owned(), inputs));
        let update = self.update(digest);
        self.message(update)
    }

    /// A vertex that is named only when it begins.
    pub(crate) fn later(mut self, digest: &str, name: &str, inputs: &[&str]) -> Self {
        let inputs = inputs.iter().map(ToString::to_string).collect();
        self.known.push((digest.to_owned(), name.to_owned(), inputs));
        self
    }

    /// A run of `digest`: reported when it began, and again when it ended.
    pub(crate) fn run(self, digest: &str, from: f64, to: f64) -> Self {
        let begun = VertexUpdate { started: Some(at(from)), ..self.update(digest) };
        let ended = VertexUpdate { completed: Some(at(to)), ..begun.clone() };
        self.message(begun).message(ended)
    }

    /// A run whose end is never reported.
    pub(crate) fn open(self, digest: &str, from: f64) -> Self {
        let begun = VertexUpdate { started: Some(at(from)), ..self.update(digest) };
        self.message(begun)
    }

    /// A run that only loads a cached result.
    pub(crate) fn cached(self, digest: &str, from: f64, to: f64) -> Self {
        let update = VertexUpdate {
            started: Some(at(from)),
            completed: Some(at(to)),
            cached: true,
            ..self.update(digest)
        };
        self.message(update)
    }

    /// The time in which a layer of an imported cache comes, which is reported without the
    /// inputs of its step.
    pub(crate) fn fetched(self, digest: &str, from: f64, to: f64) -> Self {
        let update = VertexUpdate {
            started: Some(at(from)),
            completed: Some(at(to)),
            inputs: Vec::new(),
            ..self.update(digest)
        };
        self.message(update)
    }

    /// A run that fails.
    pub(crate) fn failed(self, digest: &str, from: f64, to: f64, error: &str) -> Self {
        let update = VertexUpdate {
            started: Some(at(from)),
            completed: Some(at(to)),
            error: error.to_owned(),
            ..self.update(digest)
        };
        self.message(update)
    }

    /// Output of `digest`.
    pub(crate) fn log(mut self, digest: &str, data: &[u8]) -> Self {
        let (vertex, data) = (digest.to_owned(), data.to_vec());
        let log = LogUpdate { vertex, data, ..LogUpdate::default() };
        self.messages.push(SolveStatus { logs: vec![log], ..SolveStatus::default() });
        self
    }

    /// A sub-step of `digest`.
    pub(crate) fn status(mut self, digest: &str, id: &str, current: i64) -> Self {
        let (vertex, id) = (digest.to_owned(), id.to_owned());
        let status = StatusUpdate { id, vertex, current, ..StatusUpdate::default() };
        self.messages.push(SolveStatus { statuses: vec![status], ..SolveStatus::default() });
        self
    }

    pub(crate) fn trace(self) -> Trace {
        let mut reducer = Reducer::new();
        for message in self.messages {
            reducer.push(message);
        }
        reducer.finish()
    }

    fn update(&self, digest: &str) -> VertexUpdate {
        let (digest, name, inputs) = self.known.iter().find(|one| one.0 == digest).unwrap().clone();
        VertexUpdate { digest, name, inputs, ..VertexUpdate::default() }
    }

    fn message(mut self, update: VertexUpdate) -> Self {
        self.messages.push(SolveStatus { vertexes: vec![update], ..SolveStatus::default() });
        self
    }
}
