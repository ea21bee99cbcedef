//! Does a command succeed within a container?

use std::time::Instant;

use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt as _;

use super::pace::Pace;
use super::{Answered, Place, ProbeError, Tally};

/// Runs the command by the container's shell until it ends with 0. The truth
/// lies between the begin of the last failure and the end of the success.
pub(super) async fn ask(
    command: &str,
    place: &Place<'_>,
    tally: &Tally,
) -> Result<Answered, ProbeError> {
    let steps = Pace::new();
    let mut unsure_since = Instant::now();
    loop {
        tally.count();
        let begun = Instant::now();
        let succeeded = run(command, place).await;
        let failed = |error: Error| {
            let doing = format!("running a command in container {}", place.name);
            ProbeError::Engine(place.engine.failed(&doing, &error))
        };
        if succeeded.map_err(failed)? {
            let heard = Instant::now();
            let by = "command in the container".to_owned();
            return Ok(Answered { heard, by, resolution: heard - unsure_since });
        }
        unsure_since = begun;
        steps.wait().await;
    }
}

/// Whether the command ended with 0.
pub(super) async fn run(command: &str, place: &Place<'_>) -> Result<bool, Error> {
    let docker = place.engine.docker();
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(vec!["/bin/sh", "-c", command]),
        ..CreateExecOptions::default()
    };
    let made = docker.create_exec(place.name, options).await?;
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
        Pace::new().wait().await;
    }
}
