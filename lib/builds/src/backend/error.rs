//! Why buildx could not be run at all.

use std::io;
use std::path::PathBuf;

/// A build that fails is no error here (see [`crate::Failure`]); these are the
/// reasons for which there was none.
#[derive(Debug, thiserror::Error)]
pub enum BuildxError {
    /// There is no such program.
    #[error("no such program: {0} (install the docker CLI, or put it on PATH)")]
    NoProgram(PathBuf),
    /// It is there and cannot be executed.
    #[error(
        "cannot execute {0}: permission denied (check its mode, and that its folder allows it)"
    )]
    NotExecutable(PathBuf),
    /// The folder to run in is not there.
    #[error("no such folder: {0} (builds run there)")]
    NoFolder(PathBuf),
    /// The docker CLI has no buildx.
    #[error(
        "the docker CLI has no buildx: {0} (install docker-buildx 0.13 or newer, \
         or use another backend)"
    )]
    NoBuildx(String),
    /// buildx prints no progress that can be read.
    #[error(
        "docker buildx printed no rawjson progress: {0} (it must be 0.13 or newer; \
         see `docker buildx version`)"
    )]
    NoProgress(String),
    /// The child could not be started, read or waited for.
    #[error("cannot run {program}: {source}")]
    Child {
        /// What was to be run.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What the docker CLI prints when it does not know the buildx plugin: older
/// ones say so, newer ones stumble over the plugin's flags.
const NO_BUILDX: &[&str] = &[
    "is not a docker command",
    "unknown command: docker buildx",
    "unknown flag: --progress",
    "unknown shorthand flag: 'f' in -f",
    "exec format error",
];

/// How progress for people begins, and how buildx refuses a mode.
const OTHER_PROGRESS: &[&str] = &["#0 ", "#1 ", "[+] Building", "invalid progress mode"];

/// Judges a run that printed no progress at all: `None` if buildx itself was
/// there and refused to build.
pub(crate) fn without_progress(text: &[String], success: bool) -> Option<BuildxError> {
    let first = |text: &&String| !text.trim().is_empty();
    let said = text.iter().find(first).map_or("nothing", |line| line.trim());
    let says = |known: &[&str]| {
        let mut lines = text.iter();
        lines.any(|line| known.iter().any(|part| line.contains(part)))
    };
    if says(NO_BUILDX) {
        return Some(BuildxError::NoBuildx(said.to_owned()));
    }
    let begins = |line: &String| OTHER_PROGRESS.iter().any(|part| line.contains(part));
    (success || text.is_empty() || text.iter().any(begins))
        .then(|| BuildxError::NoProgress(said.to_owned()))
}
