//! Why a build failed, as a code that stays the same across engines.

use std::fmt;

use crate::progress::trace::{Trace, Vertex};

mod sentences;
mod signs;
mod words;

/// What went wrong. The codes are part of the contract: never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The build was stopped on request.
    Cancelled,
    /// A step failed: its command did, or could not be run.
    StepFailed,
    /// What COPY, ADD or a mount of RUN names is not there, or cannot be fetched.
    SourceMissing,
    /// A secret or an ssh agent that a step needs was not given.
    SecretMissing,
    /// A step asks for a right (the host's network, a device, an image) that it is not given.
    NotAllowed,
    /// The Dockerfile is wrong.
    DockerfileInvalid,
    /// There is no such Dockerfile.
    DockerfileMissing,
    /// `--target` names no stage.
    TargetMissing,
    /// A base image could not be found or fetched.
    BaseUnavailable,
    /// The build context is not there or cannot be read.
    ContextUnreadable,
    /// buildx does not accept its arguments.
    ArgumentsInvalid,
    /// The engine's disk is full.
    DiskFull,
    /// The user's command before the build failed.
    PrepareFailed,
    /// The result could not be written.
    ExportFailed,
    /// The engine did not answer, or went away.
    EngineLost,
    /// The log of a recorded build ends before the build does.
    LogIncomplete,
    /// Something else.
    Unknown,
}

impl FailureCode {
    /// The code as records carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::StepFailed => "step_failed",
            Self::SourceMissing => "source_missing",
            Self::SecretMissing => "secret_missing",
            Self::NotAllowed => "not_allowed",
            Self::DockerfileInvalid => "dockerfile_invalid",
            Self::DockerfileMissing => "dockerfile_missing",
            Self::TargetMissing => "target_missing",
            Self::BaseUnavailable => "base_unavailable",
            Self::ContextUnreadable => "context_unreadable",
            Self::ArgumentsInvalid => "arguments_invalid",
            Self::DiskFull => "disk_full",
            Self::PrepareFailed => "prepare_failed",
            Self::ExportFailed => "export_failed",
            Self::EngineLost => "engine_lost",
            Self::LogIncomplete => "log_incomplete",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A failed build, explained. Texts are not cleaned of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub code: FailureCode,
    /// One line that says what failed and why.
    pub message: String,
    /// Place in `Trace::vertexes` of the vertex that failed.
    pub vertex: Option<usize>,
    /// Exit code of the command that failed.
    pub exit_code: Option<i32>,
    /// Line of the Dockerfile at fault, counted from 1.
    pub line: Option<u32>,
    /// The last lines that the step printed.
    pub log: Vec<String>,
}

impl Failure {
    /// Explains why a build failed, from its trace, the plain-text lines that
    /// came with it, and whether it was stopped on request.
    pub fn of(trace: &Trace, text: &[String], cancelled: bool) -> Self {
        let failed = trace.failed();
        let said = words::final_error(text);
        let reason = failed.and_then(|vertex| vertex.error.as_deref());
        let exit_code = failed.and_then(words::exit_code);
        let line = words::line(text, &said);
        let code = match failed {
            _ if cancelled => FailureCode::Cancelled,
            Some(vertex) => signs::of_vertex(vertex, exit_code, &said),
            None => match signs::of_text(&said) {
                // The frontend shows the lines only of what it cannot read.
                FailureCode::Unknown if line.is_some() => FailureCode::DockerfileInvalid,
                code => code,
            },
        };
        let place = |vertex: &Vertex| trace.places().get(vertex.digest.as_str()).copied();
        Self {
            code,
            message: message(code, failed, exit_code, words::cause(reason.unwrap_or(&said))),
            vertex: failed.and_then(place),
            exit_code,
            line,
            log: failed.map_or_else(Vec::new, |vertex| vertex.log_tail.clone()),
        }
    }

    /// A recorded build whose log ends before it does: while the vertex at `open` ran, if any did,
    /// and perhaps within a message.
    pub(super) fn of_cut_log(trace: &Trace, open: Option<usize>, ends_in_message: bool) -> Self {
        const WHY: &str = "the build was killed, or its log is cut off";
        let vertex = open.map(|place| &trace.vertexes[place]);
        let message = match vertex {
            Some(vertex) => {
                format!("{}: its end is not in the log: {WHY}", words::one_line(&vertex.name))
            }
            None if ends_in_message => format!("the log ends within a message: {WHY}"),
            None => format!("the log ends before the build does: {WHY}"),
        };
        Self {
            code: FailureCode::LogIncomplete,
            message,
            vertex: open,
            exit_code: None,
            line: None,
            log: vertex.map_or_else(Vec::new, |vertex| vertex.log_tail.clone()),
        }
    }
}

/// Whether the final error only says that the build was stopped.
pub(super) fn is_cancellation(text: &[String]) -> bool {
    words::final_error(text).trim_end().ends_with("context canceled")
}

fn message(code: FailureCode, failed: Option<&Vertex>, exit: Option<i32>, why: &str) -> String {
    let why = words::one_line(why);
    match (failed, exit) {
        _ if code == FailureCode::Cancelled => "stopped on request".to_owned(),
        (Some(vertex), Some(exit)) => {
            format!("{}: exit code {exit}", words::one_line(&vertex.name))
        }
        (Some(vertex), None) => format!("{}: {why}", words::one_line(&vertex.name)),
        (None, _) if why.is_empty() => "the build failed without a word".to_owned(),
        (None, _) => why,
    }
}
