//! Input that wants too much, as the process meets it: little memory, nothing
//! on disk, one line. (What else archives may lie about is in the unit tests of
//! `archive`.)

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::io::{self, Read, Write};
use std::process::{Command, Output, Stdio};
use std::thread;

use dp_testkit::tool;
use serde_json::{Value, json};

/// All memory that the process may write to, in KiB.
const MEMORY_KIB: u32 = 100_000;

/// Runs dp-size on a stream, with that much memory and an empty folder to write
/// to, which must stay empty.
fn read(archive: Vec<u8>, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("ulimit -d {MEMORY_KIB}; exec \"$@\"");
    let mut child = Command::new("bash")
        .args(["-c", &script, "bash"])
        .arg(tool("dp-size"))
        .args(["-q", "--archive", "-"])
        .args(args)
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        // It may end before it has read all.
        let _ = input.write_all(&archive);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    output
}

fn tar(parts: Vec<(String, Box<dyn Read>, u64)>, output: impl Write) {
    let mut builder = tar::Builder::new(output);
    for (name, content, size) in parts {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(size);
        builder.append_data(&mut header, name, content).unwrap();
    }
    builder.finish().unwrap();
}

/// An archive of one layer of these bytes.
fn archive(layer: Vec<u8>) -> Vec<u8> {
    let config = json!({"rootfs": {"diff_ids": ["sha256:0"]}}).to_string().into_bytes();
    let manifest = json!([{"Config": "config", "Layers": ["layer"]}]).to_string().into_bytes();
    let parts = [("layer", layer), ("config", config), ("manifest.json", manifest)];
    let parts = parts.map(|(name, bytes)| {
        let size = bytes.len() as u64;
        (name.to_owned(), Box::new(io::Cursor::new(bytes)) as Box<dyn Read>, size)
    });
    let mut archive = Vec::new();
    tar(parts.into(), &mut archive);
    archive
}

fn metrics(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    let text = String::from_utf8_lossy(&output.stdout);
    let record: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    record["metrics"].clone()
}

/// Zeros, and how many pieces of them make a bomb.
const PIECE: usize = 1 << 20;
const PIECES: usize = 110;

/// The tar of a file that is larger than the memory, in some KB: each piece is
/// a member (or frame) of its own.
fn bomb(packed: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").unwrap();
    header.set_size((PIECE * PIECES) as u64);
    header.set_cksum();
    let zeros = packed(&vec![0; PIECE]);
    [packed(header.as_bytes()), zeros.repeat(PIECES), packed(&[0; 1024])].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn a_bomb_is_counted_in_little_memory_and_kept_nowhere() {
    type Packed = fn(&[u8]) -> Vec<u8>;
    for packed in [gzip as Packed, zstd] {
        let bomb = bomb(packed);
        assert!(bomb.len() < PIECE * PIECES / 100, "{}", bomb.len());
        let output = read(archive(bomb), &[]);
        assert_eq!(metrics(&output)["size_bytes"], PIECE * PIECES);
    }
}

#[test]
fn eighty_thousand_empty_files_take_little_memory_with_every_question_asked() {
    let files = (0..80_000)
        .map(|n| (format!("srv/{}/{n}", n / 100), Box::new(io::empty()) as Box<dyn Read>, 0));
    let mut layer = Vec::new();
    tar(files.collect(), &mut layer);
    let output = read(archive(layer), &["--content", "--compressed", "--top", "1000"]);
    let metrics = metrics(&output);
    assert_eq!(metrics["files"], 80_000);
    assert_eq!((&metrics["size_bytes"], &metrics["duplicate_bytes"]), (&json!(0), &json!(0)));
}

#[test]
fn a_truncated_layer_ends_the_compressors_too() {
    let mut layer = Vec::new();
    let content = Box::new(io::repeat(7).take(3_000_000)) as Box<dyn Read>;
    tar(vec![("file".to_owned(), content, 3_000_000)], &mut layer);
    let mut archive = archive(layer);
    archive.truncate(2_000_000);
    let output = read(archive, &["--compressed"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "dp-size: -: it ends at byte 2000000, in the middle of layer: truncated?\n";
    assert_eq!(said, expected);
    assert!(output.stdout.is_empty());
}
