//! What people see while a long reading goes on: a line on their terminal.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod pack;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use dp_testkit::{tool, wait_until};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use pack::tar;

/// A terminal: its name, and what was written to it.
fn terminal() -> (File, Arc<Mutex<String>>) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let seen = Arc::new(Mutex::new(String::new()));
    let (mut master, seeing) = (File::from(master), Arc::clone(&seen));
    // A terminal that no process writes to any more returns an error.
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = master.read(&mut piece) {
            seeing.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    });
    (slave, seen)
}

/// What docker save writes of two layers of 12 MB.
fn archive() -> Vec<u8> {
    let layer = tar(&[("file", &vec![b'x'; 12_000_000])]);
    let config = json!({"rootfs": {"diff_ids": ["sha256:0", "sha256:1"]}}).to_string();
    let manifest = json!([{"Config": "config", "Layers": ["one", "two"]}]).to_string();
    tar(&[
        ("one", &layer[..]),
        ("two", &layer),
        ("config", config.as_bytes()),
        ("manifest.json", manifest.as_bytes()),
    ])
}

#[test]
fn a_long_reading_shows_how_far_it_came() {
    let (slave, seen) = terminal();
    let mut child = Command::new(tool("dp-size"))
        .args(["--archive", "-"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(slave)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = archive();
    let shows = |text: &str| seen.lock().unwrap().contains(text);
    // It waits for more while we look.
    input.write_all(&bytes[..10_000_000]).unwrap();
    wait_until("8 MB were shown", || shows("-: 8 MB read, 0 layers"));
    input.write_all(&bytes[10_000_000..20_000_000]).unwrap();
    wait_until("a layer was shown", || shows("MB read, 1 layers"));
    input.write_all(&bytes[20_000_000..]).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}
