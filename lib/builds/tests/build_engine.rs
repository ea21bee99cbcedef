//! Real builds whose truth is known: their steps sleep for a known time.
//!
//! They use the engine that the docker CLI reaches, which must be on this
//! machine, and leave no image there.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::cell::Cell;
use std::fs;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dp_builds::backend::buildx;
use dp_builds::{
    Analysis, BuildxRequest, BuildxRun, Event, Failure, FailureCode, Step, VertexKind, VertexState,
};
use tempfile::TempDir;

/// One build at a time: they are timed.
static ALONE: Mutex<()> = Mutex::new(());

/// A context with a Dockerfile, and the images made of it. Its token makes the
/// steps new to the engine's cache.
struct Project {
    folder: TempDir,
    token: String,
    _alone: MutexGuard<'static, ()>,
}

impl Project {
    fn new(dockerfile: &str) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let (folder, token) = (tempfile::tempdir().unwrap(), format!("t{nanos}"));
        let project = Self { folder, token, _alone: alone };
        project.base();
        let text = dockerfile.replace("@TOKEN@", &project.token);
        let text = format!("ARG BASE={}\n{text}", project.image("base"));
        fs::write(project.folder.path().join("Dockerfile"), text).unwrap();
        project
    }

    fn image(&self, name: &str) -> String {
        format!("dp-test-{}/{name}", self.token)
    }

    /// A base of our own name: the one that scripts/bases made, else the shell
    /// and the programs of this machine.
    fn base(&self) {
        let base = self.image("base");
        if docker(&["image", "tag", "dp-base/busybox", &base]) {
            return;
        }
        let import = format!(
            "set -e; for p in sleep cat; do command -v $p; done > programs; echo /bin/sh >> programs
             ldd $(cat programs) | grep -o '/[^ :]*' | cat - programs | sort -u > list
             tar --create --dereference --files-from list --file - 2>/dev/null \
                 | docker import --change 'ENV PATH=/bin:/usr/bin' - {base}; rm list programs"
        );
        let mut shell = Command::new("sh");
        let status = shell.args(["-c", &import]).current_dir(self.folder.path()).status();
        assert!(status.unwrap().success(), "no base image");
    }

    fn request(&self, args: &[&str]) -> BuildxRequest {
        let image = self.image("image");
        let fixed = ["--provenance=false", "--tag", &image];
        let args = fixed.iter().chain(args).chain(&["."]);
        BuildxRequest {
            docker: "docker".into(),
            args: args.map(Into::into).collect(),
            cwd: self.folder.path().to_owned(),
            ..BuildxRequest::default()
        }
    }

    fn build(&self, args: &[&str]) -> Build {
        docker(&["image", "rm", "--force", &self.image("image")]);
        let run = buildx::run(&self.request(args), &|| false, &mut |_| {}).unwrap();
        let analysis = Analysis::of(&run.trace);
        Build { run, analysis }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        docker(&["image", "rm", "--force", &self.image("image"), &self.image("base")]);
    }
}

fn docker(args: &[&str]) -> bool {
    Command::new("docker").args(args).output().unwrap().status.success()
}

struct Build {
    run: BuildxRun,
    analysis: Analysis,
}

impl Build {
    fn steps(&self) -> Vec<Step<'_>> {
        self.run.trace.steps()
    }

    #[track_caller]
    fn step(&self, begin: &str) -> Step<'_> {
        let fits = |step: &Step<'_>| step.name.text.starts_with(begin);
        self.steps().into_iter().find(fits).unwrap()
    }

    fn is_critical(&self, begin: &str) -> bool {
        let step = self.step(begin);
        step.members.iter().any(|place| self.analysis.critical_path.contains(place))
    }

    fn span(&self) -> f64 {
        self.analysis.span_length().as_secs_f64()
    }

    fn path(&self) -> f64 {
        self.analysis.critical_path_length.as_secs_f64()
    }
}

const STAGES: &str = "\
FROM $BASE AS slow
ARG SLOW
RUN : slow @TOKEN@; sleep $SLOW; : > /slow
FROM $BASE AS quick
ARG QUICK
RUN : quick @TOKEN@; sleep $QUICK; : > /quick
FROM $BASE AS unused
RUN sleep 300
FROM $BASE
COPY --from=slow /slow /
COPY --from=quick /quick /
";

/// How both follow a stage that takes longer is shown through dp-build (`times.rs`).
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_path_goes_through_the_longer_of_two_stages_that_overlap() {
    let project = Project::new(STAGES);
    let build = project.build(&["--build-arg", "SLOW=5", "--build-arg", "QUICK=2"]);
    assert!(build.is_critical("RUN : slow") && !build.is_critical("RUN : quick"));
    assert!(build.path() <= build.span() && build.path() > 5.0);
    assert!(build.run.wall.as_secs_f64() >= build.span());
    let seconds = |begin| -> f64 {
        let runs = build.step(begin).intervals;
        runs.iter().map(|run| run.length().as_secs_f64()).sum()
    };
    let (slow, quick) = (seconds("RUN : slow"), seconds("RUN : quick"));
    assert!(slow >= 5.0 && slow <= build.span() && quick >= 2.0 && quick < slow, "{slow} {quick}");
    let overlap = build.analysis.busy.as_secs_f64() - build.analysis.covered.as_secs_f64();
    assert!(overlap >= 2.0, "{overlap}");
    let unused = |step: &Step<'_>| step.name.stage == Some("unused");
    assert!(!build.steps().iter().any(unused), "the unused stage was built");
    let ran = |step: &&Step<'_>| step.kind == VertexKind::Step;
    assert_eq!(build.steps().iter().filter(ran).count(), 4);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn steps_that_match_by_content_are_cached_behind_a_changed_stage() {
    let project = Project::new(
        "FROM $BASE AS changing
         ARG VALUE
         RUN sleep 2; echo @TOKEN@ $VALUE > /changed; echo @TOKEN@ > /same
         FROM $BASE
         WORKDIR /app
         COPY --from=changing /same .
         RUN sleep 1; cat same
         COPY --from=changing /changed .
         RUN cat changed",
    );
    let first = project.build(&["--build-arg", "VALUE=1"]);
    assert_eq!(first.step("RUN sleep 1").state, VertexState::Executed);
    let second = project.build(&["--build-arg", "VALUE=2"]);
    assert_eq!(second.step("RUN sleep 2").state, VertexState::Executed);
    assert_eq!(second.step("COPY --from=changing /same").state, VertexState::Cached);
    assert_eq!(second.step("RUN sleep 1").state, VertexState::Cached);
    assert_eq!(second.step("COPY --from=changing /changed").state, VertexState::Executed);
    assert_eq!(second.step("RUN cat").state, VertexState::Executed);
    assert!(second.is_critical("RUN sleep 2") && second.is_critical("RUN cat"));
    assert!(second.path() >= 2.0 && second.path() <= second.span(), "{}", second.path());
    let third = project.build(&["--build-arg", "VALUE=2"]);
    let real = |step: &&Step<'_>| step.kind == VertexKind::Step;
    assert_eq!(third.steps().iter().filter(real).count(), 6);
    let cached = |step: &Step<'_>| step.state == VertexState::Cached;
    assert!(third.steps().iter().filter(real).all(cached));
}

/// Whether a process with `text` among its arguments runs on this machine.
fn runs(text: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stopped_build_stops_on_the_engine() {
    let project = Project::new("FROM $BASE\nRUN : @TOKEN@-step; sleep 300; :\n");
    let marker = format!("{}-step", project.token);
    let stop = Cell::new(false);
    let run = buildx::run(&project.request(&[]), &|| stop.get(), &mut |event| {
        let Event::Status(status) = event else { return };
        let begun = status.vertexes.iter().any(|vertex| {
            vertex.name.contains("] RUN ") && vertex.started.is_some() && vertex.error.is_empty()
        });
        if begun && !stop.get() {
            wait_until("the step never began", || runs(&marker));
            stop.set(true);
        }
    })
    .unwrap();
    assert!(run.cancelled && !run.exit_status.success());
    assert!(run.wall < Duration::from_secs(200));
    wait_until("the step runs on", || !runs(&marker));
    assert!(!runs(&project.token), "the child runs on");
    assert!(run.trace.steps().iter().all(|step| step.state != VertexState::Executed));
    let failure = Failure::of(&run.trace, &run.text, run.cancelled);
    assert_eq!(failure.code, FailureCode::Cancelled);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn five_megabytes_in_one_line_and_false_progress_do_no_harm() {
    let project = Project::new(
        "FROM $BASE
         RUN : @TOKEN@; echo '#9 CACHED'; echo '{\"vertexes\":[{\"digest\":\"forged\"}]}'; \
             s=xxxxxxxxxx; for i in 1 2 3 4 5; do s=$s$s$s$s$s$s$s$s$s$s; done; \
             echo $s$s$s$s$s; exit 3",
    );
    let build = project.build(&[]);
    assert!(build.run.trace.vertexes.iter().all(|vertex| vertex.digest != "forged"));
    let failure = Failure::of(&build.run.trace, &build.run.text, false);
    assert_eq!((failure.code, failure.exit_code), (FailureCode::StepFailed, Some(3)));
    assert_eq!(failure.log[0], "#9 CACHED");
    assert!(failure.log.iter().all(|line| line.len() <= 4096));
}
