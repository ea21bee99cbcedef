//! A project with a user's builds and measurements of it, on the engine that the CLI reaches.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use dp_builds::cache::{BuildCache, CacheRecord, CacheSnapshot, OwnBuilds, Removal};
use dp_builds::{Analysis, Interval, Trace, VertexKind, VertexState, read};
use dp_engine::info::ImageStore;
use dp_engine::{Engine, Environment, Selection, resolve};
use dp_testkit::{BASE, Docker, PulledBase};
use tempfile::TempDir;

/// What the user builds: a cache mount with a marker that is written once, and steps that never
/// leave the same twice.
pub(crate) const USER: &str = "FROM @BASE@
    RUN --mount=type=cache,id=@TOKEN@,target=/c \
        test -s /c/marker || cat /proc/sys/kernel/random/uuid > /c/marker; cp /c/marker /m
    COPY file /file
    RUN cat /proc/sys/kernel/random/uuid > /uuid; echo @TOKEN@
    WORKDIR /w
    RUN echo @TOKEN@ > /w/last";

/// Tells what the user's cache mount holds, without running the user's step.
const MARKER: &str = "FROM @BASE@
    RUN --mount=type=cache,id=@TOKEN@,target=/c echo @NONCE@ > /dev/null; cat /c/marker";

/// One project at a time: the tests count what is new on the engine.
static ALONE: Mutex<()> = Mutex::new(());

/// The right to use the engine.
struct Turn {
    _guard: MutexGuard<'static, ()>,
}

impl Turn {
    fn wait() -> Self {
        Self { _guard: ALONE.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// A context, its images and its place in the cache.
pub(crate) struct Project {
    pub(crate) engine: Engine,
    pub(crate) store: ImageStore,
    /// Stands in every step.
    pub(crate) token: String,
    folder: TempDir,
    /// What the builds rest on, where it matters how it came.
    base: Option<PulledBase>,
    first: CacheSnapshot,
    traces: RefCell<Vec<Trace>>,
    _turn: Turn,
}

/// A build that is over.
pub(crate) struct Build {
    pub(crate) trace: Trace,
    /// The image's id, or nothing if the build failed.
    pub(crate) image: String,
}

impl Build {
    /// Names of the steps that were not cached.
    pub(crate) fn ran(&self) -> Vec<String> {
        let steps = self.trace.steps();
        let ran = steps
            .iter()
            .filter(|step| step.kind == VertexKind::Step && step.state != VertexState::Cached);
        ran.map(|step| self.trace.vertexes[step.place].name.clone()).collect()
    }

    pub(crate) fn span(&self) -> Interval {
        Analysis::of(&self.trace).span.unwrap()
    }
}

impl Project {
    pub(crate) async fn new() -> Self {
        let turn = Turn::wait();
        let base = PulledBase::where_needed(&Docker::new());
        let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
        let engine = Engine::connect(&endpoint).await.unwrap();
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "content\n").unwrap();
        let store = engine.facts().await.unwrap().image_store;
        let first = BuildCache::of(&engine, store).snapshot().await.unwrap();
        let project = Self {
            engine,
            store,
            token: format!("t{nanos}"),
            folder,
            base,
            first,
            traces: RefCell::default(),
            _turn: turn,
        };
        if project.base.is_some() {
            // Its layers are there before what the test makes.
            project.build("FROM @BASE@\nRUN true\n", "first", &["--output=type=cacheonly"]);
        } else {
            let tagged = docker(&["image", "tag", BASE, &project.tag("base")]);
            assert!(tagged.status.success(), "{tagged:?}");
        }
        project
    }

    pub(crate) fn cache(&self) -> BuildCache<'_> {
        BuildCache::of(&self.engine, self.store)
    }

    /// The base by a name of our own, if it is the engine's.
    fn base_name(&self) -> String {
        if self.base.is_some() { BASE.to_owned() } else { self.tag("base") }
    }

    pub(crate) fn tag(&self, name: &str) -> String {
        format!("dp-test-{}/{name}", self.token)
    }

    /// The image's id.
    pub(crate) fn image(&self, name: &str) -> String {
        let printed = docker(&["image", "inspect", "--format", "{{.Id}}", &self.tag(name)]);
        String::from_utf8(printed.stdout).unwrap().trim().to_owned()
    }

    /// As a user builds.
    pub(crate) fn build(&self, dockerfile: &str, name: &str, args: &[&str]) -> Build {
        self.start_args(dockerfile, name, args).finish()
    }

    /// As dp measures.
    pub(crate) fn cold(&self, dockerfile: &str) -> Build {
        self.start_cold(dockerfile, "").finish()
    }

    pub(crate) fn start_cold(&self, dockerfile: &str, step: &str) -> Running<'_> {
        let namespace = format!("BUILDKIT_CACHE_MOUNT_NS={}", self.namespace());
        let args = ["--no-cache", "--build-arg", &namespace];
        self.start_args(dockerfile, "cold", &args).until(step)
    }

    /// Starts a build and waits until a step whose text has `step` in it runs.
    pub(crate) fn start(&self, dockerfile: &str, name: &str, step: &str) -> Running<'_> {
        self.start_args(dockerfile, name, &[]).until(step)
    }

    pub(crate) fn start_args(&self, dockerfile: &str, name: &str, args: &[&str]) -> Running<'_> {
        let text = dockerfile.replace("@BASE@", &self.base_name()).replace("@TOKEN@", &self.token);
        let file = self.folder.path().join(format!("{name}.Dockerfile"));
        fs::write(&file, text).unwrap();
        fs::write(self.folder.path().join(".dockerignore"), "*Dockerfile\n").unwrap();
        let mut child = Command::new("docker")
            .args(["buildx", "build", "--progress=rawjson", "--provenance=false"])
            .args(["--builder", self.engine.endpoint().builder(), "--tag", &self.tag(name)])
            .args(self.base.iter().flat_map(PulledBase::words))
            .args(args)
            .arg("--file")
            .arg(file)
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { project: self, name: name.to_owned(), child, stderr, read_bytes: Vec::new() }
    }

    fn namespace(&self) -> String {
        format!("dp-{}", self.token)
    }

    /// What is in the user's cache mount.
    pub(crate) fn marker(&self) -> String {
        let nonce = format!("nonce{}", self.traces.borrow().len());
        let build =
            self.build(&MARKER.replace("@NONCE@", &nonce), "marker", &["--output=type=cacheonly"]);
        let read = build.trace.vertexes.iter().find(|vertex| vertex.name.contains(&nonce));
        let lines = &read.unwrap().log_tail;
        let [line] = lines.as_slice() else { panic!("no marker: {lines:?}") };
        line.trim().to_owned()
    }

    pub(crate) async fn remove(&self, before: &CacheSnapshot, builds: &[&Build]) -> Removal {
        self.remove_made(before, OwnBuilds::in_namespace(&self.namespace()), builds).await
    }

    pub(crate) async fn remove_made(
        &self,
        before: &CacheSnapshot,
        mut made: OwnBuilds,
        builds: &[&Build],
    ) -> Removal {
        for build in builds {
            made.add(&build.trace);
        }
        self.cache().remove_made_since(before, &made).await.unwrap()
    }

    /// Ids of the records that name our token, and of those that rest on such a one; without those
    /// of the other build, which name the token with `-other`.
    pub(crate) async fn family(&self) -> BTreeSet<String> {
        self.family_in(&self.cache().records().await.unwrap())
    }

    pub(crate) fn family_in(&self, records: &[CacheRecord]) -> BTreeSet<String> {
        let other = named(records, &format!("{}-other", self.token));
        let all = named(records, &self.token);
        &named_or_above(records, &all) - &named_or_above(records, &other)
    }

    /// How many records of steps are new, and how many of files that a client sent.
    pub(crate) async fn new_since(&self, before: &CacheSnapshot) -> (usize, usize) {
        let old = before.ids();
        let mut records = self.cache().records().await.unwrap();
        records.retain(|record| {
            !old.contains(record.id.as_str()) && !record.description.starts_with("from local ")
        });
        let is_source = |record: &&CacheRecord| record.description.starts_with("local source for ");
        let sources = records.iter().filter(is_source).count();
        (records.len() - sources, sources)
    }

    /// Removes images and records of all builds.
    pub(crate) async fn close(self) {
        for name in ["user", "cold", "other", "base"] {
            docker(&["image", "rm", "--force", &self.tag(name)]);
        }
        let mut made = OwnBuilds::default();
        for trace in self.traces.take() {
            made.add(&trace);
        }
        self.cache().remove_made_since(&self.first, &made).await.unwrap();
    }
}

fn named(records: &[CacheRecord], token: &str) -> BTreeSet<String> {
    let named = records.iter().filter(|record| record.description.contains(token));
    named.map(|record| record.id.clone()).collect()
}

/// The named records, and those that rest on one of them.
fn named_or_above(records: &[CacheRecord], named: &BTreeSet<String>) -> BTreeSet<String> {
    let above = |record: &&CacheRecord| record.parents.iter().any(|id| named.contains(id));
    let above = records.iter().filter(above).map(|record| record.id.clone());
    named.iter().cloned().chain(above).collect()
}

/// A build that runs.
pub(crate) struct Running<'a> {
    project: &'a Project,
    name: String,
    child: Child,
    stderr: BufReader<ChildStderr>,
    read_bytes: Vec<u8>,
}

impl Running<'_> {
    /// Waits until a vertex with `step` in its name has begun.
    fn until(mut self, step: &str) -> Self {
        let begun = |read_bytes: &[u8]| {
            let trace = read(read_bytes).unwrap().trace;
            trace.vertexes.iter().any(|v| v.start().is_some() && v.name.contains(step))
        };
        while !step.is_empty() && !begun(&self.read_bytes) {
            let count = self.stderr.read_until(b'\n', &mut self.read_bytes).unwrap();
            assert!(count > 0, "{step}: {}", String::from_utf8_lossy(&self.read_bytes));
        }
        self
    }

    pub(crate) fn finish(self) -> Build {
        let (build, success) = self.end();
        assert!(success, "{:?}", build.trace.failed());
        build
    }

    pub(crate) fn finish_failed(self) -> Build {
        let (build, success) = self.end();
        assert!(!success, "it did not fail");
        build
    }

    /// As with Ctrl-C.
    pub(crate) fn stop(self) -> Build {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success(), "{sent}");
        self.finish_failed()
    }

    fn end(mut self) -> (Build, bool) {
        self.stderr.read_to_end(&mut self.read_bytes).unwrap();
        let success = self.child.wait().unwrap().success();
        let trace = read(self.read_bytes.as_slice()).unwrap().trace;
        self.project.traces.borrow_mut().push(trace.clone());
        let image = if success { self.project.image(&self.name) } else { String::new() };
        (Build { trace, image }, success)
    }
}

pub(crate) fn docker(args: &[&str]) -> Output {
    Command::new("docker").args(args).stdin(Stdio::null()).output().unwrap()
}
