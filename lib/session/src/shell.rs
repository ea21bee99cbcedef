//! A command of the user that is run before a measurement, outside of it.

use std::io;
use std::path::Path;
use std::process::ExitStatus;

use dp_tool::Stop;
use dp_tool::child::Child;
use tokio::sync::oneshot;

/// What became of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellEnd {
    /// It ended well.
    Good,
    /// It did not: why, in a few words.
    Failed(String),
    /// It was stopped on request.
    Stopped,
}

/// Runs `command` by `sh` in this folder, with these variables. What it prints is
/// not read. When it has ended, or is stopped, nothing that it started is left.
pub async fn run_shell(
    command: &str,
    folder: &Path,
    variables: &[(&str, &str)],
    stop: &Stop,
) -> ShellEnd {
    match run(command, folder, variables, stop).await {
        Ok(None) => ShellEnd::Stopped,
        Ok(Some(status)) if status.success() => ShellEnd::Good,
        Ok(Some(status)) => ShellEnd::Failed(told(status)),
        Err(error) => ShellEnd::Failed(error.to_string()),
    }
}

async fn run(
    command: &str,
    folder: &Path,
    variables: &[(&str, &str)],
    stop: &Stop,
) -> io::Result<Option<ExitStatus>> {
    let (sender, exited) = oneshot::channel();
    let tell = |_| {
        let _ = sender.send(());
    };
    let mut child = Child::shell(command, folder, variables, tell)?;
    tokio::select! {
        biased;
        _ = stop.wait() => {
            child.kill();
            child.reap()?;
            Ok(None)
        }
        _ = exited => child.reap().map(Some),
    }
}

fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}
