//! The example `dockerfiles/services`: its images, compose files and scripts do what they
//! promise. Needs the base images node, python, nginx and postgres.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod deploying;
mod developing;
mod system;
mod validation;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dp_testkit::{Docker, Ran, copy_folder, replace_text, tool, unique};
use tempfile::TempDir;

/// A private copy of the project's part that this is about, and a word that all that is
/// made here bears.
struct Example {
    docker: Docker,
    name: String,
    project: TempDir,
}

impl Example {
    fn new() -> Self {
        let mut docker = Docker::new();
        for base in ["node", "python", "nginx", "postgres"] {
            let image = format!("dp-base/{base}");
            assert!(docker.image(&image).is_some(), "no {image}: run scripts/bases {base}");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = tempfile::tempdir().unwrap();
        for part in ["dockerfiles/services", "scripts"] {
            copy_folder(&root.join(part), &project.path().join(part));
        }
        let name = unique("services");
        docker.remove_all_at_end(&name);
        Self { docker, name, project }
    }

    /// A file of the services.
    fn path(&self, name: &str) -> PathBuf {
        self.project.path().join("dockerfiles/services").join(name)
    }

    /// Changes a text that stands once in a file.
    fn replace(&self, file: &str, old: &str, new: &str) {
        replace_text(&self.path(file), old, new);
    }

    /// Number of the line of a file that has this text.
    fn line(&self, file: &str, text: &str) -> usize {
        let content = fs::read_to_string(self.path(file)).unwrap();
        content.lines().position(|line| line.contains(text)).unwrap() + 1
    }

    /// A command of the project, in its folder; its projects, images and ports are the
    /// test's own.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let tools = tool("dp-build").parent().unwrap().to_owned();
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program.as_ref());
        command.current_dir(self.project.path()).stdin(Stdio::null()).env("PATH", path);
        command.env("COMPOSE_PROJECT_NAME", &self.name).env("IMAGES", &self.name);
        for port in ["WEB_PORT", "ASSETS_PORT", "API_DEBUG_PORT", "WORKER_DEBUG_PORT"] {
            command.env(port, "0");
        }
        command
    }

    /// Runs a script of the services to its end.
    fn script(&self, name: &str, args: &[&str]) -> Ran {
        ran(self.command(self.path(name)).args(args))
    }

    /// Starts these services of a compose file, or all; they go at the end.
    fn compose(&self, file: &'static str, services: &[&str]) -> Compose<'_> {
        let compose = Compose { example: self, file };
        let up = ["up", "--build", "--detach", "--wait", "--wait-timeout=120"];
        compose.ok(&[&up[..], services].concat());
        compose
    }
}

/// A compose project of the example; nothing of it is left at the end.
struct Compose<'e> {
    example: &'e Example,
    file: &'static str,
}

impl Compose<'_> {
    fn run(&self, args: &[&str]) -> Output {
        let mut command = self.example.command("docker");
        // A service of a profile is there for all commands but the first, which starts all.
        let profile = if args[0] == "up" { "--profile=" } else { "--profile=green" };
        command.args(["compose", profile, "--file"]).arg(self.example.path(self.file));
        command.args(args).output().unwrap()
    }

    /// What a command prints; it must succeed.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|one| text(one));
        assert!(output.status.success(), "compose {args:?}: {stderr}");
        stdout
    }

    /// What the database answers.
    fn query(&self, query: &str) -> String {
        let psql = ["exec", "-T", "db", "psql", "--username=jobs", "--no-align", "--tuples-only"];
        self.ok(&[&psql[..], &["-c", query]].concat()).trim_end().to_owned()
    }

    /// The published address of a port of a service.
    fn address(&self, service: &str, port: &str) -> String {
        self.ok(&["port", service, port]).trim().to_owned()
    }

    /// Names of the containers of a service.
    fn containers(&self, service: &str) -> Vec<String> {
        let listed = self.ok(&["ps", "--format={{.Name}}", service]);
        listed.lines().map(str::to_owned).collect()
    }
}

impl Drop for Compose<'_> {
    fn drop(&mut self) {
        self.run(&["down", "--volumes", "--rmi=local", "--timeout=1"]);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ran { code: output.status.code(), signal: None, stdout, stderr }
}
