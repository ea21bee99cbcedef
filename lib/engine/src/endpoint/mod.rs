//! Which engine is meant: the docker CLI's own rules, so that `dp` and `docker` reach the same one.
//!
//! Order (docker CLI 28): `--context`, `--host`, non-empty `DOCKER_HOST`, non-empty
//! `DOCKER_CONTEXT`, `currentContext` of config.json, the default socket.
//! The context named `default` is no entry of the store: it means `DOCKER_HOST` or the default.

mod address;
pub(crate) mod choice;
mod cli;
mod config;
mod context;
mod environment;

use std::fmt;
use std::path::PathBuf;

use crate::error::EngineError;
pub(crate) use address::mask_password;
pub use choice::{Selection, Source};
pub(crate) use config::field;
use context::Entry;
pub use context::sha256_hex;
pub use environment::Environment;

/// The context name that means `DOCKER_HOST` or the default socket.
const DEFAULT_CONTEXT: &str = "default";

/// How bytes get to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// A Unix socket on this machine, by its absolute path.
    Unix(PathBuf),
    /// A `docker system dial-stdio` child, one for each connection: TCP, TLS and ssh as the docker
    /// CLI itself does them.
    DialStdio,
}

/// The engine that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The address in the docker CLI's notation. May hold a password: print the endpoint itself.
    pub url: String,
    /// Where the choice was written.
    pub source: Source,
    /// The entry of the context store that the address is from; `None` for a plain host.
    pub context: Option<String>,
    /// How to get there.
    pub transport: Transport,
    /// What the docker CLI would warn of while it chooses (an unreadable config.json).
    pub warnings: Vec<String>,
    environment: Environment,
}

impl Endpoint {
    /// Whether the address is a socket on this machine.
    ///
    /// The engine behind it may still run elsewhere (in a virtual machine, behind a forwarded
    /// socket): see [`EngineFacts::local`](crate::info::EngineFacts::local).
    pub fn is_local(&self) -> bool {
        matches!(self.transport, Transport::Unix(_))
    }

    /// The name of the engine's machine, under which its published ports can be reached. A socket
    /// leads to this machine, or to a virtual one that publishes on this.
    pub fn host_name(&self) -> Option<String> {
        let (scheme, rest) = self.url.split_once("://")?;
        if matches!(scheme, "unix" | "npipe") {
            return Some("127.0.0.1".to_owned());
        }
        let authority = rest.split('/').next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']'));
        let host = match bracketed {
            Some((host, _)) => host,
            None => host.split(':').next()?,
        };
        Some(host.to_owned()).filter(|host| !host.is_empty())
    }

    /// The name under which buildx knows the docker-driver builder of this engine.
    pub fn builder(&self) -> &str {
        self.context.as_deref().unwrap_or(DEFAULT_CONTEXT)
    }

    /// The folder of the docker CLI's config.json, absolute.
    pub(crate) fn config_dir(&self) -> PathBuf {
        address::absolute(&self.environment.config_dir())
    }

    /// The folders that config.json adds to those where the docker CLI looks for plugins.
    pub(crate) fn plugin_folders(&self) -> Vec<PathBuf> {
        config::plugin_folders(&self.environment.config_dir())
    }

    /// The names of all contexts, `default` first, the rest sorted.
    pub(crate) fn contexts(&self) -> Vec<String> {
        context::known(&self.environment.contexts())
    }
}

/// The address without its password.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask_password(&self.url))
    }
}

/// Chooses the engine as the docker CLI does, without connecting to it.
///
/// # Errors
/// Both flags, a host or context that cannot be used, an unknown context, and TLS files that the
/// environment asks for and that cannot be read.
pub fn resolve(selection: &Selection, environment: &Environment) -> Result<Endpoint, EngineError> {
    let mut warnings = Vec::new();
    let choice = choose(selection, environment, &mut warnings)?;
    let mut environment = environment.clone();
    let (address, context) = match &choice.target {
        Target::Host(host) => (default_context(choice.source, host, &environment)?, None),
        Target::Context(name) => {
            match context::load(&environment.contexts(), name, choice.source)? {
                Entry::Named(address) => (address, Some(name.clone())),
                Entry::Plain(address) => {
                    environment.without_tls();
                    (address, None)
                }
            }
        }
    };
    Ok(Endpoint {
        url: address.url,
        source: choice.source,
        context,
        transport: address.transport,
        warnings,
        environment,
    })
}

/// What was chosen, and where.
struct Choice {
    source: Source,
    target: Target,
}

enum Target {
    Host(String),
    Context(String),
}

/// Applies the order of the sources.
fn choose(
    selection: &Selection,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Choice, EngineError> {
    let (source, name) = match (given(selection.context.as_ref()), &selection.host) {
        (Some(_), Some(_)) => return Err(EngineError::HostAndContext),
        (Some(name), None) => (Source::FlagContext, name),
        (None, Some(host)) => return Ok(Choice::host(Source::FlagHost, host)),
        (None, None) => {
            if let Some(host) = given(environment.host.as_ref()) {
                return Ok(Choice::host(Source::EnvHost, &host));
            }
            match context_of_environment(environment, warnings) {
                Some(found) => found,
                None => return Ok(Choice::host(Source::Default, "")),
            }
        }
    };
    if name == DEFAULT_CONTEXT {
        return Ok(Choice::host(source, environment.host.as_deref().unwrap_or_default()));
    }
    Ok(Choice { source, target: Target::Context(name) })
}

impl Choice {
    fn host(source: Source, host: &str) -> Self {
        Self { source, target: Target::Host(host.to_owned()) }
    }
}

/// The context that `DOCKER_CONTEXT` or else config.json names.
fn context_of_environment(
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Option<(Source, String)> {
    if let Some(name) = given(environment.context.as_ref()) {
        return Some((Source::EnvContext, name));
    }
    let name = config::current_context(&environment.config_dir(), warnings)?;
    Some((Source::ConfigContext, name))
}

/// An empty value counts as none.
fn given(value: Option<&String>) -> Option<String> {
    value.filter(|text| !text.is_empty()).cloned()
}

/// The address of a host, with the TLS settings that the environment adds to it.
fn default_context(
    source: Source,
    host: &str,
    environment: &Environment,
) -> Result<address::Address, EngineError> {
    let address = address::of_host(host, environment.wants_tls()).map_err(|reason| {
        EngineError::BadHost { origin: source, host: mask_password(host), reason }
    })?;
    if environment.wants_tls() {
        environment.check_tls_files()?;
    }
    Ok(address)
}

#[cfg(test)]
mod tests;
