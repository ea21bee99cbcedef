//! Images and containers of a test on a real engine, made by the docker CLI and removed on drop.

use std::fs;
use std::process::{Command, Output};

use dp_engine::{Endpoint, Engine};

/// The size of the one file in the images, in bytes.
pub(crate) const BYTES: u64 = 12_345;

/// Which builder makes an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builder {
    Legacy,
    BuildKit,
}

/// All whose names begin with one prefix.
pub(crate) struct Objects {
    endpoint: Endpoint,
    /// `dp-test-...`: the images are `PREFIX/NAME:TAG`, the containers `PREFIX-NAME`.
    pub(crate) prefix: String,
}

impl Objects {
    pub(crate) fn new(engine: &Engine, test: &str) -> Self {
        let prefix = format!("dp-test-{test}-{}", std::process::id());
        Self { endpoint: engine.endpoint().clone(), prefix }
    }

    /// What a docker command prints.
    pub(crate) fn says(&self, args: &[&str]) -> String {
        let output = self.docker(args).output().unwrap();
        assert!(output.status.success(), "docker {args:?}: {}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// An image `PREFIX/NAME:1` of a file of [`BYTES`], a variable, an empty folder and a command.
    pub(crate) fn built(&self, name: &str, builder: Builder) -> String {
        let image = format!("{}/{name}:1", self.prefix);
        let folder = tempfile::tempdir().unwrap();
        let file = "x".repeat(usize::try_from(BYTES).unwrap());
        fs::write(folder.path().join("file"), file).unwrap();
        let text = format!(
            "FROM scratch\nCOPY file /{}\nENV NAME=value\nWORKDIR /work\nUSER 1000\nCMD [\"x\"]\n",
            self.prefix
        );
        fs::write(folder.path().join("Dockerfile"), text).unwrap();
        let folder = folder.path().to_str().unwrap().to_owned();
        let mut docker = self.docker(&["build", "--quiet", "--tag", &image, &folder]);
        docker.env("DOCKER_BUILDKIT", if builder == Builder::Legacy { "0" } else { "1" });
        docker
            .env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1")
            .env("BUILDX_BUILDER", self.endpoint.builder());
        let output = docker.output().unwrap();
        assert!(output.status.success(), "{builder:?}: {}", stderr(&output));
        image
    }

    /// A container of the image that never runs.
    pub(crate) fn created(&self, image: &str) -> String {
        let name = format!("{}-container", self.prefix);
        self.says(&["create", "--name", &name, image]);
        name
    }

    /// How `docker image inspect` sees the image; empty when there is none.
    pub(crate) fn inspected(&self, image: &str, format: &str) -> String {
        let output =
            self.docker(&["image", "inspect", "--format", format, image]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What `docker history` says that each step of the image takes, oldest first, in bytes.
    pub(crate) fn history_sizes(&self, image: &str) -> Vec<u64> {
        let said = self.says(&["history", "--human=false", "--format", "{{.Size}}", image]);
        said.lines().rev().map(|size| size.parse().unwrap()).collect()
    }

    fn docker(&self, args: &[&str]) -> Command {
        let mut docker = Command::new("docker");
        docker.args(self.endpoint.cli_args()).args(args);
        for (name, value) in self.endpoint.cli_env() {
            match value {
                Some(value) => docker.env(name, value),
                None => docker.env_remove(name),
            };
        }
        docker
    }

    /// Runs a docker command whose failure changes nothing.
    fn tries(&self, args: &[&str]) -> String {
        let output = self.docker(args).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let named = format!("name={}", self.prefix);
        for id in self.tries(&["ps", "--all", "--quiet", "--filter", &named]).split_whitespace() {
            self.tries(&["rm", "--force", id]);
        }
        let reference = format!("reference={}/*", self.prefix);
        let format = "{{.Repository}}:{{.Tag}}";
        let images = self.tries(&["image", "ls", "--filter", &reference, "--format", format]);
        for image in images.split_whitespace() {
            self.tries(&["image", "rm", image]);
        }
        let described = format!("description~={}", self.prefix);
        self.tries(&[
            "buildx",
            "prune",
            "--force",
            "--builder",
            self.endpoint.builder(),
            "--filter",
            &described,
        ]);
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
