//! The compose files: volumes that keep, limits that hold, and nothing left.

use std::process::Output;

use dp_testkit::{Docker, shown_elsewhere, unique};
use serde_json::Value;

use crate::{Example, LINE};

/// A compose project of the example; nothing of it is left at the end.
struct Compose<'e> {
    example: &'e Example,
    files: Vec<String>,
}

impl<'e> Compose<'e> {
    fn new(example: &'e Example, names: &[&str]) -> Self {
        let path = |name: &&str| example.path(name).to_str().unwrap().to_owned();
        Self { example, files: names.iter().map(path).collect() }
    }

    fn run(&self, args: &[&str]) -> Output {
        let files: Vec<&str> = self.files.iter().flat_map(|file| ["--file", file]).collect();
        let project = ["compose", "--project-name", &self.example.name];
        self.example.docker.run(&[&project[..], &files, args].concat())
    }

    /// stdout and stderr of a command, which must succeed.
    fn ok(&self, args: &[&str]) -> (String, String) {
        let output = self.run(args);
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "compose {args:?}: {stderr}");
        (stdout, stderr)
    }

    /// Runs the development service once; it must print the line. Answers what
    /// it told on stderr.
    fn develop(&self) -> String {
        let (stdout, stderr) = self.ok(&["run", "--rm", "-T", "dev"]);
        assert_eq!(stdout, LINE, "{stderr}");
        stderr
    }

    fn volume(&self, name: &str) -> String {
        format!("{}_{name}", self.example.name)
    }
}

impl Drop for Compose<'_> {
    fn drop(&mut self) {
        self.run(&["down", "--volumes", "--rmi=local", "--timeout=1"]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_volumes_keep_packages_and_cache_until_they_are_removed() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let compose = Compose::new(&example, &["docker-compose.yml"]);
    compose.ok(&["build"]);

    let first = compose.develop();
    assert!(first.contains("installing into /packages") && !first.contains("from the cache"));
    let volumes = ["r-packages", "r-cache"].map(|name| compose.volume(name));
    let foreign = Foreign::new(&example);
    compose.ok(&["down"]);
    let second = compose.develop();
    assert!(second.contains("kept in /packages") && second.contains("from the cache"), "{second}");
    example.append("R/report.R", "# an edit\n");
    assert!(compose.develop().contains("installing into /packages"));
    assert_eq!(compose.ok(&["run", "--rm", "-T", "prod"]).0, LINE);

    compose.ok(&["down"]);
    foreign.assert_there();
    example.docker.ok(&["volume", "rm", &volumes[0], &volumes[1]]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_development_service_runs_within_its_limits() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let compose = Compose::new(&example, &["docker-compose.yml", "docker-compose.dev.yml"]);
    compose.ok(&["up", "--build", "--exit-code-from=dev", "dev"]);

    let id = compose.ok(&["ps", "--all", "--quiet", "dev"]).0;
    let container: Value =
        serde_json::from_str(&example.docker.ok(&["container", "inspect", id.trim()])).unwrap();
    let limits = &container[0]["HostConfig"];
    assert_eq!(limits["Memory"], 2_u64 << 30);
    assert_eq!(limits["MemoryReservation"], 1_u64 << 30);
    assert_eq!(limits["NanoCpus"], 2_000_000_000_u64);
    assert_eq!(container[0]["State"]["OOMKilled"], false);

    // What the kernel says, in the group of the container itself.
    let read = "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes \
        memory/memory.soft_limit_in_bytes 2>/dev/null || cat memory.max memory.low";
    let kernel = compose.ok(&["run", "--rm", "-T", "--entrypoint=sh", "dev", "-c", read]).0;
    assert_eq!(kernel, "2147483648\n1073741824\n");
}

/// Things of somebody else, which are there before and after.
struct Foreign<'e> {
    docker: &'e Docker,
    name: String,
}

impl<'e> Foreign<'e> {
    fn new(example: &'e Example) -> Self {
        let name = unique("foreign");
        let docker = &example.docker;
        let mount = format!("{name}:/data");
        docker.ok(&["network", "create", &name]);
        docker.ok(&["container", "create", "--name", &name, "-v", &mount, dp_testkit::BASE]);
        Self { docker, name }
    }

    fn assert_there(&self) {
        for kind in ["network", "container", "volume"] {
            self.docker.ok(&[kind, "inspect", &self.name]);
        }
    }
}

impl Drop for Foreign<'_> {
    fn drop(&mut self) {
        for kind in ["container", "network", "volume"] {
            self.docker.run(&[kind, "rm", &self.name]);
        }
    }
}
