//! `--prepare`: a command before each build, outside of the measured time.

use std::process::{ExitStatus, Stdio};

use dp_tool::{Slot, Stop};
use tokio::process::Command;

use crate::subject::BuildSubject;

/// What became of the command.
pub(crate) enum Prepared {
    /// It ended well, or there is none.
    Ready,
    /// It did not: one line that says so.
    Failed(String),
    /// It was stopped on request.
    Stopped,
}

/// Runs `command` by `sh` in the build context. `DP_NAME` is the subject's name,
/// `DP_RUN` a word that no other build has.
pub(crate) async fn run(
    command: &str,
    subject: &BuildSubject,
    at: Slot,
    batch: &str,
    stop: &Stop,
) -> Prepared {
    let warmup = if at.warmup { "w" } else { "" };
    let word = format!("{batch}-{warmup}{}-{}", at.n, at.subject);
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(&subject.context);
    shell.env("DP_NAME", &subject.name).env("DP_RUN", word);
    // Nobody reads what it prints, and our stdout is for records.
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let ended = tokio::select! {
        biased;
        _ = stop.wait() => return Prepared::Stopped,
        ended = shell.status() => ended,
    };
    match ended {
        Ok(status) if status.success() => Prepared::Ready,
        Ok(status) => failed(&told(status)),
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Prepared {
    let way_out = "run it by hand in the build context to see more";
    Prepared::Failed(format!("the prepare command failed: {why} ({way_out})"))
}

fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}
