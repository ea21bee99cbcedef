//! What can go wrong between dp and an engine, with the way out of each.

use crate::endpoint::choice::Source;

/// The coarse kind of an [`EngineError`]: what a tool's exit code is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was typed cannot be used (a bad `--host`, a bad image name).
    Usage,
    /// No usable engine was reached.
    Unreachable,
    /// The docker CLI or its buildx plugin is missing or does not work.
    Cli,
    /// The engine works, but has no such image.
    NoSuchImage,
    /// The engine refused a request, or gave an answer that makes no sense.
    Engine,
}

/// An error of this crate. `Display` is one line: the thing, then the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Both flags were given; the docker CLI refuses that too.
    #[error("both --host and --context given: leave one of them out")]
    HostAndContext,
    /// A host that no engine can have.
    #[error("bad host {host:?} from {source}: {reason} (write unix:///path, tcp://name:port or ssh://user@name)", source = .origin)]
    BadHost {
        /// Where the host was written.
        origin: Source,
        /// The host, without its password.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A context that the context store does not have.
    #[error("no such context: {name} from {source} (known: {known})", source = .origin, known = .known.join(", "))]
    UnknownContext {
        /// Where the context was named.
        origin: Source,
        /// The name that was asked for.
        name: String,
        /// The names that the store has, sorted, `default` first.
        known: Vec<String>,
    },
    /// A context that is there but cannot be used.
    #[error("cannot use context {name}: {reason} (see docker context inspect {name})")]
    BadContext {
        /// The context's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS was asked for by the environment, and its files cannot be read.
    #[error(
        "cannot read {path}: {reason} (DOCKER_TLS_VERIFY or DOCKER_TLS asks for it: unset them, or set DOCKER_CERT_PATH)"
    )]
    TlsFile {
        /// The file.
        path: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// Nothing listens where the engine should be.
    #[error(
        "no engine at {url}: {reason} (is the engine running? start it, or choose another with --host or --context)"
    )]
    Down {
        /// The engine's address, without password.
        url: String,
        /// The system's reason.
        reason: String,
    },
    /// The socket is there, but not for this user.
    #[error("permission denied on {url} (add yourself to the docker group, or use sudo)")]
    PermissionDenied {
        /// The engine's address.
        url: String,
    },
    /// The docker CLI, which carries every connection that is no local socket, could not connect.
    #[error("cannot reach {url}: {reason} ({advice})")]
    Dial {
        /// The engine's address, without password.
        url: String,
        /// The first line that the docker CLI wrote to stderr.
        reason: String,
        /// The way out.
        advice: &'static str,
    },
    /// Connected, but no answer in time.
    #[error(
        "no answer from {url} within {seconds} s (does docker version answer? restart the engine, or choose another with --host or --context)"
    )]
    NoAnswer {
        /// The engine's address, without password.
        url: String,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// Something answers, and it is not an engine.
    #[error("not a docker engine at {url}: {reason} (check --host, DOCKER_HOST and the context)")]
    NotAnEngine {
        /// The address, without password.
        url: String,
        /// What it answered.
        reason: String,
    },
    /// An engine older than the oldest that is supported.
    #[error(
        "engine {version} at {url} is too old: it has API {api}, dp needs {needed} (Docker 20.10 or newer)"
    )]
    TooOld {
        /// The engine's address, without password.
        url: String,
        /// The engine's version.
        version: String,
        /// The newest API version that it has.
        api: String,
        /// The oldest API version that dp speaks.
        needed: String,
    },
    /// An engine that has given up every API version that dp speaks.
    #[error(
        "engine {version} at {url} is too new: it needs API {api} or newer, dp speaks up to {spoken} (update dp)"
    )]
    TooNew {
        /// The engine's address, without password.
        url: String,
        /// The engine's version.
        version: String,
        /// The oldest API version that it has.
        api: String,
        /// The newest API version that dp speaks.
        spoken: String,
    },
    /// The connection broke during a call.
    #[error(
        "lost the engine at {url} while {doing}: {reason} (is it still running? see docker version)"
    )]
    Lost {
        /// The engine's address, without password.
        url: String,
        /// The call.
        doing: String,
        /// What the transport said.
        reason: String,
    },
    /// No `docker` on PATH.
    #[error("no docker on PATH (install the docker CLI: it is needed for {needed_for})")]
    NoCli {
        /// What it was needed for.
        needed_for: &'static str,
    },
    /// `docker` has no buildx plugin.
    #[error(
        "docker has no buildx plugin (install the docker-buildx-plugin or docker-buildx package)"
    )]
    NoBuildx,
    /// A docker command that must work failed.
    #[error("{command} failed: {reason} (run it by hand to see more)")]
    CliFailed {
        /// The command, as one would type it.
        command: String,
        /// Its first line of stderr, or how it ended.
        reason: String,
    },
    /// A builder that buildx does not know.
    #[error("no such builder: {name} (known: {known})", known = .known.join(", "))]
    UnknownBuilder {
        /// The name that was asked for.
        name: String,
        /// The engine's own builder, then the names that the store has, sorted.
        known: Vec<String>,
    },
    /// The builder of another docker context; buildx refuses it too.
    #[error("builder {name} belongs to another engine (give --context {name} instead)")]
    ForeignBuilder {
        /// The name of builder and context.
        name: String,
    },
    /// A builder that is there but cannot be used.
    #[error("cannot use builder {name}: {reason} (see docker buildx inspect {name})")]
    BadBuilder {
        /// The builder's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A builder of the store has the name of the engine's own one.
    #[error(
        "the engine's own builder {name} is hidden by a {driver} builder of that name (give --builder {name} to use it, or docker buildx rm {name})"
    )]
    HiddenBuilder {
        /// The name of both.
        name: String,
        /// The driver of the one that buildx would take.
        driver: String,
    },
    /// The engine has no such image.
    #[error("no such image: {reference} (build it, or pull it first)")]
    NoSuchImage {
        /// The reference that was asked for.
        reference: String,
    },
    /// Not an image name.
    #[error("bad image name {reference:?}: {reason} (write [registry/]name[:tag][@digest])")]
    BadReference {
        /// What was given.
        reference: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The engine refused a call.
    #[error("the engine refused {doing}: {message} (status {status})")]
    Refused {
        /// The call.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// The engine's message.
        message: String,
    },
    /// The engine answered something that cannot be read.
    #[error(
        "cannot read the engine's answer to {doing}: {reason} (is another dp version needed for this engine?)"
    )]
    BadAnswer {
        /// The call.
        doing: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl EngineError {
    /// The coarse kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::HostAndContext
            | Self::BadReference { .. }
            | Self::UnknownBuilder { .. }
            | Self::ForeignBuilder { .. } => ErrorKind::Usage,
            Self::BadHost { origin, .. } if *origin == Source::FlagHost => ErrorKind::Usage,
            Self::NoCli { .. }
            | Self::NoBuildx
            | Self::CliFailed { .. }
            | Self::BadBuilder { .. }
            | Self::HiddenBuilder { .. } => ErrorKind::Cli,
            Self::NoSuchImage { .. } => ErrorKind::NoSuchImage,
            Self::Refused { .. } | Self::BadAnswer { .. } => ErrorKind::Engine,
            _ => ErrorKind::Unreachable,
        }
    }
}

/// The first line of `text` that says something, without control characters.
///
/// Messages come from engines, proxies and child processes, and end on terminals.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_its_first_line_without_control_characters() {
        assert_eq!(one_line("\n  \n\x1b[31mred\x1b[0m alert\r\nsecond"), "[31mred[0m alert");
        assert_eq!(one_line(""), "");
    }

    #[test]
    fn a_bad_host_is_wrong_usage_only_when_it_was_typed() {
        let bad = |origin| EngineError::BadHost {
            origin,
            host: "ftp://x".into(),
            reason: "unknown scheme ftp".into(),
        };
        assert_eq!(bad(Source::FlagHost).kind(), ErrorKind::Usage);
        assert_eq!(bad(Source::EnvHost).kind(), ErrorKind::Unreachable);
    }
}
