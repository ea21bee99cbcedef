//! dp and docker as processes, each with an environment of its own.
//!
//! dp's process is this test binary, started once more for one test that reports what it reaches.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use dp_engine::{Engine, EngineError, Environment, Selection, resolve};

/// The test that a child runs; every binary that uses [`command`] has one of that name.
pub(crate) const TEST: &str = "the_engine_of_this_environment_is_the_one_that_docker_reaches";
/// The variable with the flags, joined by [`SEPARATOR`].
pub(crate) const FLAGS: &str = "DP_TEST_FLAGS";
pub(crate) const SEPARATOR: &str = "\u{1f}";
/// The variable with the file to report to.
const REPORT: &str = "DP_TEST_REPORT";

/// The name of the engine that was reached, or what was said instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) reached: Option<String>,
    pub(crate) said: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.reached, self.said)
    }
}

/// A child of that test binary, with an empty environment, that reports to a file.
pub(crate) fn command(binary: &Path, report: &Path) -> Command {
    let _ = fs::remove_file(report);
    let mut command = Command::new(binary);
    command.args([TEST, "--exact", "--ignored"]).env_clear().env(REPORT, report);
    command
}

/// Runs such a child.
pub(crate) fn outcome(command: &mut Command, report: &Path) -> Outcome {
    let output = command.output().unwrap();
    let text = fs::read_to_string(report).unwrap_or_else(|error| {
        panic!("no report from the child: {error}\n{}", String::from_utf8_lossy(&output.stdout))
    });
    match text.split_once(' ').unwrap() {
        ("reached", name) => Outcome { reached: Some(name.to_owned()), said: String::new() },
        (_, said) => Outcome { reached: None, said: said.to_owned() },
    }
}

/// Runs a docker command up to its subcommand.
pub(crate) fn docker_outcome(command: &mut Command) -> Outcome {
    let output = command.args(["version", "--format", "{{.Server.Version}}"]).output().unwrap();
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    Outcome {
        reached: (!name.is_empty()).then_some(name),
        said: said.lines().last().unwrap_or_default().to_owned(),
    }
}

/// The test itself: a child reports; without a parent it compares with docker in its own
/// environment.
pub(crate) fn run() {
    let ours = reach(&flags());
    if let Some(report) = std::env::var_os(REPORT) {
        let text = match ours {
            Ok(name) => format!("reached {name}"),
            Err(error) => format!("failed {error}"),
        };
        fs::write(report, text).unwrap();
        return;
    }
    let docker = docker_outcome(&mut Command::new("docker"));
    assert_eq!(ours.as_ref().ok(), docker.reached.as_ref(), "dp {ours:?}, docker {docker}");
}

fn reach(selection: &Selection) -> Result<String, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let endpoint = resolve(selection, &Environment::from_process())?;
        Ok(Engine::connect(&endpoint).await?.version().version.clone())
    })
}

fn flags() -> Selection {
    let mut selection = Selection::default();
    let text = std::env::var(FLAGS).unwrap_or_default();
    let mut flags = text.split(SEPARATOR).filter(|_| !text.is_empty());
    while let Some(name) = flags.next() {
        let value = Some(flags.next().unwrap().to_owned());
        match name {
            "--host" => selection.host = value,
            "--context" => selection.context = value,
            other => panic!("{other}"),
        }
    }
    selection
}
