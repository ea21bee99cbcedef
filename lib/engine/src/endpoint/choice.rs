//! By what an engine is chosen: the user's flags, and where the choice was written.

use std::fmt;

/// What the user's flags said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// `--host`; an empty one means the default socket, as in the docker CLI.
    pub host: Option<String>,
    /// `--context`; an empty one counts as not given, as in the docker CLI.
    pub context: Option<String>,
}

/// Where the choice of the engine was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// `--host`.
    FlagHost,
    /// `--context`.
    FlagContext,
    /// `DOCKER_HOST`.
    EnvHost,
    /// `DOCKER_CONTEXT`.
    EnvContext,
    /// `currentContext` in config.json.
    ConfigContext,
    /// Nothing was chosen: the default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FlagHost => "--host",
            Self::FlagContext => "--context",
            Self::EnvHost => "DOCKER_HOST",
            Self::EnvContext => "DOCKER_CONTEXT",
            Self::ConfigContext => "currentContext in config.json",
            Self::Default => "the default",
        })
    }
}
