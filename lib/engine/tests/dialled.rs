//! Engines behind TCP, TLS and ssh, reached through `docker system dial-stdio`.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

#[path = "reach/child.rs"]
mod child;
mod fake;
mod openssl;

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use dp_engine::{Endpoint, Engine, EngineError, Environment, Selection, resolve};
use fake::Request;

/// How long a condition may take that is sure to come.
const SOON: Duration = Duration::from_secs(20);

fn endpoint(host: &str, certificates: Option<&Path>) -> Endpoint {
    let selection = Selection { host: Some(host.to_owned()), context: None };
    let environment = Environment {
        tls_verify: certificates.map(|_| "1".into()),
        cert_path: certificates.map(Path::to_owned),
        ..Environment::default()
    };
    resolve(&selection, &environment).unwrap()
}

/// The reason and the advice of a connection that the docker CLI could not make.
async fn refusal(endpoint: &Endpoint) -> (String, &'static str) {
    match Engine::connect(endpoint).await {
        Err(EngineError::Dial { reason, advice, .. }) => (reason, advice),
        other => panic!("{other:?}"),
    }
}

/// A port of 127.0.0.1 where nobody listens.
fn dead_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test]
#[ignore = "needs the docker CLI: make test-engine"]
async fn a_refused_connection_is_told_in_the_words_of_the_docker_cli() {
    let (reason, advice) = refusal(&endpoint(&format!("127.0.0.1:{}", dead_port()), None)).await;
    assert!(reason.contains("connection refused"), "{reason}");
    assert!(advice.starts_with("is the engine running?"), "{advice}");
}

#[tokio::test]
#[ignore = "needs the docker CLI and openssl: make test-engine"]
async fn an_engine_behind_tls_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let version = fake::version("behind tls", "1.41");
    for (path, body) in [("_ping", "OK"), ("version", &version)] {
        let request = Request { method: "GET".into(), path: path.into() };
        fs::write(folder.path().join(path), fake::ok(&request, body)).unwrap();
    }
    let server = openssl::Server::start(folder.path());
    let engine = Engine::connect(&endpoint(&server.address, Some(folder.path()))).await.unwrap();
    assert_eq!(engine.version().version, "behind tls");
}

#[tokio::test]
#[ignore = "needs the docker CLI and openssl: make test-engine"]
async fn tls_to_a_plain_port_is_told_with_the_certificates() {
    let folder = tempfile::tempdir().unwrap();
    openssl::certificate(folder.path());
    let port = fake::tcp("plain", fake::engine);
    let endpoint = endpoint(&format!("127.0.0.1:{port}"), Some(folder.path()));
    let (reason, advice) = refusal(&endpoint).await;
    assert!(reason.contains("tls"), "{reason}");
    assert!(advice.contains("DOCKER_CERT_PATH"), "{advice}");
}

#[tokio::test]
#[ignore = "needs the docker CLI and ssh: make test-engine"]
async fn a_failing_ssh_is_told_with_what_to_try() {
    // The docker CLI mostly repeats ssh's own words, but loses them to its own broken pipe at times.
    let endpoint = endpoint(&format!("ssh://127.0.0.1:{}", dead_port()), None);
    let (reason, advice) = refusal(&endpoint).await;
    assert!(!reason.is_empty());
    assert!(advice.contains("ssh to that host"), "{advice}");
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn an_engine_behind_ssh_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine.sock");
    fake::unix(&socket, "behind ssh", fake::engine);
    // What the far side of ssh would run.
    let script =
        format!("#!/bin/sh\nexec docker --host unix://{} system dial-stdio\n", socket.display());
    let ssh = folder.path().join("ssh");
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, Permissions::from_mode(0o755)).unwrap();
    let mut path = folder.path().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let report = folder.path().join("report");
    let mut command = child::command(&std::env::current_exe().unwrap(), &report);
    command.env("DOCKER_HOST", "ssh://far.example").env("PATH", path);
    let outcome = child::outcome(&mut command, &report);
    assert_eq!(outcome.reached.as_deref(), Some("behind ssh"), "{outcome}");
}

#[tokio::test]
#[ignore = "needs the docker CLI: make test-engine"]
async fn no_child_is_left_when_the_calls_are_done() {
    let port = fake::tcp("t", fake::engine);
    let endpoint = endpoint(&format!("127.0.0.1:{port}"), None);
    for _ in 0..3 {
        Engine::connect(&endpoint).await.unwrap();
    }
    let gone = async {
        while !children().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.unwrap_or_else(|_| panic!("left: {:?}", children()));
}

#[tokio::test]
#[ignore = "needs the docker CLI: make test-engine"]
async fn a_call_that_is_given_up_takes_its_connection_along() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, closed) = mpsc::channel();
    let (asked, mut has_asked) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        use std::io::Read;
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        asked.blocking_send(()).unwrap();
        // Never answered; ends when the other side hangs up.
        sender.send(stream.read(&mut request).map_or(0, |n| n)).unwrap();
    });
    let endpoint = endpoint(&format!("127.0.0.1:{port}"), None);
    tokio::select! {
        result = Engine::connect(&endpoint) => panic!("{result:?}"),
        asked = has_asked.recv() => assert!(asked.is_some()),
    }
    let closed = tokio::task::spawn_blocking(move || closed.recv_timeout(SOON)).await.unwrap();
    assert_eq!(closed, Ok(0));
}

/// The command names of this process's children, zombies too.
fn children() -> Vec<String> {
    let me = std::process::id().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .filter_map(|stat| {
            // pid (name) state parent ...
            let (name, rest) = stat.split_once(" (")?.1.rsplit_once(") ")?;
            (rest.split(' ').nth(1) == Some(me.as_str())).then(|| name.to_owned())
        })
        .collect()
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn the_engine_of_this_environment_is_the_one_that_docker_reaches() {
    child::run();
}
