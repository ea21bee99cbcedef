//! The export of a fake engine that ends its answer late.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;

use clap::Parser as _;
use dp_engine::Engine;
use dp_engine::endpoint::{Environment, Selection, resolve};
use dp_engine::image::ImageFacts;
use dp_session::block_on;
use dp_tool::{Progress, Stop};

use super::export;
use crate::archive::pack_test::{bundle, saved};
use crate::args::Args;
use crate::content::ContentRequests;
use crate::tree::builder::file;

/// A reader that waits for the end of the answer for so long gets an error.
const PATIENCE: Duration = Duration::from_secs(30);

const VERSION: &str = r#"{"Version": "20.10", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}"#;

/// Answers one request. The export goes out in pieces as an engine's does, and
/// its answer ends only when the other side hangs up.
fn answer(mut stream: UnixStream, archive: &[u8]) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let Some(request) = head.first() else { return };
    if !request.contains("/get ") {
        let body = if request.contains("/_ping ") { "OK" } else { VERSION };
        let length = body.len();
        let close = "Connection: close";
        write!(stream, "HTTP/1.1 200 OK\r\n{close}\r\nContent-Length: {length}\r\n\r\n{body}")
            .unwrap();
        return;
    }
    write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    for piece in archive.chunks(1 << 15) {
        write!(stream, "{:x}\r\n", piece.len()).unwrap();
        stream.write_all(piece).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.read(&mut [0]);
}

#[test]
fn an_archive_that_has_ended_is_not_waited_for() {
    let archive = bundle(&saved(&[vec![file("a", 100_000)], vec![file("b", 300_000)]], "app:1"));
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let archive = archive.clone();
            thread::spawn(move || answer(stream, &archive));
        }
    });
    let host = Some(format!("unix://{}", socket.display()));
    let endpoint = resolve(&Selection { host, context: None }, &Environment::default()).unwrap();
    let args = Args::try_parse_from(["dp-size", "--quiet", "app"]).unwrap();
    let progress = Progress::new("dp-size", &args.output);
    let image = ImageFacts { id: "sha256:1".to_owned(), ..ImageFacts::default() };
    let read = block_on(async {
        let engine = Engine::connect(&endpoint).await?;
        let (requests, stop) = (ContentRequests::nothing(), Stop::default());
        Ok(export(&engine, &image, requests, &stop, &progress).await?)
    });
    let images = read.unwrap().images;
    assert_eq!(images.iter().map(|one| one.config.diff_ids.len()).collect::<Vec<_>>(), [2]);
}
