//! The docker CLI's context store: `contexts/meta/<sha256 of the name>/meta.json`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::address::{self, Address};
use super::config::field;
use super::{DEFAULT_CONTEXT, Source};
use crate::error::EngineError;

/// The address that the context's docker endpoint has.
pub(super) fn load(store: &Path, name: &str, origin: Source) -> Result<Address, EngineError> {
    let bad = |reason: String| EngineError::BadContext { name: name.to_owned(), reason };
    let path = store.join("meta").join(directory(name)).join("meta.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let known = known(store);
            return Err(EngineError::UnknownContext { origin, name: name.to_owned(), known });
        }
        Err(error) => return Err(bad(format!("{}: {error}", path.display()))),
    };
    let meta: Value =
        serde_json::from_str(&text).map_err(|error| bad(format!("{}: {error}", path.display())))?;
    let host = host(&meta).map_err(|reason| bad(reason.to_owned()))?;
    address::of_context(host).map_err(bad)
}

/// The folder name of a context: the hexadecimal SHA-256 of its name.
fn directory(name: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(name) {
        text.extend(char::from_digit(u32::from(byte >> 4), 16));
        text.extend(char::from_digit(u32::from(byte & 15), 16));
    }
    text
}

/// The host in a meta.json; no host at all means the default socket.
fn host(meta: &Value) -> Result<&str, &'static str> {
    let endpoint = field(meta, "Endpoints").and_then(|endpoints| endpoints.get("docker"));
    let endpoint = endpoint
        .and_then(|value| value.as_object().map(|_| value))
        .ok_or("it has no docker endpoint")?;
    match field(endpoint, "Host") {
        None | Some(Value::Null) => Ok(""),
        Some(host) => host.as_str().ok_or("its host is no text"),
    }
}

/// The names that can be asked for, `default` first, the rest sorted.
fn known(store: &Path) -> Vec<String> {
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
