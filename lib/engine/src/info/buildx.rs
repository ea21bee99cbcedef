//! buildx, the docker CLI's plugin that builds: there or not, and which version.

mod memory;
mod plugin;

use std::fmt;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::str::FromStr;

use tokio::process::Command;

use crate::endpoint::Endpoint;
use crate::error::{EngineError, one_line};
use memory::Memory;

/// A version of buildx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildxVersion {
    /// As buildx writes it, without a leading `v` (`0.13.0-desktop.1`).
    pub text: String,
    major: u32,
    minor: u32,
}

impl BuildxVersion {
    /// Asks the buildx that `docker buildx` runs for its version.
    ///
    /// It is asked itself where that is certain to be the same one: `docker` starts it twice to
    /// answer, which takes twice as long. And it is asked once: its answer is kept in the user's
    /// cache folder for as long as its file does not change.
    ///
    /// # Errors
    /// There is no docker CLI, it has no buildx, or one of them does not work.
    pub async fn read(endpoint: &Endpoint) -> Result<Self, EngineError> {
        let plugin = plugin::find(endpoint);
        Self::ask(plugin.as_deref(), Memory::of_user().as_ref(), endpoint.docker()).await
    }

    /// Where the plugin gives no plain answer, docker is asked, which reports its reason.
    async fn ask(
        plugin: Option<&Path>,
        memory: Option<&Memory>,
        docker: Command,
    ) -> Result<Self, EngineError> {
        let version = match (plugin, memory) {
            (Some(plugin), Some(memory)) => match memory.recall(plugin) {
                Some(version) => Some(version),
                None => memory.learn(plugin, of_plugin(plugin)).await,
            },
            (Some(plugin), None) => of_plugin(plugin).await,
            (None, _) => None,
        };
        match version {
            Some(version) => Ok(version),
            None => of_docker(docker).await,
        }
    }

    /// Whether it is that version or a later one. A build between two releases counts as the
    /// release whose number it has.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for BuildxVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Not a version of buildx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no buildx version")]
pub struct NoVersion;

/// Reads `v0.29.1`; distributions leave the `v` out or append words of their own to the number.
impl FromStr for BuildxVersion {
    type Err = NoVersion;

    fn from_str(word: &str) -> Result<Self, NoVersion> {
        let text = word.strip_prefix('v').unwrap_or(word);
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().and_then(|digits| digits.parse().ok()).ok_or(NoVersion);
        Ok(Self { text: text.to_owned(), major: number()?, minor: number()? })
    }
}

/// Asks the plugin as the docker CLI does before it runs it.
async fn of_plugin(plugin: &Path) -> Option<BuildxVersion> {
    let mut command = Command::new(plugin);
    command.arg("docker-cli-plugin-metadata").stdin(Stdio::null());
    // Nearly all of its time is the start of a Go program of 70 MB, which leaves nothing to collect.
    command.env("GOGC", "off");
    let output = command.kill_on_drop(true).output().await.ok()?;
    output.status.success().then(|| plugin::version(&output.stdout)).flatten()
}

async fn of_docker(mut docker: Command) -> Result<BuildxVersion, EngineError> {
    docker.args(["buildx", "version"]);
    let line = run(docker, "docker buildx version").await.map_err(without_plugin)?;
    in_line(&line).ok_or_else(|| EngineError::CliFailed {
        command: "docker buildx version".to_owned(),
        reason: format!("it says {line:?}"),
    })
}

/// The version in `github.com/docker/buildx v0.29.1 a32761a`.
fn in_line(line: &str) -> Option<BuildxVersion> {
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A docker CLI without the plugin takes `buildx` for a command that it does not know.
fn without_plugin(error: EngineError) -> EngineError {
    let EngineError::CliFailed { reason, .. } = &error else {
        return error;
    };
    let unknown = ["unknown command", "is not a docker command"];
    if unknown.iter().any(|words| reason.contains(words)) { EngineError::NoBuildx } else { error }
}

/// Runs a command to its end; its first line of output.
async fn run(mut command: Command, typed: &str) -> Result<String, EngineError> {
    let failed = |reason| EngineError::CliFailed { command: typed.to_owned(), reason };
    let output = match command.kill_on_drop(true).output().await {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(EngineError::NoCli { needed_for: "building" });
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    if output.status.success() {
        return Ok(one_line(&String::from_utf8_lossy(&output.stdout)));
    }
    let said = one_line(&String::from_utf8_lossy(&output.stderr));
    Err(failed(if said.is_empty() { output.status.to_string() } else { said }))
}

#[cfg(test)]
mod tests;
