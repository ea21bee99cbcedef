//! Host notations, and the transport that each means.

use std::path::{Path, PathBuf};

use super::Transport;

/// The default socket of every engine on Unix.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
/// Where the docker CLI looks when no host is named and TLS is asked for.
const DEFAULT_TLS_HOST: &str = "tcp://localhost:2376";

/// An address in the docker CLI's notation, with its transport.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    pub(super) transport: Transport,
}

impl Address {
    fn unix(path: &str) -> Result<Self, String> {
        // A child process may run in another folder, so the path must not depend on ours.
        let path = std::path::absolute(path).map_err(|error| error.to_string())?;
        let text = path.to_str().ok_or("the path is not UTF-8")?;
        Ok(Self { url: format!("unix://{text}"), transport: Transport::Unix(path) })
    }

    pub(super) fn dialled(url: &str) -> Self {
        Self { url: url.to_owned(), transport: Transport::DialStdio }
    }
}

/// Reads what was written as `--host` or `DOCKER_HOST`.
///
/// The same forms as in the docker CLI 28, and one more that only later ones know: a bare path
/// (`/run/x.sock`, `./x.sock`) is a Unix socket; CLI 28 takes it for a TCP host and fails.
/// What is wrong with a TCP or ssh address the CLI itself says when it is dialled.
pub(super) fn of_host(host: &str, tls: bool) -> Result<Address, String> {
    let host = host.trim();
    match host.split_once("://") {
        None if host.is_empty() && tls => Ok(Address::dialled(DEFAULT_TLS_HOST)),
        None if host.is_empty() => Address::unix(DEFAULT_SOCKET),
        None if host.starts_with('/') || host.starts_with("./") => Address::unix(host),
        None => Ok(Address::dialled(&format!("tcp://{host}"))),
        Some(("unix", path)) if path.contains("://") => Err("two schemes".to_owned()),
        Some(("unix", "")) => Address::unix(DEFAULT_SOCKET),
        Some(("unix", path)) => Address::unix(path),
        Some(("npipe", _)) if !cfg!(windows) => Err("named pipes are for Windows".to_owned()),
        Some(("tcp" | "ssh" | "npipe", _)) => Ok(Address::dialled(host)),
        Some((scheme, _)) => Err(format!("unknown scheme {scheme:?}")),
    }
}

/// Reads the host of a context store entry, where the docker CLI takes URLs only.
pub(super) fn of_context(host: &str) -> Result<Address, String> {
    match host.split_once("://") {
        None if host.is_empty() => Address::unix(DEFAULT_SOCKET),
        Some(("unix", "")) => Err("its host has no socket path".to_owned()),
        Some(("unix", path)) => Address::unix(path),
        Some(("npipe", _)) if !cfg!(windows) => Err("named pipes are for Windows".to_owned()),
        Some(("tcp" | "ssh" | "npipe", _)) => Ok(Address::dialled(host)),
        _ => Err(format!("its host {:?} is no address", mask_password(host))),
    }
}

/// Replaces the password of `scheme://user:password@host` (with or without the scheme).
pub(crate) fn mask_password(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    let Some(at) = url[start..end].rfind('@') else {
        return url.to_owned();
    };
    match url[start..start + at].split_once(':') {
        Some((user, _)) => format!("{}{user}:***{}", &url[..start], &url[start + at..]),
        None => url.to_owned(),
    }
}

/// The path's text made absolute, or the path itself where that cannot be.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
