//! The engine's API without dp: what the same answers cost to read.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How much is read at once.
const PIECE: usize = 1 << 17;

/// The socket of the engine.
pub(crate) fn socket() -> String {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    host.strip_prefix("unix://").unwrap_or("/var/run/docker.sock").to_owned()
}

/// Asks for a path and reads all of the answer; its length and its first line.
fn get(path: &str) -> (u64, String) {
    let mut stream = UnixStream::connect(socket()).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n").unwrap();
    let (mut piece, mut bytes, mut head) = (vec![0; PIECE], 0, String::new());
    loop {
        let count = stream.read(&mut piece).unwrap();
        if count == 0 {
            return (bytes, head);
        }
        if bytes == 0 {
            let text = String::from_utf8_lossy(&piece[..count.min(100)]).into_owned();
            text.lines().next().unwrap_or("").clone_into(&mut head);
        }
        bytes += count as u64;
    }
}

/// The export of an image, to nowhere.
pub(crate) fn drain(image: &str) -> Duration {
    let start = Instant::now();
    let (bytes, head) = get(&format!("/images/{image}/get"));
    assert!(head.contains(" 200 ") && bytes > 1_000_000_000, "{head}, {bytes} bytes");
    start.elapsed()
}

/// The paths that a command asks an engine for, by listening in between.
pub(crate) fn calls(command: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    // It ends with this process: nobody connects any more.
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let hearing = Arc::clone(&hearing);
            thread::spawn(move || between(client, &hearing));
        }
    });
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).env("DOCKER_HOST", format!("unix://{}", path.display()));
    child.stdin(Stdio::null()).stdout(Stdio::null());
    assert!(child.status().unwrap().success());
    let heard = heard.lock().unwrap();
    let text = String::from_utf8_lossy(&heard).into_owned();
    let paths = text.lines().filter_map(|line| line.strip_prefix("GET "));
    let paths: Vec<String> =
        paths.filter_map(|rest| Some(rest.split_once(' ')?.0.to_owned())).collect();
    assert!(!paths.is_empty());
    paths
}

fn between(client: UnixStream, hearing: &Mutex<Vec<u8>>) {
    let engine = UnixStream::connect(socket()).unwrap();
    let (mut answers, mut back) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut answers, &mut back));
    let (mut client, mut engine, mut piece) = (client, engine, vec![0; PIECE]);
    while let Ok(count @ 1..) = client.read(&mut piece) {
        hearing.lock().unwrap().extend_from_slice(&piece[..count]);
        if engine.write_all(&piece[..count]).is_err() {
            break;
        }
    }
}

/// Asks for all of these, one after the other.
pub(crate) fn replay(paths: &[String]) -> Duration {
    let start = Instant::now();
    for path in paths {
        let (_, head) = get(path);
        assert!(head.contains(" 200 "), "{path}: {head}");
    }
    start.elapsed()
}
