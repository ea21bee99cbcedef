//! How much memory many entries take, whatever happens to them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read as _, Write};
use std::process::{Command, Stdio};
use std::thread;

use dp_testkit::tool;
use serde_json::json;

/// Entries of each archive.
const ENTRIES: usize = 100_000;

/// Bytes for each of them: 64 MB for a million, with a path of its own.
const MOST: u64 = 64;

/// The header of an entry without content.
fn header(name: &str, link: &str, kind: u8) -> [u8; 512] {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).unwrap();
    if !link.is_empty() {
        header.set_link_name(link).unwrap();
    }
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o644);
    header.set_size(0);
    header.set_cksum();
    *header.as_bytes()
}

fn name(n: usize) -> String {
    format!("usr/lib/d{:04}/file-{n:06}", n / 500)
}

/// Layers of so many entries.
type Layers = Vec<Vec<[u8; 512]>>;

fn files(from: usize, to: usize) -> Vec<[u8; 512]> {
    (from..to).map(|n| header(&name(n), "", b'0')).collect()
}

/// Half of the entries are links to the other half.
fn linked() -> Vec<[u8; 512]> {
    let pair = |n| {
        let file = name(n);
        [header(&file, "", b'0'), header(&format!("{file}-too"), &file, b'1')]
    };
    (0..ENTRIES / 2).flat_map(pair).collect()
}

fn write(layers: &Layers, mut output: impl Write) -> std::io::Result<()> {
    let names: Vec<String> = (0..layers.len()).map(|n| format!("layer-{n}")).collect();
    let digests: Vec<String> = names.iter().map(|name| format!("sha256:{name}")).collect();
    let config = json!({"os": "linux", "rootfs": {"type": "layers", "diff_ids": digests}});
    let manifest = json!([{"Config": "config", "RepoTags": ["app:1"], "Layers": names}]);
    let mut add = |name: &str, parts: &[&[u8]]| {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_mode(0o644);
        let size: usize = parts.iter().map(|part| part.len()).sum();
        header.set_size(size as u64);
        header.set_cksum();
        output.write_all(header.as_bytes())?;
        parts.iter().try_for_each(|part| output.write_all(part))?;
        output.write_all(&vec![0; size.wrapping_neg() % 512])
    };
    for (name, entries) in names.iter().zip(layers) {
        add(name, &[entries.as_flattened(), &[0; 1024]])?;
    }
    add("config", &[config.to_string().as_bytes()])?;
    add("manifest.json", &[manifest.to_string().as_bytes()])?;
    output.write_all(&[0; 1024])
}

/// The most memory that dp-size held while it read these layers, in bytes. It has all
/// figures before it prints the first record, and then waits for its reader: at that
/// moment the kernel is asked for the peak.
fn peak(layers: Layers) -> u64 {
    let mut child = Command::new(tool("dp-size"))
        // The records are more than a pipe holds.
        .args(["-q", "--archive", "-", "--name", &"x".repeat(120_000)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take().unwrap();
    let writer = thread::spawn(move || write(&layers, std::io::BufWriter::new(input)).unwrap());
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0]).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    output.read_to_end(&mut Vec::new()).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_million_entries_take_no_more_than_64_megabytes() {
    let half = ENTRIES / 2;
    let nothing = peak(vec![files(0, 1)]);
    for (what, layers) in [
        ("files", vec![files(0, ENTRIES)]),
        ("layers", (0..4).map(|n| files(n * half / 2, (n + 1) * half / 2)).collect()),
        ("overwritten", vec![files(0, half), files(0, half)]),
        ("removed", vec![files(0, ENTRIES), vec![header("usr/.wh.lib", "", b'0')]]),
        ("links", vec![linked()]),
    ] {
        let taken = peak(layers) - nothing;
        // Two runs over the same differ by less than a megabyte.
        let most = MOST * ENTRIES as u64 + (1 << 20);
        assert!(taken <= most, "{what}: {} bytes for each entry", taken / ENTRIES as u64);
    }
}
