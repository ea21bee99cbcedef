//! What a registry holds, asked by `docker buildx imagetools`: with the credentials and the
//! settings of the user's own docker CLI, none of which dp sees.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use dp_engine::Endpoint;
use dp_tool::Fault;
use serde_json::Value;

/// The manifest of a reference as it is; none if there is no such reference.
pub(super) fn manifest(endpoint: &Endpoint, reference: &str) -> Result<Option<Vec<u8>>, String> {
    let mut command = Command::new("docker");
    command.args(endpoint.cli_args());
    for (name, value) in endpoint.cli_env() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env_remove("BUILDX_BUILDER");
    command.args(["buildx", "imagetools", "inspect", reference, "--raw"]).stdin(Stdio::null());
    let answer = command.output().map_err(|error| error.to_string())?;
    if answer.status.success() {
        return Ok(Some(answer.stdout));
    }
    let text = String::from_utf8_lossy(&answer.stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let reason = line.trim_start_matches("ERROR: ");
    if reason.ends_with(": not found") { Ok(None) } else { Err(reason.to_owned()) }
}

/// Refuses a reference that is there already, or that cannot be asked for.
pub(super) fn check_absent(endpoint: &Endpoint, reference: &str) -> Result<(), Fault> {
    match manifest(endpoint, reference) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(Fault::usage(format!(
            "--cache-to {reference}: it is there already, and would be overwritten by a cache that is of no use to others: name a tag that is not there yet"
        ))),
        Err(reason) => Err(Fault::usage(format!(
            "--cache-to {reference}: it cannot be seen whether it is there already: {reason} (start the registry, or sign in by docker login)"
        ))),
    }
}

/// Bytes of a manifest with all blobs that it names, each once.
pub(super) fn bytes(manifest: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(manifest).ok()?;
    let mut blobs = BTreeMap::new();
    let lists = ["layers", "manifests", "blobs"].into_iter().filter_map(|name| value.get(name));
    let listed = lists.filter_map(Value::as_array).flatten().chain(value.get("config"));
    for blob in listed {
        blobs.insert(blob.get("digest")?.as_str()?.to_owned(), blob.get("size")?.as_u64()?);
    }
    let own = u64::try_from(manifest.len()).ok()?;
    (!blobs.is_empty()).then(|| own + blobs.values().sum::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_manifest_are_its_own_and_those_of_each_blob_once() {
        let blob = |digest: &str, size: u64| format!(r#"{{"digest":"{digest}","size":{size}}}"#);
        let image = format!(
            r#"{{"config":{},"layers":[{},{},{}]}}"#,
            blob("c", 7),
            blob("a", 100),
            blob("b", 20),
            blob("a", 100)
        );
        assert_eq!(bytes(image.as_bytes()), Some(127 + image.len() as u64));
        // As BuildKit writes a cache without image-manifest=true.
        let index = format!(r#"{{"manifests":[{},{}]}}"#, blob("a", 100), blob("c", 7));
        assert_eq!(bytes(index.as_bytes()), Some(107 + index.len() as u64));
        for none in ["", "{}", r#"{"layers":[{"digest":"a"}]}"#] {
            assert_eq!(bytes(none.as_bytes()), None, "{none}");
        }
    }
}
