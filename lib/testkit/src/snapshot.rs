//! What is on an engine, to show that a tool left it as it was.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::{Docker, holds_within};

/// How long the engine may take until it lists its records as before. What was
/// really left stays longer.
const SETTLING: Duration = Duration::from_secs(10);

/// Images by name and id, containers, volumes, networks and records of the
/// build cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// `repository:tag id`, untagged images included.
    pub images: BTreeSet<String>,
    /// Containers, stopped ones included.
    pub containers: BTreeSet<String>,
    /// Volumes.
    pub volumes: BTreeSet<String>,
    /// Networks.
    pub networks: BTreeSet<String>,
    /// Records of the build cache that hold results, by id and description. Its
    /// copies of build contexts are left out: the engine makes another one when
    /// the last build still holds the one that is there, throws one away when a
    /// build is stopped while files are being sent, and 20.10 then sometimes
    /// keeps an empty one.
    pub cache: BTreeSet<String>,
}

impl Snapshot {
    /// Looks at the engine.
    pub fn take(docker: &Docker) -> Self {
        let lines = |args: &[&str]| docker.ok(args).lines().map(str::to_owned).collect();
        Self {
            images: lines(&[
                "image",
                "ls",
                "--all",
                "--no-trunc",
                "--format",
                "{{.Repository}}:{{.Tag}} {{.ID}}",
            ]),
            containers: lines(&["ps", "--all", "--quiet", "--no-trunc"]),
            volumes: lines(&["volume", "ls", "--quiet"]),
            networks: lines(&["network", "ls", "--quiet", "--no-trunc"]),
            cache: cache_records(docker),
        }
    }

    /// The engine must be as it was when this was taken, or be so soon: it lists
    /// some records under another id while a request that was broken off holds them.
    #[track_caller]
    pub fn assert_unchanged(&self, docker: &Docker, after: &str) {
        let mut now = None;
        holds_within(SETTLING, || now.insert(Self::take(docker)) == self);
        let now = now.unwrap();
        let none: Vec<String> = Vec::new();
        assert_eq!(now.added_since(self), none, "new after {after}");
        assert_eq!(self.added_since(&now), none, "gone after {after}");
    }

    /// The same, but for records of the build cache of which the tool said that the engine still
    /// holds them: one with the containerd image store never lets go of what a step rests on that
    /// was stopped while it was made ready. Answers what is there now.
    #[track_caller]
    #[must_use]
    pub fn assert_unchanged_but_held(&self, docker: &Docker, said: &str) -> Self {
        let told: usize = said.lines().filter_map(held).sum();
        if told == 0 || !docker.has_containerd_store() {
            self.assert_unchanged(docker, said);
            return self.clone();
        }
        let now = Self::take(docker);
        assert_eq!(now.cache.difference(&self.cache).count(), told, "{now:?} after {said}");
        let cache = now.cache.intersection(&self.cache).cloned().collect();
        assert_eq!(Self { cache, ..now.clone() }, *self, "after {said}");
        now
    }

    /// What is there now and was not before: images, containers, volumes,
    /// networks, cache records.
    pub fn added_since(&self, before: &Self) -> Vec<String> {
        let new = |now: &BTreeSet<String>, then: &BTreeSet<String>| {
            now.difference(then).cloned().collect::<Vec<_>>()
        };
        [
            new(&self.images, &before.images),
            new(&self.containers, &before.containers),
            new(&self.volumes, &before.volumes),
            new(&self.networks, &before.networks),
            new(&self.cache, &before.cache),
        ]
        .concat()
    }
}

/// How many records the engine holds by this line of a tool.
fn held(line: &str) -> Option<usize> {
    let (before, _) =
        line.split_once(" new build cache records stay, which the engine still holds")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// `id description` of each record of the build cache that holds a result.
fn cache_records(docker: &Docker) -> BTreeSet<String> {
    let args = ["system", "df", "--verbose", "--format", "{{json .BuildCache}}"];
    let mut text = None;
    // An engine with the containerd image store refuses to count when a record goes meanwhile.
    holds_within(SETTLING, || {
        let output = docker.run(&args);
        text = output.status.success().then_some(output.stdout);
        text.is_some() || !String::from_utf8_lossy(&output.stderr).contains("does not exist")
    });
    let text = text.unwrap_or_else(|| docker.ok(&args).into_bytes());
    let records: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let word = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    // The CLI marks the id of a record that is in use.
    let id = |record: &Value| word(record, "ID").trim_end_matches('*').to_owned();
    let all = records.iter().map(|one| (id(one), word(one, "Description")));
    let results = all.filter(|(_, what)| !what.starts_with("local source for "));
    results.map(|(id, what)| format!("{id} {what}")).collect()
}
