//! The docker CLI's context store: `contexts/meta/<sha256 of the name>/meta.json`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::DEFAULT_CONTEXT;
use super::address::{self, Address};
use super::choice::Source;
use super::config::field;
use crate::error::EngineError;

/// What an entry of the store means.
pub(super) enum Entry {
    /// An address that the docker CLI knows by the context's name.
    Named(Address),
    /// A TCP address without TLS, which the docker CLI is better given as a plain host: from a
    /// context with `http://` it makes simple requests, but no raw connections, which builds need.
    Plain(Address),
}

/// Reads the context's docker endpoint.
pub(super) fn load(store: &Path, name: &str, origin: Source) -> Result<Entry, EngineError> {
    let folder = sha256_hex(name);
    let Some(text) = read(&store.join("meta").join(&folder).join("meta.json"), name)? else {
        let known = known(store);
        return Err(EngineError::UnknownContext { origin, name: name.to_owned(), known });
    };
    entry(&text, &store.join("tls").join(&folder)).map_err(|reason| bad(name, reason))
}

fn bad(name: &str, reason: String) -> EngineError {
    EngineError::BadContext { name: name.to_owned(), reason }
}

/// The text of a meta.json, if there is one.
fn read(path: &Path, name: &str) -> Result<Option<String>, EngineError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(bad(name, format!("{}: {error}", path.display()))),
    }
}

/// What a meta.json means, with the folder of its TLS files.
fn entry(text: &str, tls: &Path) -> Result<Entry, String> {
    let meta: Value = serde_json::from_str(text).map_err(|_| "its meta.json is no JSON")?;
    let endpoint = endpoint(&meta).ok_or("it has no docker endpoint")?;
    let host = host(endpoint).ok_or("its host is no text")?;
    match host.split_once("://") {
        Some(("http" | "https", _)) if has_tls(endpoint, tls) => {
            Err("its host has TLS files and http: write tcp://".to_owned())
        }
        Some(("http" | "https", rest)) => {
            Ok(Entry::Plain(Address::dialled(&format!("tcp://{rest}"))))
        }
        _ => address::of_context(host).map(Entry::Named),
    }
}

/// The hexadecimal SHA-256 of a text: a context's folder is named by that of its name.
pub fn sha256_hex(text: &str) -> String {
    let digest = Sha256::digest(text);
    let mut text = String::with_capacity(64);
    for byte in digest {
        text.extend(char::from_digit(u32::from(byte >> 4), 16));
        text.extend(char::from_digit(u32::from(byte & 15), 16));
    }
    text
}

/// The docker endpoint in a meta.json.
fn endpoint(meta: &Value) -> Option<&Value> {
    field(meta, "Endpoints")?.get("docker").filter(|value| value.is_object())
}

/// The host of an endpoint; none at all means the default socket.
fn host(endpoint: &Value) -> Option<&str> {
    match field(endpoint, "Host") {
        None | Some(Value::Null) => Some(""),
        Some(host) => host.as_str(),
    }
}

/// Whether the docker CLI would speak TLS there.
fn has_tls(endpoint: &Value, folder: &Path) -> bool {
    let skip_verify = field(endpoint, "SkipTLSVerify").and_then(Value::as_bool);
    skip_verify == Some(true)
        || fs::read_dir(folder.join("docker")).is_ok_and(|mut files| files.next().is_some())
}

/// The names that can be asked for, `default` first, the rest sorted.
pub(super) fn known(store: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(store.join("meta"))
        .into_iter()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("meta.json")).ok())
        .filter_map(|text| serde_json::from_str::<Value>(&text).ok())
        .filter_map(|meta| Some(field(&meta, "Name")?.as_str()?.to_owned()))
        .filter(|name| name != DEFAULT_CONTEXT)
        .collect();
    names.sort();
    names.insert(0, DEFAULT_CONTEXT.to_owned());
    names
}
