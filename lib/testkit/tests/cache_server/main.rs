//! The example `dockerfiles/cache-server`: its server answers, its tests are those of the
//! program, its profiles and its script do what they promise. Needs the base image
//! `dp-base/gcc`.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod compose;
mod health;
mod script;
mod secret;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Output;

use dp_testkit::{
    Docker, Tool, copy_folder, of_kind, replace_text, shown_elsewhere, unique, wait_until,
};
use tempfile::TempDir;

const OPTIMIZED: &str = "Dockerfile.optimized";
const PATCH: &str = "patches/10-build-name.patch";

/// A private copy of the folder, and a word that all that is made here bears.
struct System {
    docker: Docker,
    name: String,
    folder: TempDir,
}

impl System {
    fn new() -> Self {
        let docker = Docker::new();
        assert!(docker.image("dp-base/gcc").is_some(), "no dp-base/gcc: run scripts/bases gcc");
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&root().join("dockerfiles/cache-server"), folder.path());
        Self { docker, name: unique("cache"), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes a text that stands once in a file.
    fn replace(&self, file: &str, old: &str, new: &str) {
        replace_text(&self.path(file), old, new);
    }

    /// Builds a stage, as an image that goes at the end of the test.
    fn build(&mut self, target: &str, options: &[&str]) -> (String, Output) {
        let image = format!("{}:{target}", self.name);
        let file = self.path(OPTIMIZED);
        let names = [["--tag", &image], ["--target", target], ["--file", file.to_str().unwrap()]];
        let context = [self.folder.path().to_str().unwrap()];
        let command =
            [&["buildx", "build", "--progress=plain"], names.as_flattened(), options, &context];
        let output = self.docker.run(&command.concat());
        self.docker.remove_at_end(&image);
        (image, output)
    }

    /// Builds a stage, which must succeed. Answers the image and the progress.
    fn image(&mut self, target: &str, options: &[&str]) -> (String, String) {
        let (image, output) = self.build(target, options);
        let progress = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{target}: {progress}");
        (image, progress)
    }

    /// Starts a container, which goes at the end of the test.
    fn start(&self, options: &[&str], image: &str, command: &[&str]) -> Container<'_> {
        let name = unique("container");
        let run = ["run", "--detach", "--name", &name];
        self.docker.ok(&[&run[..], options, &[image], command].concat());
        Container { docker: &self.docker, name }
    }
}

struct Container<'d> {
    docker: &'d Docker,
    name: String,
}

impl Container<'_> {
    /// A field of `docker inspect`.
    fn field(&self, name: &str) -> String {
        let format = format!("{{{{.{name}}}}}");
        let field = self.docker.ok(&["container", "inspect", "--format", &format, &self.name]);
        field.trim().to_owned()
    }

    fn shell(&self, command: &str) -> String {
        self.docker.ok(&["exec", &self.name, "sh", "-c", command])
    }

    /// What a check of the health says; `docker exec` has no other way to ask.
    fn answers(&self) -> bool {
        self.docker.run(&["exec", &self.name, "cache-ask"]).status.success()
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.docker.run(&["rm", "--force", "--volumes", &self.name]);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a server answers until it has taken leave.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.write_all(b"quit\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// It keeps what it is given, and forgets all when it is told to.
fn assert_that_it_serves(address: &str) {
    let kept = ask(address, "set key 0 0 5\r\nvalue\r\nget key\r\nget other\r\n");
    assert_eq!(kept, "STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\nEND\r\n");
    assert_eq!(ask(address, "get key\r\n"), "VALUE key 0 5\r\nvalue\r\nEND\r\n");
    assert_eq!(ask(address, "flush_all\r\nget key\r\n"), "OK\r\nEND\r\n");
}

/// The name of the build that a server tells.
fn build_name(address: &str) -> Option<String> {
    let settings = ask(address, "stats settings\r\n");
    let mut lines = settings.lines();
    lines.find_map(|line| line.strip_prefix("STAT build ")).map(str::to_owned)
}

/// Runs on every engine. The counts are by hand: RUN, COPY and WORKDIR of four stages. The
/// bytes of the image are those of its base and of two programs, as the container counts
/// them: the same on each engine.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_server_is_one_static_program_that_serves_and_ends_when_it_is_told_to() {
    let mut system = System::new();
    let image = format!("{}:production", system.name);
    system.docker.remove_all_at_end(&system.name);
    let file = system.path(OPTIMIZED);
    let ran = Tool::new("dp-build")
        .args(["--tag", &image, "--file"])
        .args([file.as_os_str(), system.folder.path().as_os_str()])
        .run()
        .expect(0);
    let records = ran.records();
    let build = of_kind(&records, "build")[0];
    // toolchain 4, library 3, server 7, image 1
    assert_eq!(build.metrics.get("steps"), Some(15.0), "{build:?}");

    let container = system.start(
        &["--read-only", "--cap-drop=ALL", "--publish=127.0.0.1::11211"],
        &image,
        &["--memory-limit=8"],
    );
    wait_until("the server answers", || container.answers());
    let address = system.docker.ok(&["port", &container.name, "11211"]);
    assert_that_it_serves(address.trim());
    assert_eq!(build_name(address.trim()).as_deref(), Some("first"));
    let stats = ask(address.trim(), "stats\r\n");
    assert!(stats.lines().any(|line| line.starts_with("STAT libevent ") && line.ends_with("-1")));

    assert_eq!(container.shell("id -u"), "11211\n");
    let programs = container.shell("stat -c %s /usr/local/bin/*");
    let own: u64 = programs.lines().map(|bytes| bytes.parse::<u64>().unwrap()).sum();
    assert_eq!(programs.lines().count(), 2);
    let bytes = |image: &str| {
        let ran = Tool::new("dp-size").args([image]).run().expect(0);
        of_kind(&ran.records(), "size")[0].metrics.get("size_bytes")
    };
    assert_eq!(bytes(&image), bytes(dp_testkit::BASE).map(|base| base + own as f64));

    system.docker.ok(&["stop", &container.name]);
    // Its own end; by SIGKILL, after ten seconds, it were 137.
    assert_eq!(container.field("State.ExitCode"), "0");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_patch_that_breaks_the_server_fails_the_tests_of_the_build() {
    // What is shown is in the Dockerfile.
    if shown_elsewhere() {
        return;
    }
    let mut system = System::new();
    // One of memcached's own tests, of those that ask for `stats settings`.
    let tests = ["--build-arg", "TESTS=t/dyn-maxbytes.t"];
    let (_, progress) = system.image("test", &tests);
    assert!(progress.contains("All tests successful."), "{progress}");
    system.replace(PATCH, "\"%s\", BUILD_NAME);", "\"%s\", (char *)1);");
    let (_, output) = system.build("test", &tests);
    let progress = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(progress.contains("Result: FAIL"), "{progress}");
}
