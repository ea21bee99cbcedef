//! Archives as tests write them: by the tar crate, which shares no code with
//! our reader.

use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::tree::builder::TestEntry;

/// How a layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// The tar of a layer, as engines write it.
pub(crate) fn layer(entries: &[TestEntry]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let path = entry.path().trim_start_matches('/');
        match entry {
            TestEntry::Dir(_) => add(&mut builder, path, tar::EntryType::Directory, "", 0),
            TestEntry::File(_, size) | TestEntry::Owned(_, size, _) => {
                add(&mut builder, path, tar::EntryType::Regular, "", *size);
            }
            TestEntry::Text(_, text) => {
                let mut header = tar::Header::new_gnu();
                header.set_mode(0o644);
                header.set_size(text.len() as u64);
                builder.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
            TestEntry::Link(_, target) => add(&mut builder, path, tar::EntryType::Link, target, 0),
            TestEntry::Symlink(_) => add(&mut builder, path, tar::EntryType::Symlink, "nowhere", 0),
            TestEntry::Whiteout(_) => {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                let hidden = format!("{folder}/.wh.{name}");
                add(&mut builder, hidden.trim_start_matches('/'), tar::EntryType::Regular, "", 0);
            }
            TestEntry::Opaque(_) => {
                let mark = format!("{path}/.wh..wh..opq");
                add(&mut builder, mark.trim_start_matches('/'), tar::EntryType::Regular, "", 0);
            }
        }
    }
    builder.into_inner().unwrap()
}

fn add(
    builder: &mut tar::Builder<Vec<u8>>,
    path: &str,
    kind: tar::EntryType,
    link: &str,
    size: u64,
) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    if !link.is_empty() {
        header.set_link_name(link).unwrap();
    }
    let content = vec![b'x'; usize::try_from(size).unwrap()];
    builder.append_data(&mut header, path, &content[..]).unwrap();
}

/// Bytes under names, as one tar.
pub(crate) fn bundle(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in parts {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

/// The bytes in this packing.
pub(crate) fn packed(bytes: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Packing::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// A configuration of an image of these layers (their plain tars).
pub(crate) fn config(layers: &[Vec<u8>]) -> Vec<u8> {
    let diff_ids: Vec<String> = layers.iter().map(|tar| format!("sha256:{}", hex(tar))).collect();
    let history: Vec<Value> =
        (0..layers.len()).map(|n| json!({"created_by": format!("COPY {n} /")})).collect();
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
    });
    config.to_string().into_bytes()
}

/// The parts that `docker save` of engine 20.10 writes, in its order.
pub(crate) fn saved(layers_of_entries: &[Vec<TestEntry>], tag: &str) -> Vec<(String, Vec<u8>)> {
    let layers: Vec<Vec<u8>> = layers_of_entries.iter().map(|entries| layer(entries)).collect();
    let config = config(&layers);
    let config_name = format!("{}.json", hex(&config));
    let mut parts = vec![(config_name.clone(), config)];
    let mut names = Vec::new();
    for (n, tar) in layers.into_iter().enumerate() {
        // Folders are named by a hash: their order says nothing.
        let folder = hex(&[u8::try_from(n).unwrap()]);
        parts.push((format!("{folder}/VERSION"), b"1.0".to_vec()));
        parts.push((format!("{folder}/json"), b"{}".to_vec()));
        parts.push((format!("{folder}/layer.tar"), tar));
        names.push(format!("{folder}/layer.tar"));
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let manifest = json!([{"Config": config_name, "RepoTags": [tag], "Layers": names}]);
    parts.push(("manifest.json".to_owned(), manifest.to_string().into_bytes()));
    parts
}

/// The parts of an OCI layout.
pub(crate) fn layout(
    layers_of_entries: &[Vec<TestEntry>],
    packing: Packing,
) -> Vec<(String, Vec<u8>)> {
    let tars: Vec<Vec<u8>> = layers_of_entries.iter().map(|entries| layer(entries)).collect();
    let mut parts = Vec::new();
    let mut blob = |bytes: Vec<u8>, kind: &str| {
        let (hex, size) = (hex(&bytes), bytes.len());
        parts.push((format!("blobs/sha256/{hex}"), bytes));
        json!({"mediaType": kind, "digest": format!("sha256:{hex}"), "size": size})
    };
    let config = blob(config(&tars), "application/vnd.oci.image.config.v1+json");
    let kind = "application/vnd.oci.image.layer.v1.tar";
    let layers: Vec<Value> = tars.iter().map(|tar| blob(packed(tar, packing), kind)).collect();
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
    let manifest =
        blob(manifest.to_string().into_bytes(), "application/vnd.oci.image.manifest.v1+json");
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    parts.sort();
    parts.dedup();
    parts.push(("index.json".to_owned(), index.to_string().into_bytes()));
    parts.push(("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    parts
}
