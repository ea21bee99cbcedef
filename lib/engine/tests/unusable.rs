//! Engines that cannot be used: each is told by its own message, with the way out.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

#[path = "reach/child.rs"]
mod child;
mod fake;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;

use dp_engine::{Engine, EngineError, Environment, ErrorKind, Selection, resolve};
use fake::Request;

/// The user "nobody" of every Linux.
const NOBODY: u32 = 65534;

/// The error of connecting to a host.
async fn error(host: &str) -> EngineError {
    let selection = Selection { host: Some(host.to_owned()), context: None };
    let endpoint = resolve(&selection, &Environment::default()).unwrap();
    let error = Engine::connect(&endpoint).await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

/// The message for a fake engine that answers so, with `SOCKET` for its address.
async fn message(answer: fake::Answer) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    fake::unix(&path, "fake", answer);
    let url = format!("unix://{}", path.display());
    let error = error(&url).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    error.to_string().replace(&url, "SOCKET")
}

#[tokio::test]
async fn a_missing_socket_is_told_with_how_to_start_an_engine() {
    let error = error("unix:///nowhere/docker.sock").await;
    assert_eq!(
        error.to_string(),
        "no engine at unix:///nowhere/docker.sock: no such socket (is the engine running? start \
         it, or choose another with --host or --context)"
    );
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_socket_without_listener_is_told_as_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dead.sock");
    drop(UnixListener::bind(&path).unwrap());
    let error = error(path.to_str().unwrap()).await;
    assert!(
        matches!(&error, EngineError::Down { reason, .. } if reason == "connection refused"),
        "{error}"
    );
}

#[tokio::test]
async fn an_old_engine_is_told_with_the_version_that_is_needed() {
    let old = |request: &Request, name: &str| match request.path.as_str() {
        "/_ping" => fake::ok(request, "OK"),
        _ => fake::ok(request, &fake::version(name, "1.40")),
    };
    assert_eq!(
        message(old).await,
        "engine fake at SOCKET is too old: it has API 1.40, dp needs 1.41 (Docker 20.10 or newer)"
    );
}

#[tokio::test]
async fn a_web_server_is_not_taken_for_an_engine() {
    let web = |request: &Request, _: &str| fake::status(request, "404 Not Found", "<h1>\nno</h1>");
    assert_eq!(
        message(web).await,
        "not a docker engine at SOCKET: it answers with status 404: <h1> (check --host, \
         DOCKER_HOST and the context)"
    );
}

#[tokio::test]
async fn a_web_server_that_answers_everything_is_not_taken_for_an_engine() {
    let polite = |request: &Request, _: &str| fake::ok(request, "<html>welcome</html>");
    assert_eq!(
        message(polite).await,
        "not a docker engine at SOCKET: it answers a ping with \"<html>welcome</html>\" (check \
         --host, DOCKER_HOST and the context)"
    );
}

#[tokio::test]
async fn an_answer_without_versions_is_not_taken_for_an_engine() {
    let empty = |request: &Request, _: &str| match request.path.as_str() {
        "/_ping" => fake::ok(request, "OK"),
        _ => fake::ok(request, "{}"),
    };
    let text = message(empty).await;
    assert!(text.starts_with("not a docker engine at SOCKET: it answers, but names no"), "{text}");
    let garbled = |request: &Request, _: &str| fake::ok(request, "OK");
    let text = message(garbled).await;
    assert!(text.starts_with("not a docker engine at SOCKET: its version is unreadable"), "{text}");
}

#[tokio::test]
async fn what_speaks_no_http_is_not_taken_for_an_engine() {
    let text = message(|_, _| "220 mail ready\r\n".to_owned()).await;
    assert!(text.starts_with("not a docker engine at SOCKET: "), "{text}");
}

#[tokio::test]
async fn an_engine_that_is_only_starting_is_told_as_not_running() {
    let starting = |request: &Request, _: &str| {
        fake::status(request, "503 Service Unavailable", r#"{"message":"starting\nup"}"#)
    };
    assert_eq!(
        message(starting).await,
        "no engine at SOCKET: it answers with status 503: starting (is the engine running? start \
         it, or choose another with --host or --context)"
    );
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_never_answers_is_given_up_in_bounded_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hung.sock");
    // Connections are queued and never taken.
    let _listener = UnixListener::bind(&path).unwrap();
    let error = error(path.to_str().unwrap()).await;
    assert!(matches!(error, EngineError::NoAnswer { seconds: 45, .. }), "{error}");
}

/// An engine that has one image and trouble with the others.
fn troubled(request: &Request, name: &str) -> String {
    match request.path.as_str() {
        "/v1.41/images/lost/json" => String::new(),
        "/v1.41/images/refused/json" => fake::status(
            request,
            "500 Internal Server Error",
            r#"{"message":"no \u001b[31mspace\nleft"}"#,
        ),
        "/v1.41/images/garbled/json" => fake::ok(request, r#"{"Id":5}"#),
        "/v1.41/images/good/json" => fake::ok(request, r#"{"Id":"sha256:0"}"#),
        _ => fake::engine(request, name),
    }
}

#[tokio::test]
async fn a_call_that_fails_is_told_with_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    fake::unix(&path, "fake", troubled);
    let selection = Selection { host: path.to_str().map(str::to_owned), context: None };
    let endpoint = resolve(&selection, &Environment::default()).unwrap();
    let engine = Engine::connect(&endpoint).await.unwrap();
    assert_eq!(engine.inspect("good").await.unwrap().id, "sha256:0");
    let lost = engine.inspect("lost").await.unwrap_err();
    let start = format!("lost the engine at unix://{} while inspecting lost: ", path.display());
    assert!(lost.to_string().starts_with(&start), "{lost}");
    assert_eq!(lost.kind(), ErrorKind::Unreachable);
    let refused = engine.inspect("refused").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the engine refused inspecting refused: no [31mspace (status 500)"
    );
    let garbled = engine.inspect("garbled").await.unwrap_err();
    assert!(matches!(garbled, EngineError::BadAnswer { .. }), "{garbled}");
    assert_eq!((refused.kind(), garbled.kind()), (ErrorKind::Engine, ErrorKind::Engine));
    // The engine goes away between two calls.
    fs::remove_file(&path).unwrap();
    let gone = engine.inspect("good").await.unwrap_err();
    assert!(matches!(gone, EngineError::Down { .. }), "{gone}");
}

#[test]
fn a_socket_that_belongs_to_others_is_told_with_the_docker_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    fake::unix(&path, "fake", fake::engine);
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    let said = said_to_nobody(folder.path(), &path);
    assert_eq!(
        said,
        format!(
            "permission denied on unix://{} (add yourself to the docker group, or use sudo)",
            path.display()
        )
    );
}

/// What dp says of the socket to a user without rights: root may connect everywhere, so root
/// starts the child as nobody.
fn said_to_nobody(folder: &Path, socket: &Path) -> String {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let binary = folder.join("test");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    let report = folder.join("open/report");
    fs::create_dir(folder.join("open")).unwrap();
    fs::set_permissions(folder.join("open"), Permissions::from_mode(0o777)).unwrap();
    let mut command = child::command(&binary, &report);
    command.env("DOCKER_HOST", format!("unix://{}", socket.display())).current_dir(folder);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    child::outcome(&mut command, &report).said
}

#[test]
fn without_the_docker_cli_a_tcp_engine_is_told_with_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let host = format!("127.0.0.1:{}", fake::tcp("there", fake::engine));
    let mut command = child::command(&std::env::current_exe().unwrap(), &report);
    command.env("DOCKER_HOST", host).env("PATH", folder.path());
    assert_eq!(
        child::outcome(&mut command, &report).said,
        "no docker on PATH (install the docker CLI: it is needed for engines behind tcp, TLS and \
         ssh)"
    );
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn the_engine_of_this_environment_is_the_one_that_docker_reaches() {
    child::run();
}
