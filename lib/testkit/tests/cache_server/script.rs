//! `scripts/docker-build.sh`, of a small project with the stages of the real one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dp_testkit::{Docker, OwnEngine, Ran, shown_elsewhere, skip, tool, unique};
use tempfile::TempDir;

use crate::root;

/// What a stage writes is another thing each time that it runs. In the mount there is the
/// one that the first of all builds wrote.
const STAGES: &str = "\
FROM --platform=$BUILDPLATFORM dp-base/busybox AS deps-builder
ARG PARALLEL_JOBS=none
RUN --mount=type=cache,target=/kept,id=NAME mkdir -p /kept /deps \\
    && { [ -e /kept/first ] || cat /proc/sys/kernel/random/uuid >/kept/first; } \\
    && cp /kept/first /deps/first && echo jobs=$PARALLEL_JOBS >/deps/jobs
FROM dp-base/busybox AS source-builder
COPY --from=deps-builder /deps /deps
RUN cat /proc/sys/kernel/random/uuid >/deps/run
FROM dp-base/busybox AS production
COPY --from=source-builder /deps /deps
STOPSIGNAL SIGKILL
CMD [\"httpd\", \"-f\", \"-p\", \"11211\"]
FROM source-builder AS development
FROM source-builder AS test
RUN grep -q -- - /deps/run
FROM --platform=$BUILDPLATFORM dp-base/busybox AS cross
ARG TARGETARCH
RUN echo $TARGETARCH >/arch
FROM scratch AS bare
COPY --from=cross /arch /arch
FROM production
";

/// A project with the script and these stages, whose images go at the end.
struct Project {
    docker: Docker,
    name: String,
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let (mut docker, name) = (Docker::new(), unique("script"));
        docker.remove_all_at_end(&name);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("scripts/lib")).unwrap();
        for file in ["scripts/docker-build.sh", "scripts/lib/compare.sh"] {
            fs::copy(root().join(file), at(file)).unwrap();
        }
        fs::create_dir_all(at("dockerfiles/cache-server")).unwrap();
        let stages = STAGES.replace("NAME", &name);
        let serve =
            &stages[stages.find("STOPSIGNAL").unwrap()..stages.find("FROM source").unwrap()];
        let first = format!("FROM dp-base/busybox\n{serve}");
        fs::write(at("dockerfiles/cache-server/Dockerfile"), first).unwrap();
        fs::write(at("dockerfiles/cache-server/Dockerfile.optimized"), stages).unwrap();
        Self { docker, name, folder }
    }

    /// The script with these arguments and variables, on the engine of the environment.
    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = script(self.folder.path());
        command.args(["--name", &self.name]).args(args).envs(variables.iter().copied());
        ran(command)
    }

    fn file(&self, image: &str, file: &str) -> String {
        self.docker.ok(&["run", "--rm", "--network=none", image, "cat", file])
    }

    fn image(&self, target: &str) -> String {
        format!("{}:{target}", self.name)
    }
}

fn script(project: &Path) -> Command {
    let tools = tool("dp-build").parent().unwrap().to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg(project.join("scripts/docker-build.sh")).env("PATH", path);
    command.current_dir(project).env_remove("REGISTRY_URL").stdin(Stdio::null());
    command
}

fn ran(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Ran { code: output.status.code(), signal: None, stdout, stderr }
}

#[test]
fn what_the_script_cannot_do_ends_with_2_and_a_line() {
    let folder = root();
    for (args, message) in [
        (&["--target", "no"][..], "no such target: no (production,"),
        (&["--target"], "--target takes a value"),
        (&["--parallel-jobs=x"], "x is no number of compilers"),
        (&["--parallel-jobs", "0"], "0 is no number of compilers"),
        (&["--push-cache"], "--push-cache needs a registry"),
        (&["--benchmark", "-r", "0"], "0 is no number of rounds"),
        (&["--no-buildkit", "--registry=h", "--push-cache"], "the old builder knows neither"),
        (&["--no-buildkit", "--", "--quiet"], "the old builder knows neither"),
        (&["--quick"], "unknown option: --quick"),
    ] {
        let mut command = script(&folder);
        command.args(args);
        let refused = ran(command).expect(2);
        let start = format!("docker-build: {message}");
        assert!(refused.stderr.starts_with(&start), "{}", refused.stderr);
        assert_eq!((refused.stdout.as_str(), refused.stderr.lines().count()), ("", 1));
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_option_of_the_script_does_what_it_says() {
    if shown_elsewhere() {
        return;
    }
    let project = Project::new();
    let plain = project.run(&["--target=all", "--parallel-jobs", "3", "--progress=plain"], &[]);
    let plain = plain.expect(0).stderr;
    assert!(plain.lines().any(|line| line.starts_with("#1 ")), "{plain}");
    let [production, development, test] =
        ["production", "development", "test"].map(|target| project.image(target));
    for image in [&production, &development, &test] {
        assert_eq!(project.file(image, "/deps/jobs"), "jobs=3\n", "{image}");
    }
    let (first, run) =
        (project.file(&production, "/deps/first"), project.file(&production, "/deps/run"));

    // Every step runs again, and what others have in their mounts stays there.
    let _ = project.run(&["--no-cache"], &[]).expect(0);
    assert_ne!(project.file(&production, "/deps/run"), run);
    assert_ne!(project.file(&production, "/deps/first"), first);
    let _ = project.run(&["--parallel-jobs=2"], &[]).expect(0);
    assert_eq!(project.file(&production, "/deps/first"), first);

    let old = project.run(&["--no-buildkit", "--target", "production", "--parallel-jobs=1"], &[]);
    let old = old.expect(0);
    assert!(old.stdout.contains("Step 1/"), "{}", old.stdout);
    assert_eq!(project.file(&production, "/deps/jobs"), "jobs=1\n");
    assert_ne!(project.file(&production, "/deps/first"), first);

    // A step that fails fails the script.
    let failed = project.run(&["--", "--build-arg", "PARALLEL_JOBS=$(false)", "--no-such"], &[]);
    assert_ne!(failed.code, Some(0));
}

/// Runs on every engine: only the containerd image store holds one image for several
/// platforms.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn another_platform_is_built_and_several_where_the_image_store_holds_them() {
    let project = Project::new();
    let build =
        |platforms: &str| project.run(&["--target=bare", "--", "--platform", platforms], &[]);
    let _ = build("linux/arm64").expect(0);
    assert_eq!(project.docker.image(&project.image("bare")).unwrap()["Architecture"], "arm64");
    let both = build("linux/amd64,linux/arm64");
    if project.docker.has_containerd_store() {
        let _ = both.expect(0);
    } else {
        assert_ne!(both.code, Some(0), "{}", both.stderr);
        assert!(both.stderr.contains("platform"), "{}", both.stderr);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_benchmark_compares_both_dockerfiles_and_holds_the_size_against_the_plan() {
    if shown_elsewhere() {
        return;
    }
    let project = Project::new();
    // Both are as big here: the demand cannot be met.
    let ran = project.run(&["--benchmark", "-r", "1"], &[]).expect(1);
    for word in ["wall_seconds", "size_bytes", "ready_seconds", "demanded is 87 % better"] {
        assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
    }
    let records = project.folder.path().join("dp-results/docker-build.jsonl");
    let records = dp_testkit::assert_records(&fs::read_to_string(records).unwrap());
    for kind in ["build", "size", "start"] {
        assert!(dp_testkit::of_kind(&records, kind).len() >= 2, "{kind}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_one_machine_pushes_another_one_does_not_build() {
    if shown_elsewhere() {
        return;
    }
    let Ok(registry) = std::env::var("DP_REGISTRY") else {
        skip("there is no registry: scripts/registry up");
        return;
    };
    let project = Project::new();
    let _ = project.run(&["--registry", &registry, "--push-cache"], &[]).expect(0);
    let image = format!("{registry}/{}:production", project.name);
    let run = project.file(&image, "/deps/run");

    let data = tempfile::tempdir().unwrap();
    let Some(own) = OwnEngine::start(data.path()) else { return };
    let host = own.host();
    let there = [("DOCKER_HOST", host.as_str()), ("REGISTRY_URL", registry.as_str())];
    let _ = project.run(&[], &there).expect(0);
    let seen = own.docker(&["run", "--rm", "--network=none", &image, "cat", "/deps/run"]);
    assert_eq!(String::from_utf8(seen.stdout).unwrap(), run);
}
