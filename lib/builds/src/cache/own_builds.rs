//! What the builds of a measurement ran, as far as their records can be recognised by it.

use jiff::Timestamp;

use crate::{Trace, Vertex, VertexKind, VertexState};

/// Whether other builds ran on the engine while the measurement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConcurrentBuilds {
    /// Certainly none: all records that are new are ours.
    None,
    /// Not known: the records themselves must show it.
    #[default]
    Unknown,
    /// There were some: a record that nothing shows to be ours stays.
    Present,
}

/// A vertex that ran in one of our builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutedVertex {
    /// Its name exactly as the engine gave it: nothing masked or cut.
    pub name: String,
    /// When it first began, by the engine's clock.
    pub started: Timestamp,
    /// The name of the step whose files it goes on with; none for the first step on a base.
    pub base: Option<String>,
}

/// What the builds of a measurement ran since the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnBuilds {
    /// What ran: without what was cached, with what failed or was canceled.
    pub executed: Vec<ExecutedVertex>,
    /// When the last of it ended, by the engine's clock.
    pub ended: Option<Timestamp>,
    /// Our cache-mount namespaces (`BUILDKIT_CACHE_MOUNT_NS`).
    pub namespaces: Vec<String>,
    /// Whether one of them read a cache from elsewhere. The records that come of that bear
    /// the time at which the step ran there, long before our builds.
    pub imported: bool,
    /// Whether others built at the same time.
    pub concurrent: ConcurrentBuilds,
}

impl OwnBuilds {
    /// No builds yet; those to come have this cache-mount namespace.
    pub fn in_namespace(namespace: &str) -> Self {
        Self { namespaces: vec![namespace.to_owned()], ..Self::default() }
    }

    /// Adds what others of our builds ran.
    pub fn join(&mut self, others: Self) {
        self.executed.extend(others.executed);
        self.ended = self.ended.max(others.ended);
        self.namespaces.extend(others.namespaces);
        self.imported |= others.imported;
    }

    /// Adds what a build ran.
    pub fn add(&mut self, trace: &Trace) {
        self.imported |= trace.vertexes.iter().any(|one| one.kind == VertexKind::CacheImport);
        let all = trace.vertexes.iter().filter(|vertex| ran(vertex));
        let began = all.filter_map(|vertex| Some((vertex, vertex.start()?)));
        self.executed.extend(executed(trace, began.clone()));
        self.ended = self.ended.max(began.filter_map(|(vertex, _)| vertex.end()).max());
    }

    /// Adds what a build that was stopped ran, and what it would have run next: the engine may
    /// have begun that before it heard of the stop.
    pub fn add_stopped(&mut self, trace: &Trace) {
        self.add(trace);
        let Some(last) = trace.vertexes.iter().filter_map(Vertex::start).max() else { return };
        let next = trace.vertexes.iter().filter(|one| one.state == VertexState::NotStarted);
        self.executed.extend(executed(trace, next.map(|vertex| (vertex, last))));
    }
}

/// These vertexes of a trace, each with when it began.
fn executed<'t>(
    trace: &'t Trace,
    vertexes: impl Iterator<Item = (&'t Vertex, Timestamp)>,
) -> impl Iterator<Item = ExecutedVertex> {
    let places = trace.places();
    vertexes.map(move |(vertex, started)| {
        // The files that a step changes are its first input.
        let base = vertex.inputs.first().and_then(|digest| places.get(digest.as_str()));
        let base = base.map(|&place| &trace.vertexes[place].name);
        let base = base.filter(|name| VertexKind::of(name) == VertexKind::Step).cloned();
        ExecutedVertex { name: vertex.name.clone(), started, base }
    })
}

fn ran(vertex: &Vertex) -> bool {
    matches!(vertex.state, VertexState::Executed | VertexState::Failed | VertexState::Canceled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    #[test]
    fn only_what_ran_is_added_with_what_it_rests_on_and_the_last_end_counts() {
        let lines = r#"{"vertexes":[
            {"digest":"sha256:1","name":"[1/3] FROM b","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:01Z","cached":true},
            {"digest":"sha256:2","name":"[2/3] RUN a","inputs":["sha256:1"],"started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:05Z"},
            {"digest":"sha256:3","name":"[3/3] RUN b","inputs":["sha256:2","sha256:1"],"started":"2026-01-01T00:00:05Z","completed":"2026-01-01T00:00:06Z","error":"exit code: 1"},
            {"digest":"sha256:4","name":"exporting to image"}]}"#;
        let mut own = OwnBuilds::in_namespace("dp-1");
        own.add(&read(lines.replace('\n', "").as_bytes()).unwrap().trace);
        let names: Vec<&str> = own.executed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["[2/3] RUN a", "[3/3] RUN b"]);
        let bases: Vec<Option<&str>> = own.executed.iter().map(|one| one.base.as_deref()).collect();
        assert_eq!(bases, [None, Some("[2/3] RUN a")]);
        assert_eq!(own.ended.unwrap().to_string(), "2026-01-01T00:00:06Z");
        assert_eq!(own.namespaces, ["dp-1"]);
    }

    #[test]
    fn what_another_build_imported_is_taken_on_with_it() {
        let mut own = OwnBuilds::in_namespace("dp-1");
        own.join(OwnBuilds { imported: true, ..OwnBuilds::in_namespace("dp-2") });
        assert_eq!((own.imported, own.namespaces.len()), (true, 2));
    }

    #[test]
    fn of_a_stopped_build_what_would_have_run_next_counts_too() {
        let lines = r#"{"vertexes":[
            {"digest":"sha256:1","name":"[1/3] FROM b","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:01Z","cached":true},
            {"digest":"sha256:2","name":"[2/3] COPY a /","inputs":["sha256:1"],"started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:03Z"},
            {"digest":"sha256:3","name":"[3/3] RUN b","inputs":["sha256:2"]}]}"#;
        let trace = read(lines.replace('\n', "").as_bytes()).unwrap().trace;
        let names = |own: OwnBuilds| own.executed.into_iter().map(|one| one.name);
        let [mut ended, mut stopped] = [(); 2].map(|()| OwnBuilds::default());
        ended.add(&trace);
        stopped.add_stopped(&trace);
        assert_eq!(stopped.executed[1].base.as_deref(), Some("[2/3] COPY a /"));
        assert_eq!(names(ended).collect::<Vec<_>>(), ["[2/3] COPY a /"]);
        assert_eq!(names(stopped).collect::<Vec<_>>(), ["[2/3] COPY a /", "[3/3] RUN b"]);
    }
}
