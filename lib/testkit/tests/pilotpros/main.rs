//! The example `dockerfiles/pilotpros`, before and after: its images, compose files and
//! scripts do what they promise. Needs the base images node, nginx and postgres.
//!
//! n8n is left out: it takes minutes to install. `make systems SYSTEM=pilotpros` runs it,
//! with its workflow. The health checks are those of the files, asked more often.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod after;
mod before;
mod truth;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dp_testkit::{Docker, copy_folder, replace_text, tool, unique};
use tempfile::TempDir;

/// All but the automation engine.
const SERVICES: [&str; 4] = ["postgres-dev", "backend-dev", "frontend-dev", "nginx-dev"];

/// A private copy of the project's part that this is about, with a compose project that is
/// gone at the end, and a word that all that is made here bears.
struct Platform {
    docker: Docker,
    name: String,
    project: TempDir,
    file: &'static str,
}

impl Platform {
    /// Starts the services of a compose file.
    fn up(file: &'static str) -> Self {
        let mut docker = Docker::new();
        for base in ["node", "nginx", "postgres"] {
            let image = format!("dp-base/{base}");
            assert!(docker.image(&image).is_some(), "no {image}: run scripts/bases {base}");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = tempfile::tempdir().unwrap();
        for part in ["dockerfiles/pilotpros", "scripts"] {
            copy_folder(&root.join(part), &project.path().join(part));
        }
        let name = unique("pilotpros");
        docker.remove_all_at_end(&name);
        let platform = Self { docker, name, project, file };
        platform.ask_often();
        let up = ["up", "--build", "--detach", "--wait", "--wait-timeout=120"];
        platform.ok(&[&up[..], &SERVICES].concat());
        platform
    }

    /// The first check comes one interval after the start. On a busy machine the database
    /// may take long to be filled, which must not count.
    fn ask_often(&self) {
        let mut text = fs::read_to_string(self.path(self.file)).unwrap();
        for (name, to) in [("interval", "1s"), ("start_period", "90s")] {
            for from in ["30s", "20s", "15s", "10s"] {
                text = text.replace(&format!("{name}: {from}"), &format!("{name}: {to}"));
            }
        }
        fs::write(self.path(self.file), text).unwrap();
    }

    /// A file of the platform.
    fn path(&self, name: &str) -> PathBuf {
        self.project.path().join("dockerfiles/pilotpros").join(name)
    }

    /// Changes a text that stands once in a file.
    fn replace(&self, file: &str, old: &str, new: &str) {
        replace_text(&self.path(file), old, new);
    }

    /// A command of the project; its compose project, images, port and network are the
    /// test's own.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let tools = tool("dp-stats").parent().unwrap().to_owned();
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program.as_ref());
        command.current_dir(self.project.path()).stdin(Stdio::null()).env("PATH", path);
        command.env("COMPOSE_PROJECT_NAME", &self.name).env("IMAGES", &self.name);
        command.env("NETWORK_NAME", &self.name).env("NETWORK_SUBNET", subnet());
        command.env("WEB_PORT", "0").env("DEPLOY_STATE", self.project.path().join("state"));
        command
    }

    fn compose(&self, args: &[&str]) -> Output {
        let mut command = self.command("docker");
        command.args(["compose", "--file"]).arg(self.path(self.file));
        command.args(args).output().unwrap()
    }

    /// What a command of compose prints; it must succeed.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.compose(args);
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|one| String::from_utf8_lossy(&one).into_owned());
        assert!(output.status.success(), "compose {args:?}: {stderr}");
        stdout
    }

    /// Where nginx answers.
    fn web(&self) -> String {
        format!("http://{}", self.ok(&["port", "nginx-dev", "80"]).trim())
    }

    /// What the database answers.
    fn query(&self, query: &str) -> String {
        let psql = ["exec", "-T", "postgres-dev", "psql", "--username=pilotpros_user"];
        let plain = ["--dbname=pilotpros_db", "--no-align", "--tuples-only", "-c", query];
        self.ok(&[&psql[..], &plain].concat()).trim_end().to_owned()
    }

    /// A field of the container of a service, as `docker inspect` has it.
    fn inspect(&self, service: &str, field: &str) -> String {
        let container = format!("{}-{service}-1", self.name);
        self.docker.ok(&["inspect", "--format", field, &container]).trim().to_owned()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.compose(&["down", "--volumes", "--rmi=local", "--timeout=1"]);
    }
}

/// One that no other test that runs meanwhile has.
fn subnet() -> String {
    let id = std::process::id();
    format!("10.{}.{}.0/24", 100 + id / 250 % 100, id % 250)
}
