//! Builds by the docker CLI's buildx plugin, as a child process.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use duct::Expression;
use jiff::Timestamp;

use crate::backend::child::Running;
use crate::backend::error::{BuildxError, without_progress};
use crate::progress::Event;
use crate::progress::Trace;
use crate::progress::stderr::Stderr;
use dp_tool::child::Child;

/// `DOCKER CLI_ARGS... buildx build --progress=rawjson ARGS...`
#[derive(Debug, Clone, Default)]
pub struct BuildxRequest {
    /// The docker CLI: a path, or a name to look up on PATH.
    pub docker: PathBuf,
    /// Options of the CLI itself, such as `--host`.
    pub cli_args: Vec<OsString>,
    /// Variables to set (or to remove, with `None`) on top of our own environment.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// Everything after `--progress=rawjson`.
    pub args: Vec<OsString>,
    /// The folder to run in.
    pub cwd: PathBuf,
}

/// What a run of buildx left behind, whether the build succeeded or not.
#[derive(Debug, Clone)]
pub struct BuildxRun {
    /// How the child ended.
    pub exit_status: ExitStatus,
    /// From just before it was started until it ended, by our monotonic clock.
    pub wall: Duration,
    /// When it was started, by our clock.
    pub started_at: Timestamp,
    /// What it did.
    pub trace: Trace,
    /// The last plain-text lines on its stderr, at most 50 of 4 KiB.
    pub text: Vec<String>,
    /// It was stopped on request.
    pub cancelled: bool,
}

/// Runs a build to its end. `stop` is asked every 20 ms; once it says true the
/// child's process group gets SIGTERM, and 5 s later SIGKILL. Whatever happens,
/// nothing of the group is left when this returns or unwinds.
///
/// # Errors
/// When nothing could be built: no docker CLI, no buildx, or one that does not
/// print rawjson.
pub fn run(
    request: &BuildxRequest,
    stop: &dyn Fn() -> bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<BuildxRun, BuildxError> {
    if !request.cwd.is_dir() {
        return Err(BuildxError::NoFolder(request.cwd.clone()));
    }
    let failed = |error| start_error(request, error);
    let (reader, writer) = io::pipe().map_err(failed)?;
    let command = request.command().stderr_file(writer);
    let stderr = Stderr::new(reader).map_err(failed)?;
    let (started_at, start) = (Timestamp::now(), Instant::now());
    let (sender, exited) = channel();
    let report_exit = move |at| {
        // The receiver is gone only while the process group is being killed.
        let _ = sender.send(at);
    };
    let child = Child::start(&command, report_exit).map_err(failed)?;
    // It holds our copy of the writing end.
    drop(command);
    let mut running = Running::new(child, exited, stderr);
    let end = running.watch(stop, on_event);
    let (exit_status, report) = running.finish(on_event).map_err(failed)?;
    // Ended by a signal, ours or not, it had no time to report anything.
    let ended_itself = !end.stopped && exit_status.code().is_some();
    if ended_itself
        && !report.progress
        && let Some(error) = without_progress(&report.text, exit_status.success())
    {
        return Err(error);
    }
    Ok(BuildxRun {
        exit_status,
        wall: end.at.saturating_duration_since(start),
        started_at,
        trace: report.trace,
        text: report.text,
        cancelled: end.stopped && !exit_status.success(),
    })
}

impl BuildxRequest {
    fn command(&self) -> Expression {
        let fixed = ["buildx", "build", "--progress=rawjson"].map(OsString::from);
        let args = self.cli_args.iter().chain(&fixed).chain(&self.args);
        // A path would be taken as relative to the folder; a name is looked up on PATH.
        let docker = self.docker.clone().into_os_string();
        let mut command = duct::cmd(docker, args).stdin_null().stdout_null().dir(&self.cwd);
        for (name, value) in &self.env {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

fn start_error(request: &BuildxRequest, source: io::Error) -> BuildxError {
    let program = request.docker.clone();
    match source.kind() {
        io::ErrorKind::NotFound => BuildxError::NoProgram(program),
        io::ErrorKind::PermissionDenied => BuildxError::NotExecutable(program),
        _ => BuildxError::Child { program, source },
    }
}
