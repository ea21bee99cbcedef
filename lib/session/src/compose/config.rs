//! What `docker compose config` makes of the user's files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dp_engine::Endpoint;
use dp_record::printable;
use dp_tool::Fault;
use serde_json::Value;

/// Characters of compose's own message that are shown.
const MESSAGE_CHARS: usize = 300;

/// Which services of a project are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profiles {
    /// Those that `docker compose up` would start.
    Active,
    /// All.
    All,
}

/// The project of these files, each laid over the one before it, in the long form that
/// compose writes. compose itself reads them: variables, overlays, includes, anchors. A `$`
/// is doubled in it, as compose reads it again.
///
/// # Errors
/// There is no docker compose, or it cannot read the files.
pub fn config(files: &[PathBuf], endpoint: &Endpoint, profiles: Profiles) -> Result<Value, Fault> {
    let mut command = Command::new("docker");
    command.args(endpoint.cli_args()).arg("compose").stdin(Stdio::null());
    for file in files {
        command.arg("--file").arg(file);
    }
    if profiles == Profiles::All {
        command.args(["--profile", "*"]);
    }
    command.args(["config", "--format", "json"]);
    for (name, value) in endpoint.cli_env() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().map_err(|error| {
        Fault::engine(format!("cannot run docker compose: {error} (install the docker CLI)"))
    })?;
    if !output.status.success() {
        return Err(refused(files, &String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| unusable(&error))
}

/// What compose wrote is not what dp knows.
pub fn unusable(error: &serde_json::Error) -> Fault {
    let problem = dp_record::json_problem(error);
    Fault::usage(format!("cannot use what docker compose config prints: {problem}"))
}

/// The folder that relative names in the files are relative to.
pub(super) fn folder(files: &[PathBuf]) -> PathBuf {
    let parent = files.first().and_then(|file| file.parent()).unwrap_or(Path::new("."));
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    std::path::absolute(parent).unwrap_or_else(|_| parent.to_owned())
}

/// What compose said of the files. Without its plugin the docker CLI takes
/// compose's options for its own.
fn refused(files: &[PathBuf], said: &str) -> Fault {
    let no_plugin = ["is not a docker command", "unknown flag: --file", "unknown command: docker"];
    if no_plugin.iter().any(|words| said.contains(words)) {
        return Fault::engine("no docker compose: install the compose plugin of the docker CLI");
    }
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let line = said.lines().rfind(|line| !is_hint(line)).unwrap_or("it says nothing");
    let line = printable(line.trim(), MESSAGE_CHARS);
    Fault::usage(format!("{}: docker compose cannot read it: {line}", files.join(", ")))
}

/// Lines that say nothing of what is wrong.
fn is_hint(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("See 'docker") || line.starts_with("Run 'docker")
}
