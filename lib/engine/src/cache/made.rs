//! What a measurement did, as far as its records can be told by it.

use jiff::Timestamp;

use crate::build::{Trace, Vertex, VertexKind, VertexState};

/// Whether other builds ran on the engine while the measurement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Others {
    /// Certainly none: all that is new is ours.
    None,
    /// Not known: told from the records themselves.
    #[default]
    Unknown,
    /// There were others: what has no mark of ours stays.
    Built,
}

/// A vertex that ran in one of our builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its name exactly as the engine gave it: nothing masked or cut.
    pub name: String,
    /// When it first began, by the engine's clock.
    pub started: Timestamp,
    /// The name of the step whose files it goes on with; none for the first step on a base.
    pub base: Option<String>,
}

/// What the builds of a measurement did since the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// What ran: without the cached, with the failed and the canceled.
    pub executed: Vec<Executed>,
    /// When the last of it ended, by the engine's clock.
    pub ended: Option<Timestamp>,
    /// Our cache-mount namespaces (`BUILDKIT_CACHE_MOUNT_NS`).
    pub namespaces: Vec<String>,
    /// Whether others built meanwhile.
    pub others: Others,
}

impl Made {
    /// Nothing yet, by builds in this cache-mount namespace.
    pub fn in_namespace(namespace: &str) -> Self {
        Self { namespaces: vec![namespace.to_owned()], ..Self::default() }
    }

    /// Adds what a build did. A build that was stopped counts as far as it came.
    pub fn add(&mut self, trace: &Trace) {
        let places = trace.places();
        for vertex in trace.vertexes.iter().filter(|vertex| ran(vertex)) {
            let Some(started) = vertex.start() else { continue };
            // The files that a step changes are its first input.
            let base = vertex.inputs.first().and_then(|digest| places.get(digest.as_str()));
            let base = base.map(|&place| &trace.vertexes[place].name);
            let base = base.filter(|name| VertexKind::of(name) == VertexKind::Step).cloned();
            self.executed.push(Executed { name: vertex.name.clone(), started, base });
            self.ended = self.ended.max(vertex.end());
        }
    }
}

fn ran(vertex: &Vertex) -> bool {
    matches!(vertex.state, VertexState::Executed | VertexState::Failed | VertexState::Canceled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::read;

    #[test]
    fn only_what_ran_is_added_with_what_it_rests_on_and_the_last_end_counts() {
        let lines = r#"{"vertexes":[
            {"digest":"sha256:1","name":"[1/3] FROM b","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:01Z","cached":true},
            {"digest":"sha256:2","name":"[2/3] RUN a","inputs":["sha256:1"],"started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:05Z"},
            {"digest":"sha256:3","name":"[3/3] RUN b","inputs":["sha256:2","sha256:1"],"started":"2026-01-01T00:00:05Z","completed":"2026-01-01T00:00:06Z","error":"exit code: 1"},
            {"digest":"sha256:4","name":"exporting to image"}]}"#;
        let mut made = Made::in_namespace("dp-1");
        made.add(&read(lines.replace('\n', "").as_bytes()).unwrap().trace);
        let names: Vec<&str> = made.executed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["[2/3] RUN a", "[3/3] RUN b"]);
        let bases: Vec<Option<&str>> =
            made.executed.iter().map(|one| one.base.as_deref()).collect();
        assert_eq!(bases, [None, Some("[2/3] RUN a")]);
        assert_eq!(made.ended.unwrap().to_string(), "2026-01-01T00:00:06Z");
        assert_eq!(made.namespaces, ["dp-1"]);
    }
}
