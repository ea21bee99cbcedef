//! Does a command succeed within the container?

use std::fmt;
use std::time::{Duration, Instant};

use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt as _;
use futures_util::future::{FutureExt as _, LocalBoxFuture};

use super::open_loop::target::{ProbeFailure, Target, within};
use super::retry::RetryPeriod;
use super::{Probe, ProbeAnswer, ProbeError, ProbeTally, ProbedContainer};

/// Most commands at once: each is a process in the container.
const AT_ONCE: usize = 16;

/// A command for the container's shell, which succeeds when it exits with 0.
#[derive(Debug)]
pub(super) struct ExecProbe {
    command: String,
}

impl ExecProbe {
    /// Any text but the empty one.
    pub(super) fn parse(command: &str) -> Result<Self, String> {
        if command.is_empty() {
            return Err("\"exec=\" is no condition".to_owned());
        }
        Ok(Self { command: command.to_owned() })
    }
}

impl fmt::Display for ExecProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)
    }
}

impl Probe for ExecProbe {
    fn until_ready<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
        tally: &'a ProbeTally,
    ) -> LocalBoxFuture<'a, Result<ProbeAnswer, ProbeError>> {
        until_success(&self.command, container, tally).boxed_local()
    }

    fn target<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
    ) -> Result<Box<dyn Target + 'a>, ProbeError> {
        Ok(Box::new(ExecTarget { command: &self.command, container }))
    }
}

/// Runs the command until it exits with 0. The condition began to hold between
/// the begin of the last failure and the end of the success.
async fn until_success(
    command: &str,
    container: &ProbedContainer<'_>,
    tally: &ProbeTally,
) -> Result<ProbeAnswer, ProbeError> {
    let retry = RetryPeriod::new();
    let mut unsure_since = Instant::now();
    loop {
        tally.add_one();
        let begun = Instant::now();
        let succeeded = run(command, container).await;
        let failed = |error: Error| {
            let doing = format!("running a command in container {}", container.name);
            ProbeError::Engine(container.engine.failed(&doing, &error))
        };
        if succeeded.map_err(failed)? {
            let received = Instant::now();
            let resolution = received - unsure_since;
            return Ok(ProbeAnswer { received, target: TARGET.to_owned(), resolution });
        }
        unsure_since = begun;
        retry.wait().await;
    }
}

/// What is probed, for people.
const TARGET: &str = "command in the container";

/// Whether the command exited with 0.
async fn run(command: &str, container: &ProbedContainer<'_>) -> Result<bool, Error> {
    let docker = container.engine.docker();
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(vec!["/bin/sh", "-c", command]),
        ..CreateExecOptions::default()
    };
    let made = docker.create_exec(container.name, options).await?;
    let started = docker.start_exec(&made.id, None::<StartExecOptions>).await?;
    if let StartExecResults::Attached { mut output, .. } = started {
        while let Some(Ok(_)) = output.next().await {}
    }
    // The output may end before the process does; its code is asked for then.
    loop {
        let exec = docker.inspect_exec(&made.id).await?;
        if !exec.running.unwrap_or_default() {
            return Ok(exec.exit_code == Some(0));
        }
        RetryPeriod::new().wait().await;
    }
}

/// A command that is run at a constant rate. One that takes longer than it is
/// waited for goes on in the container: the engine cannot end it.
struct ExecTarget<'a> {
    command: &'a str,
    container: &'a ProbedContainer<'a>,
}

impl fmt::Display for ExecTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TARGET)
    }
}

impl Target for ExecTarget<'_> {
    fn most_open(&self) -> usize {
        AT_ONCE
    }

    fn ask(&self, patience: Duration) -> LocalBoxFuture<'_, Result<Instant, ProbeFailure>> {
        let asked = async move {
            let run =
                run(self.command, self.container).map(|ran| ran.map_err(|_| ProbeFailure::Engine));
            let succeeded = within(patience, run).await?;
            succeeded.then(Instant::now).ok_or(ProbeFailure::CommandFailed)
        };
        asked.boxed_local()
    }
}
