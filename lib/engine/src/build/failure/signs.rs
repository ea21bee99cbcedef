//! What tells one failure from another: the kind of the vertex that failed, and
//! where that says too little, the engine's words. Those differ between versions,
//! so a code has several.

use super::FailureCode;
use crate::build::name::{StepName, VertexKind};
use crate::build::trace::Vertex;

/// Words of the engine, lower case.
type Signs = &'static [(&'static str, FailureCode)];

/// What can befall any vertex.
const ANYWHERE: Signs = &[
    ("no space left on device", FailureCode::DiskFull),
    ("error reading from server", FailureCode::EngineLost),
    ("code = unavailable", FailureCode::EngineLost),
    ("transport is closing", FailureCode::EngineLost),
];

/// What is said of a build in which no vertex failed.
const BEFORE_STEPS: Signs = &[
    // dp's own words.
    ("the prepare command failed", FailureCode::PrepareFailed),
    ("dockerfile parse error", FailureCode::DockerfileInvalid),
    ("failed to parse stage name", FailureCode::DockerfileInvalid),
    ("file with no instructions", FailureCode::DockerfileInvalid),
    // The old builder puts the file's name in between.
    ("cannot be empty", FailureCode::DockerfileInvalid),
    ("no build stage in current context", FailureCode::DockerfileInvalid),
    ("should not be blank", FailureCode::DockerfileInvalid),
    ("circular dependency", FailureCode::DockerfileInvalid),
    ("invalid from flag value", FailureCode::DockerfileInvalid),
    ("failed to process", FailureCode::DockerfileInvalid),
    ("target stage", FailureCode::TargetMissing),
    // The old builder's words.
    ("failed to reach build target", FailureCode::TargetMissing),
    ("cannot locate specified dockerfile", FailureCode::DockerfileMissing),
    ("failed to compute cache key", FailureCode::SourceMissing),
    ("failed to read dockerfile", FailureCode::DockerfileMissing),
    ("unable to prepare context", FailureCode::ContextUnreadable),
    ("error from sender", FailureCode::ContextUnreadable),
    ("failed to resolve source metadata", FailureCode::BaseUnavailable),
    ("pull access denied", FailureCode::BaseUnavailable),
    ("failed to do request", FailureCode::BaseUnavailable),
    ("unknown flag", FailureCode::ArgumentsInvalid),
    ("unknown shorthand flag", FailureCode::ArgumentsInvalid),
    ("flag needs an argument", FailureCode::ArgumentsInvalid),
    ("invalid argument", FailureCode::ArgumentsInvalid),
    ("requires 1 argument", FailureCode::ArgumentsInvalid),
    ("requires exactly 1 argument", FailureCode::ArgumentsInvalid),
    ("failed to open", FailureCode::ExportFailed),
    ("cannot connect to the docker daemon", FailureCode::EngineLost),
    ("failed to connect to the docker api", FailureCode::EngineLost),
    ("permission denied while trying to connect", FailureCode::EngineLost),
    ("error during connect", FailureCode::EngineLost),
    ("connection refused", FailureCode::EngineLost),
    ("connection reset by peer", FailureCode::EngineLost),
    ("unexpected eof", FailureCode::EngineLost),
];

/// The code when `vertex` failed.
pub(super) fn of_vertex(vertex: &Vertex, exit_code: Option<i32>, said: &str) -> FailureCode {
    // The words quote the command, which may say anything; its exit is certain.
    if exit_code.is_some() {
        return FailureCode::StepFailed;
    }
    let error = vertex.error.as_deref().unwrap_or_default();
    if let Some(code) = first(error, ANYWHERE) {
        return code;
    }
    match vertex.kind {
        VertexKind::Step => of_step(vertex, error),
        VertexKind::From | VertexKind::Metadata => FailureCode::BaseUnavailable,
        VertexKind::Context => FailureCode::ContextUnreadable,
        VertexKind::Export => FailureCode::ExportFailed,
        // Older engines fetch what ADD names in a vertex of its address.
        VertexKind::Other if vertex.name.starts_with("http") => FailureCode::SourceMissing,
        _ => of_text(said),
    }
}

/// The code when a step failed that ran no command to its end.
fn of_step(vertex: &Vertex, error: &str) -> FailureCode {
    let copy = is_copy(vertex);
    // The old builder's words for `COPY --from` of an image.
    if copy && error.contains("invalid from flag value") {
        FailureCode::BaseUnavailable
    } else if copy && is_missing(error) {
        FailureCode::SourceMissing
    } else if !copy && is_secret(error) {
        FailureCode::SecretMissing
    } else {
        FailureCode::StepFailed
    }
}

/// The code when no vertex failed.
pub(super) fn of_text(said: &str) -> FailureCode {
    let all = [ANYWHERE, BEFORE_STEPS].concat();
    first(said, &all).unwrap_or(FailureCode::Unknown)
}

/// The sign that comes first in the text: what follows may be quoted.
fn first(said: &str, signs: &[(&str, FailureCode)]) -> Option<FailureCode> {
    let said = said.to_lowercase();
    let place = |(sign, code): &(&str, FailureCode)| said.find(sign).map(|at| (at, *code));
    let found = signs.iter().filter_map(place).min_by_key(|found| found.0);
    found.map(|(_, code)| code)
}

fn is_copy(vertex: &Vertex) -> bool {
    let is = |step: StepName<'_>| !step.text.starts_with("RUN");
    StepName::parse(&vertex.name).is_some_and(is)
}

/// Of a path, of a name in an archive, or of an address.
fn is_missing(error: &str) -> bool {
    const MISSING: &[&str] = &[
        "not found",
        "no such file or directory",
        "file does not exist",
        "no such host",
        "invalid response status 404",
    ];
    MISSING.iter().any(|sign| error.contains(sign))
}

/// Whether a secret or an ssh agent was not given.
fn is_secret(error: &str) -> bool {
    let secret = error.starts_with("secret ") && error.ends_with("not found");
    secret || error.contains("no SSH key ") || error.contains("unset ssh forward key")
}
