//! Folders that are built by every backend, on the engine that the environment chooses.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dp_builds::backend::{api, buildx, legacy};
use dp_builds::{
    BuildOptions, BuildRequest, BuildRun, BuildxRequest, Context, Dockerfile, Event, Failure,
    Filter, Keep, LegacyStage, VertexKind, VertexState,
};
use dp_engine::{Engine, Environment, Selection, resolve};
use tempfile::TempDir;

/// A way to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Api,
    Legacy,
    Buildx,
}

/// A context, and the images made of it. Its token makes the steps new to the engine's cache.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
    pub(crate) token: String,
    pub(crate) engine: Engine,
    pub(crate) options: BuildOptions,
    pub(crate) stages: Vec<LegacyStage>,
    /// What is removed at the end: builds of one name would leave images without.
    images: RefCell<Vec<String>>,
}

impl Project {
    /// A context with this Dockerfile, in which `@TOKEN@` is replaced.
    pub(crate) async fn new(dockerfile: &str) -> Self {
        let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
        let engine = Engine::connect(&endpoint).await.unwrap();
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let token = format!("t{nanos}");
        let (folder, options) = (tempfile::tempdir().unwrap(), BuildOptions::default());
        let (stages, images) = (Vec::new(), RefCell::default());
        let project = Self { folder, token, engine, options, stages, images };
        project.write("Dockerfile", dockerfile);
        project
    }

    /// Reaches the same engine through a port of 127.0.0.1, and so through the docker CLI.
    pub(crate) async fn behind_tcp(&mut self) {
        let url = self.engine.endpoint().to_string();
        let socket = url.strip_prefix("unix://").unwrap().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let engine = UnixStream::connect(&socket).unwrap();
                let (from, to) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = io::copy(&mut &from, &mut &to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                thread::spawn(move || {
                    let _ = io::copy(&mut &engine, &mut &client);
                    let _ = client.shutdown(Shutdown::Write);
                });
            }
        });
        let selection = Selection { host: Some(host), context: None };
        let endpoint = resolve(&selection, &Environment::from_process()).unwrap();
        self.engine = Engine::connect(&endpoint).await.unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("@TOKEN@", &self.token)).unwrap();
    }

    pub(crate) async fn build(&self, backend: Backend) -> BuildRun {
        self.build_with(backend, &|_, _| Keep::Yes, &|| false, &mut |_| {}).await
    }

    pub(crate) async fn build_with(
        &self,
        backend: Backend,
        filter: &Filter<'_>,
        stop: &dyn Fn() -> bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> BuildRun {
        let tag = format!("dp-test-{}/image:{}", self.token, self.images.borrow().len());
        self.images.borrow_mut().push(tag.clone());
        let run = self.build_as(&tag, backend, filter, stop, on_event).await;
        self.images.borrow_mut().extend(run.images.clone());
        run
    }

    async fn build_as(
        &self,
        tag: &str,
        backend: Backend,
        filter: &Filter<'_>,
        stop: &dyn Fn() -> bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> BuildRun {
        let options = BuildOptions { tags: vec![tag.to_owned()], ..self.options.clone() };
        let text = fs::read(self.path().join("Dockerfile")).unwrap_or_default();
        let name = "Dockerfile";
        let request = BuildRequest {
            context: Context { folder: self.path(), filter },
            dockerfile: Dockerfile { text: &text, name, place: Some(name), ignore: None },
            options: &options,
        };
        let (engine, stages) = (&self.engine, &self.stages);
        match backend {
            Backend::Api => api::run(engine, &request, stop, on_event).await.unwrap(),
            Backend::Legacy => legacy::run(engine, &request, stages, stop, on_event).await.unwrap(),
            Backend::Buildx => buildx::run(&self.buildx(tag), stop, on_event).unwrap().into(),
        }
    }

    fn buildx(&self, tag: &str) -> BuildxRequest {
        let builder = self.engine.endpoint().builder();
        let words = ["--provenance=false", "--builder", builder, "--tag", tag, "."].map(Into::into);
        BuildxRequest {
            docker: "docker".into(),
            args: words.to_vec(),
            cwd: self.path().to_owned(),
            ..BuildxRequest::default()
        }
    }

    /// The id of the image that was built last.
    pub(crate) fn image_id(&self) -> String {
        let images = self.images.borrow();
        let tag = images.iter().rfind(|image| !image.starts_with("sha256:")).unwrap();
        let args = ["image", "inspect", "--format", "{{.Id}}", tag];
        let output = Command::new("docker").args(args).output().unwrap();
        assert!(output.status.success(), "no image {tag}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let images = self.images.take();
        let _ = Command::new("docker").args(["image", "rm", "--force"]).args(images).output();
    }
}

/// The steps that count, each with its state, in the order of the file.
pub(crate) fn steps(run: &BuildRun) -> Vec<(String, VertexState)> {
    let steps = run.trace.steps();
    let mut steps: Vec<_> = steps.iter().filter(|step| step.kind == VertexKind::Step).collect();
    steps.sort_by_key(|step| (step.name.stage, step.name.n));
    steps.iter().map(|step| (step.name.text.to_owned(), step.state)).collect()
}

#[track_caller]
pub(crate) fn assert_all(run: &BuildRun, state: VertexState) {
    assert!(run.succeeded, "{:?}", run.text);
    let steps = steps(run);
    assert!(!steps.is_empty());
    assert!(steps.iter().all(|step| step.1 == state), "{steps:?}");
}

pub(crate) fn failure(run: &BuildRun) -> Failure {
    assert!(!run.succeeded);
    Failure::of(&run.trace, &run.text, run.cancelled)
}

/// Whether a process with `text` among its arguments runs on this machine.
pub(crate) fn runs(text: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_mins(1), "{what}");
        thread::park_timeout(Duration::from_millis(5));
    }
}
