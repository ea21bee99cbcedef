//! Archives that a pipe brings, and layers whose compressed bytes are damaged. What
//! engine 20.10 says of such a layer is in the table: it reads compressed bytes to their
//! end, as dp-size does (28.5 stops at the end of the tar within).

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod pack;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use dp_record::Record;
use dp_testkit::{Ran, Tool, assert_records, of_kind, tool};
use serde_json::json;

use pack::tar;

/// Bytes of the file in the only layer.
const BYTES: usize = 20_000;

fn layer() -> Vec<u8> {
    // No bytes that a decompressor could guess.
    let content: Vec<u8> =
        (0..BYTES as u64).map(|n| (n * n * 2_654_435_761).to_le_bytes()[2]).collect();
    tar(&[("a", content)])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8], checksum: bool) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(checksum).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn image(layer: &[u8]) -> Vec<u8> {
    let config = json!({"os": "linux", "architecture": "amd64", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:0"]}});
    let manifest = json!([{"Config": "c", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}]);
    tar(&[
        ("layer.tar", layer),
        ("c", config.to_string().as_bytes()),
        ("manifest.json", manifest.to_string().as_bytes()),
    ])
}

/// An image without layers.
fn empty_image() -> Vec<u8> {
    let config = json!({"os": "linux", "config": {}, "rootfs": {"type": "layers"}});
    let manifest = json!([{"Config": "c", "RepoTags": ["none:1"], "Layers": null}]);
    tar(&[("c", config.to_string()), ("manifest.json", manifest.to_string())])
}

fn flipped(bytes: &[u8], from_end: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.len() - from_end;
    bytes[at] ^= 1;
    bytes
}

fn without_last(bytes: &[u8], count: usize) -> Vec<u8> {
    bytes[..bytes.len() - count].to_vec()
}

fn dp_size(archive: &Path, more: &[&str]) -> Ran {
    let archive = archive.to_str().unwrap();
    Tool::new("dp-size").args(["-q", "--archive", archive]).args(more).run()
}

fn size(records: &[Record]) -> Record {
    of_kind(records, "size")[0].clone()
}

const CUT: &str = "ends too early: was it cut off?";
const WRONG: &str = "is damaged (wrong bytes or checksum): get it once more";

/// What it is, its bytes, and how the message ends; none where it is whole.
fn compressed() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let (plain, rest) = (layer(), [0; 1024]);
    let (gz, zst, bare) = (gzip(&plain), zstd(&plain, true), zstd(&plain, false));
    vec![
        ("gzip", gz.clone(), None),
        ("several members of gzip", [gz.clone(), gzip(&rest)].concat(), None),
        ("gzip with a wrong checksum", flipped(&gz, 8), Some(WRONG)),
        ("gzip with a wrong length", flipped(&gz, 4), Some(WRONG)),
        ("gzip with a wrong byte", flipped(&gz, 9_000), Some(WRONG)),
        ("gzip without its checksum", without_last(&gz, 8), Some(CUT)),
        ("gzip without its last four bytes", without_last(&gz, 4), Some(CUT)),
        ("half a gzip", without_last(&gz, gz.len() / 2), Some(CUT)),
        ("gzip and something else", [&gz[..], b"hello world!"].concat(), Some(WRONG)),
        ("gzip and a member that is cut", [&gz[..], &gz[..99]].concat(), Some(CUT)),
        ("zstd", zst.clone(), None),
        ("zstd without a checksum", bare.clone(), None),
        ("several frames of zstd", [zst.clone(), zstd(&rest, true)].concat(), None),
        ("zstd with a wrong checksum", flipped(&zst, 1), Some(WRONG)),
        ("zstd without its checksum", without_last(&zst, 4), Some(CUT)),
        ("zstd without its last byte", without_last(&bare, 1), Some(CUT)),
        ("half a zstd", without_last(&zst, zst.len() / 2), Some(CUT)),
        ("zstd and something else", [&zst[..], b"hello world!"].concat(), Some(WRONG)),
    ]
}

#[test]
fn a_damaged_layer_is_refused_wherever_the_damage_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    for (what, layer, message) in compressed() {
        fs::write(&path, image(&layer)).unwrap();
        for more in [&[][..], &["--compressed"], &["--content"]] {
            let ran = dp_size(&path, more);
            let Some(message) = message else {
                let size = size(&ran.expect(0).records());
                assert_eq!(size.metrics.get("size_bytes"), Some(BYTES as f64), "{what}");
                continue;
            };
            let ran = ran.expect(2);
            let method = if what.contains("gzip") { "gzip" } else { "Zstandard" };
            let expected = format!(
                "dp-size: {}: layer layer.tar: its {method} data {message}\n",
                path.display()
            );
            assert_eq!((ran.stdout.as_str(), ran.stderr), ("", expected), "{what} {more:?}");
        }
    }
}

#[test]
fn a_damaged_archive_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar.gz");
    let whole = image(&layer());
    let (gz, zst) = (gzip(&whole), zstd(&whole, true));
    for (what, bytes, message) in [
        ("gzip", gz.clone(), None),
        ("zstd", zst.clone(), None),
        ("gzip with a wrong checksum", flipped(&gz, 8), Some(WRONG)),
        ("gzip without its checksum", without_last(&gz, 8), Some(CUT)),
        ("zstd with a wrong checksum", flipped(&zst, 1), Some(WRONG)),
        ("zstd without its last bytes", without_last(&zst, 2), Some(CUT)),
    ] {
        fs::write(&path, bytes).unwrap();
        let ran = dp_size(&path, &[]);
        match message {
            None => drop(ran.expect(0)),
            Some(message) => {
                let ran = ran.expect(2);
                assert!(ran.stderr.ends_with(&format!("{message}\n")), "{what}: {}", ran.stderr);
            }
        }
    }
}

/// Runs the words in a shell that counts the failure of every part of a pipe.
fn piped(words: &str, archive: &Path) -> (Option<i32>, Vec<Record>, String) {
    let output = Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {words}"), "bash"])
        .args([tool("dp-size"), archive.to_owned()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let records = assert_records(&String::from_utf8(output.stdout).unwrap());
    (output.status.code(), records, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn whoever_writes_the_archive_into_a_pipe_is_read_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    // More than a pipe holds: a writer that nobody reads is killed by SIGPIPE.
    let rest = vec![0; 1 << 20];
    let whole = image(&layer());
    for (what, bytes) in [
        ("zeros after the end mark", [&whole[..], &rest].concat()),
        ("something else after the end mark", [&whole[..], &b"x".repeat(1 << 20)].concat()),
        ("a compressed archive", gzip(&[&whole[..], &rest].concat())),
        ("members after the archive", [gzip(&whole), gzip(&rest)].concat()),
        ("frames after the archive", [zstd(&whole, true), zstd(&rest, true)].concat()),
    ] {
        fs::write(&path, bytes).unwrap();
        for words in [
            "cat \"$2\" | \"$1\" -q --archive -",
            "\"$1\" -q --archive <(cat \"$2\" || echo cut >&2)",
        ] {
            // bash says nothing of a process in <(): the shell in it does.
            let (code, records, stderr) = piped(words, &path);
            assert_eq!((code, stderr.as_str()), (Some(0), ""), "{what}: {words}");
            assert_eq!(size(&records).metrics.get("size_bytes"), Some(BYTES as f64), "{what}");
        }
    }
}

#[test]
fn an_image_without_layers_has_no_bytes_and_only_the_sizes_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    fs::write(&path, empty_image()).unwrap();
    for (more, compressed) in [(&[][..], None), (&["--compressed"], Some(0.0))] {
        let ran = dp_size(&path, more);
        let size = size(&ran.expect(0).records());
        for name in ["size_bytes", "live_bytes", "dead_bytes", "layers", "files"] {
            assert_eq!(size.metrics.get(name), Some(0.0), "{name}");
        }
        assert_eq!(size.metrics.get("compressed_bytes"), compressed, "{more:?}");
        assert_eq!(size.size_detail().unwrap().compressed.is_some(), compressed.is_some());
    }
}
