//! Engines that are none: servers which answer a ping and their version, each with its own name.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

/// An answer: status line, headers and body, as they go over the wire; an empty one hangs up.
pub(crate) type Answer = fn(request: &Request, name: &str) -> String;

/// What was asked for.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// Serves `name` on a Unix socket until the test process ends.
pub(crate) fn unix(path: &Path, name: &str, answer: Answer) {
    let listener = UnixListener::bind(path).unwrap();
    let name = name.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let name = name.clone();
            let reader = stream.try_clone().unwrap();
            thread::spawn(move || converse(reader, stream, &name, answer));
        }
    });
}

/// Serves `name` on a port of 127.0.0.1 until the test process ends.
pub(crate) fn tcp(name: &str, answer: Answer) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let name = name.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let name = name.clone();
            let reader = stream.try_clone().unwrap();
            thread::spawn(move || converse(reader, stream, &name, answer));
        }
    });
    port
}

/// Answers requests until the other side hangs up, or says what is no HTTP.
fn converse(reader: impl Read, mut writer: impl Write, name: &str, answer: Answer) {
    let mut reader = BufReader::new(reader);
    while let Some(request) = read(&mut reader) {
        let answer = answer(&request, name);
        if answer.is_empty() || writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
    let _ = writer.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

/// Reads the head of a request; the requests of these tests have no body.
fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut lines = reader.lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ');
    let request = Request { method: words.next()?.to_owned(), path: words.next()?.to_owned() };
    lines.find(String::is_empty).map(|_| request)
}

/// An engine with API 1.41 whose version is its name.
pub(crate) fn engine(request: &Request, name: &str) -> String {
    let body =
        if request.path.ends_with("/_ping") { "OK".to_owned() } else { version(name, "1.41") };
    ok(request, &body)
}

/// The body of `/version`.
pub(crate) fn version(name: &str, api: &str) -> String {
    format!(
        r#"{{"Version":"{name}","ApiVersion":"{api}","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64","Components":[]}}"#
    )
}

/// A good answer with that body, which a HEAD request does not get.
pub(crate) fn ok(request: &Request, body: &str) -> String {
    status(request, "200 OK", body)
}

/// An answer with that status and body.
pub(crate) fn status(request: &Request, status: &str, body: &str) -> String {
    let shown = if request.method == "HEAD" { "" } else { body };
    format!(
        "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{shown}",
        body.len()
    )
}
