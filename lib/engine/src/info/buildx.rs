//! The docker CLI and its buildx plugin: there or not, and which version.

use std::fmt;
use std::io;
use std::str::FromStr;

use tokio::process::Command;

use crate::endpoint::Endpoint;
use crate::error::{EngineError, one_line};

/// The versions of the docker CLI and of buildx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliFacts {
    /// The docker CLI's version, as it writes it.
    pub cli_version: String,
    /// buildx's version.
    pub buildx: BuildxVersion,
}

/// A version of buildx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildxVersion {
    /// As buildx writes it, without a leading `v` (`0.13.0-desktop.1`).
    pub text: String,
    major: u32,
    minor: u32,
}

impl BuildxVersion {
    /// Whether it is that version or a later one. A build between two releases counts as the
    /// release whose number it bears.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for BuildxVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Not the output of `docker buildx version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no buildx version")]
pub struct NoVersion;

/// Reads a line of `docker buildx version`: `github.com/docker/buildx v0.29.1 a32761a`, where
/// distributions leave the `v` out or put words of their own behind the number.
impl FromStr for BuildxVersion {
    type Err = NoVersion;

    fn from_str(line: &str) -> Result<Self, NoVersion> {
        let word = line.split_whitespace().nth(1).ok_or(NoVersion)?;
        let text = word.strip_prefix('v').unwrap_or(word);
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().and_then(|digits| digits.parse().ok()).ok_or(NoVersion);
        Ok(Self { text: text.to_owned(), major: number()?, minor: number()? })
    }
}

impl CliFacts {
    /// Asks `docker` on PATH for its version and for that of its buildx plugin.
    ///
    /// # Errors
    /// There is no docker CLI, it has no buildx, or one of them does not work.
    pub async fn read(endpoint: &Endpoint) -> Result<Self, EngineError> {
        Self::ask(|| endpoint.docker()).await
    }

    async fn ask(docker: impl Fn() -> Command) -> Result<Self, EngineError> {
        let mut version = docker();
        version.arg("--version");
        let cli_version = cli_version(&run(version, "docker --version").await?);
        let mut version = docker();
        version.args(["buildx", "version"]);
        let line = run(version, "docker buildx version").await.map_err(without_plugin)?;
        let buildx = line.parse().map_err(|_| EngineError::CliFailed {
            command: "docker buildx version".to_owned(),
            reason: format!("it says {line:?}"),
        })?;
        Ok(Self { cli_version, buildx })
    }
}

/// `Docker version 28.2.2, build e6534b4` -> `28.2.2`; anything else as it is.
fn cli_version(line: &str) -> String {
    let rest = line.strip_prefix("Docker version ").unwrap_or(line);
    rest.split(',').next().unwrap_or(rest).to_owned()
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
