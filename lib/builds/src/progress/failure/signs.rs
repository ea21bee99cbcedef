//! Tells one failure from another by the kind of the vertex that failed, and
//! where that says too little, by the engine's words. Those differ between versions,
//! so a code has several.

use dp_dockerfile::StepName;

use super::FailureCode;
use super::sentences::{ANYWHERE, BEFORE_STEPS, DOCKERFILE, MISSING, UNFETCHED};
use crate::progress::name::VertexKind;
use crate::progress::trace::Vertex;

/// How the engine begins when it looked for files.
const LOOKING: &[&str] = &["failed to calculate checksum of ref ", "failed to compute cache key"];
/// What of that is the Dockerfile's fault.
const PATTERNS: &[&str] = &["invalid excludepatterns", "invalid includepatterns"];

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
        VertexKind::From if is_dockerfile(error) || error.contains("invalid reference format") => {
            FailureCode::DockerfileInvalid
        }
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
    // What follows quotes the command.
    let quotes = error.starts_with("process \"") || error.starts_with("executor failed running");
    if !quotes && is_dockerfile(error) {
        FailureCode::DockerfileInvalid
    } else if copy && error.contains("invalid from flag value") {
        // The old builder's words for `COPY --from` of an image.
        FailureCode::BaseUnavailable
    } else if copy && (says(error, MISSING) || says(error, UNFETCHED)) {
        FailureCode::SourceMissing
    } else if !copy && is_secret(error) {
        FailureCode::SecretMissing
    } else if !copy && is_mount_source(vertex, error) {
        FailureCode::SourceMissing
    } else {
        FailureCode::StepFailed
    }
}

/// The code when no vertex failed.
pub(super) fn of_text(said: &str) -> FailureCode {
    let dockerfile = DOCKERFILE.iter().map(|sign| (*sign, FailureCode::DockerfileInvalid));
    let all: Vec<_> = ANYWHERE.iter().chain(BEFORE_STEPS).copied().chain(dockerfile).collect();
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

/// Whether the text has one of these parts, in whatever case.
fn says(text: &str, parts: &[&str]) -> bool {
    let text = text.to_lowercase();
    parts.iter().any(|part| text.contains(part))
}

/// Whether the Dockerfile is at fault. What is said of a path that is looked for quotes that path.
fn is_dockerfile(error: &str) -> bool {
    let looks = LOOKING.iter().any(|part| error.starts_with(part));
    says(error, if looks { PATTERNS } else { DOCKERFILE })
}

/// Whether what a mount takes its files from is not there: the engine looks for it before it runs
/// the command, or while it prepares that.
fn is_mount_source(vertex: &Vertex, error: &str) -> bool {
    const LOOKING: &[&str] =
        &["failed to calculate checksum of ref ", "failed to compute cache key"];
    let mounts = StepName::parse(&vertex.name).is_some_and(|step| step.text.contains("--mount="));
    let cause =
        error.rsplit_once("did not complete successfully: ").map_or(error, |(_, cause)| cause);
    let looks = LOOKING.iter().any(|part| error.starts_with(part));
    let opens = ["open /", "lstat /", "stat /"].iter().any(|call| cause.starts_with(call));
    let quoted = cause.starts_with('"') && cause.ends_with("not found");
    mounts && says(cause, MISSING) && (looks || opens || quoted)
}

/// Whether a secret or an ssh agent was not given.
fn is_secret(error: &str) -> bool {
    let secret = error.starts_with("secret ") && error.ends_with("not found");
    secret || error.contains("no SSH key ") || error.contains("unset ssh forward key")
}
