//! From what the transport and the engine say to dp's errors.

use std::error::Error as StdError;
use std::io;

use bollard::errors::Error;

use super::dial::DialFailure;
use crate::endpoint::{Endpoint, mask_password};
use crate::error::{EngineError, one_line};

/// A socket that could not be connected to.
pub(super) fn of_socket(endpoint: &Endpoint, error: &io::Error) -> EngineError {
    let url = endpoint.to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied => EngineError::PermissionDenied { url },
        io::ErrorKind::NotFound => EngineError::Down { url, reason: "no such socket".into() },
        _ => EngineError::Down { url, reason: plain(error) },
    }
}

/// A failure of the first calls, by which an engine is recognised.
pub(super) fn of_greeting(endpoint: &Endpoint, error: &Error) -> EngineError {
    if let Some(error) = of_transport(endpoint, error) {
        return error;
    }
    let reason = match error {
        Error::DockerResponseServerError { status_code, message } => {
            let reason = format!("it answers with status {status_code}: {}", short(message));
            if *status_code >= 500 {
                return EngineError::Down { url: endpoint.to_string(), reason };
            }
            reason
        }
        Error::JsonDataError { message, .. } => format!("its version is unreadable: {message}"),
        other => innermost(other),
    };
    EngineError::NotAnEngine { url: endpoint.to_string(), reason }
}

/// A failure of a later call.
pub(super) fn of_call(endpoint: &Endpoint, doing: &str, error: &Error) -> EngineError {
    if let Some(error) = of_transport(endpoint, error) {
        return error;
    }
    let doing = doing.to_owned();
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            EngineError::Refused { doing, status: *status_code, message: short(message) }
        }
        Error::DockerStreamError { error } => {
            EngineError::Refused { doing, status: 200, message: short(error) }
        }
        Error::JsonDataError { message, .. } => {
            EngineError::BadAnswer { doing, reason: short(message) }
        }
        Error::JsonSerdeError { err } => {
            EngineError::BadAnswer { doing, reason: short(&err.to_string()) }
        }
        other => EngineError::Lost { url: endpoint.to_string(), doing, reason: innermost(other) },
    }
}

/// A failure to get a connection at all, wherever in the chain of causes it is.
fn of_transport(endpoint: &Endpoint, error: &Error) -> Option<EngineError> {
    if let Error::SocketNotFoundError(_) = error {
        return Some(of_socket(endpoint, &io::ErrorKind::NotFound.into()));
    }
    causes(error).find_map(|cause| of_cause(endpoint, cause.downcast_ref::<io::Error>()?))
}

fn of_cause(endpoint: &Endpoint, cause: &io::Error) -> Option<EngineError> {
    let dial = cause.get_ref().and_then(|inner| inner.downcast_ref::<DialFailure>());
    if let Some(dial) = dial {
        return Some(of_dial(endpoint, dial));
    }
    let connecting = [
        io::ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ConnectionRefused,
    ];
    connecting.contains(&cause.kind()).then(|| of_socket(endpoint, cause))
}

/// A failure of the `docker system dial-stdio` child.
fn of_dial(endpoint: &Endpoint, failure: &DialFailure) -> EngineError {
    let said = match failure {
        DialFailure::NoCli => {
            return EngineError::NoCli { needed_for: "engines behind tcp, TLS and ssh" };
        }
        DialFailure::Start(reason) => reason.as_str(),
        DialFailure::Said(said) => said.as_str(),
    };
    let advice = advice(&endpoint.url, said);
    EngineError::Dial { url: endpoint.to_string(), reason: mask_password(said), advice }
}

/// The way out, by what the docker CLI said.
fn advice(url: &str, said: &str) -> &'static str {
    let said = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["tls:", "x509", "certificate", "ca.pem", "private key"]) {
        "check DOCKER_CERT_PATH or the TLS files of the context"
    } else if url.starts_with("ssh://") {
        "does ssh to that host work without a password, and docker there?"
    } else if says(&["connection refused", "no route", "timeout", "timed out", "unreachable"]) {
        "is the engine running? start it, or choose another with --host or --context"
    } else {
        "check --host, DOCKER_HOST and the context"
    }
}

/// The last cause: the libraries' outer texts ("client error (`SendRequest`)") say nothing.
fn innermost(error: &Error) -> String {
    let cause = causes(error).last().map(|cause| short(&cause.to_string())).unwrap_or_default();
    match cause.as_str() {
        "connection closed before message completed" => {
            "it closes the connection without an answer".to_owned()
        }
        // The words of a reader of HTTP.
        parsed if parsed.ends_with(" parsed") => "its answer is no HTTP".to_owned(),
        _ => cause,
    }
}

/// The error and its causes. bollard's own wrapper of I/O errors hides the one it wraps.
fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = match error {
        Error::IOError { err } => err,
        other => other,
    };
    std::iter::successors(Some(first), |cause| (*cause).source())
}

/// The system's text without Rust's "(os error 111)".
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

/// One line of bounded length.
fn short(text: &str) -> String {
    one_line(text).chars().take(300).collect()
}
