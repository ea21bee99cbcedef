//! Compressed sizes of archives that engines and builders wrote, compared with what
//! the layers in them are, and become, by the tar crate and the compressors
//! themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod pack;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use dp_record::Record;
use dp_testkit::{Tool, of_kind};
use serde_json::{Value, json};

use pack::tar;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

fn size(archive: &Path, how: &str) -> Record {
    let tool = Tool::new("dp-size").args(["-q", how]).args([Path::new("--archive"), archive]);
    let records = tool.run().expect(0).records();
    of_kind(&records, "size")[0].clone()
}

fn metric(record: &Record, name: &str) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    record.metrics.get(name).map(|value| value as u64)
}

/// The layers of an archive as they lie in it, lowest first.
fn layers(archive: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(archive).unwrap();
    let part = |name: &str| -> Option<Vec<u8>> {
        let mut archive = tar::Archive::new(&bytes[..]);
        let mut entries = archive.entries().unwrap().map(Result::unwrap);
        let mut found = entries.find(|entry| entry.path().unwrap() == Path::new(name))?;
        let mut content = Vec::new();
        found.read_to_end(&mut content).unwrap();
        Some(content)
    };
    let json = |name: &str| -> Value { serde_json::from_slice(&part(name).unwrap()).unwrap() };
    let blob = |descriptor: &Value| {
        format!("blobs/{}", descriptor["digest"].as_str().unwrap().replace(':', "/"))
    };
    let names: Vec<String> = if part("manifest.json").is_some() {
        let names = json("manifest.json")[0]["Layers"].clone();
        serde_json::from_value(names).unwrap()
    } else {
        let manifest = json(&blob(&json("index.json")["manifests"][0]));
        manifest["layers"].as_array().unwrap().iter().map(blob).collect()
    };
    names.iter().map(|name| part(name).unwrap()).collect()
}

fn gzip(bytes: &[u8]) -> u64 {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len() as u64
}

fn zstd(bytes: &[u8]) -> u64 {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len() as u64
}

/// Sums over the layers, and the layers' own.
fn assert_sizes(record: &Record, name: &str, expected: &[u64]) {
    assert_eq!(metric(record, name), Some(expected.iter().sum()), "{name}");
    let detail = dp_testkit::detail(record);
    let layers = detail["layers"].as_array().unwrap();
    let found: Vec<&Value> = layers.iter().map(|layer| &layer[name]).collect();
    assert_eq!(json!(found), json!(expected), "{name}");
}

#[test]
fn layers_that_an_archive_holds_compressed_are_as_large_as_they_are_there() {
    for (name, stored_as_zstd) in
        [("oci-gzip.tar", false), ("saved-28.5-containerd.tar", false), ("oci-zstd.tar", true)]
    {
        let layers = layers(&path(name));
        let stored: Vec<u64> = layers.iter().map(|layer| layer.len() as u64).collect();
        let by_zstd: Vec<u64> = if stored_as_zstd {
            stored.clone()
        } else {
            let plain = |layer: &Vec<u8>| {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(&layer[..]).read_to_end(&mut plain).unwrap();
                zstd(&plain)
            };
            layers.iter().map(plain).collect()
        };
        let record = size(&path(name), "--compressed");
        assert_sizes(&record, "compressed_bytes", &stored);
        assert_sizes(&record, "compressed_zstd_bytes", &by_zstd);
        assert_eq!(metric(&record, "compressed_estimate_bytes"), None);
        let guessed = size(&path(name), "--compressed=estimate");
        assert_eq!(metric(&guessed, "compressed_bytes"), Some(stored.iter().sum()));
        assert_eq!(metric(&guessed, "compressed_estimate_bytes"), None);
        let said = &dp_testkit::detail(&record)["compressed"];
        assert_eq!((&said["stored_layers"], &said["gzip"]), (&json!(2), &Value::Null), "{name}");
    }
}

#[test]
fn plain_layers_are_compressed_to_their_last_byte() {
    for name in ["saved-20.10.tar", "saved-28.5.tar"] {
        let layers = layers(&path(name));
        let by = |method: fn(&[u8]) -> u64| {
            layers.iter().map(|layer| method(layer)).collect::<Vec<u64>>()
        };
        let record = size(&path(name), "--compressed=exact");
        assert_sizes(&record, "compressed_bytes", &by(gzip));
        assert_sizes(&record, "compressed_zstd_bytes", &by(zstd));
        assert_eq!(metric(&record, "compressed_estimate_bytes"), None);
        let said = &dp_testkit::detail(&record)["compressed"];
        assert_eq!((&said["stored_layers"], &said["sample"]), (&json!(0), &Value::Null));
        assert_eq!(said["gzip"], "gzip, level 6, by zlib-rs");
        assert!(said["zstd"].as_str().unwrap().starts_with("zstd, level 3, by libzstd 1."));
    }
}

/// An archive of one layer with one file of these bytes.
fn archive_of(content: &[u8]) -> tempfile::NamedTempFile {
    let config = json!({"rootfs": {"diff_ids": ["sha256:0"]}}).to_string();
    let manifest = json!([{"Config": "config", "Layers": ["layer"]}]).to_string();
    let layer = tar(&[("file", content)]);
    let parts: [(&str, &[u8]); 3] =
        [("layer", &layer), ("config", config.as_bytes()), ("manifest.json", manifest.as_bytes())];
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&tar(&parts)).unwrap();
    file
}

#[test]
fn an_estimate_has_a_name_of_its_own_and_is_near() {
    // 24 MB of words that repeat now and then, so that there is a rest to guess.
    let mut state = 7_u64;
    let words: Vec<u8> = (0..3_000_000)
        .flat_map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % 5_000 * 77).to_le_bytes()
        })
        .collect();
    let archive = archive_of(&words);
    let exact = metric(&size(archive.path(), "--compressed"), "compressed_bytes").unwrap();
    let guessed = size(archive.path(), "--compressed=estimate");
    assert_eq!(metric(&guessed, "compressed_bytes"), None);
    assert_eq!(metric(&guessed, "compressed_zstd_bytes"), None);
    let estimate = metric(&guessed, "compressed_estimate_bytes").unwrap();
    assert!(estimate.abs_diff(exact) * 50 < exact, "{estimate} for {exact}");
    assert_ne!(estimate, exact);
    let said = &dp_testkit::detail(&guessed)["compressed"]["sample"];
    assert!(said.as_str().unwrap().contains("one of 50"), "{said}");
}

#[test]
fn without_being_asked_nothing_is_compressed() {
    let tool = Tool::new("dp-size").args(["-q", "--archive"]).args([path("oci-gzip.tar")]);
    let records = tool.run().expect(0).records();
    let size = of_kind(&records, "size")[0];
    assert_eq!(metric(size, "compressed_bytes"), None);
    assert_eq!(dp_testkit::detail(size)["compressed"], Value::Null);
}
