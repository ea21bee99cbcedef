//! Engines that refuse a build, or go away during one.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use dp_builds::backend::{api, legacy};
use dp_builds::{
    BuildOptions, BuildRequest, BuildRun, Context, Dockerfile, Failure, FailureCode, Keep,
};
use dp_engine::{Engine, EngineError, Environment, Selection, resolve};
use tempfile::TempDir;

const OPEN: &str = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
const STEP: &str = r#"{"stream":"Step 1/1 : FROM x"}"#;

/// An engine with API 1.41 that says these things to sessions and to builds, byte for byte, and
/// then hangs up.
struct Fake {
    folder: TempDir,
    engine: Engine,
}

impl Fake {
    async fn new(session: &'static str, build: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let build = build.clone();
                thread::spawn(move || serve(stream, session, &build));
            }
        });
        let host = format!("unix://{}", socket.display());
        let selection = Selection { host: Some(host), ..Selection::default() };
        let endpoint = resolve(&selection, &Environment::default()).unwrap();
        Self { engine: Engine::connect(&endpoint).await.unwrap(), folder }
    }

    async fn build(&self, old: bool) -> Result<BuildRun, EngineError> {
        let options = BuildOptions::default();
        let request = BuildRequest {
            context: Context { folder: self.folder.path(), filter: &|_, _| Keep::Nothing },
            dockerfile: Dockerfile { text: b"FROM x\n", name: "Dockerfile", ..Default::default() },
            options: &options,
        };
        if old {
            legacy::run(&self.engine, &request, &[], &|| false, &mut |_| {}).await
        } else {
            api::run(&self.engine, &request, &|| false, &mut |_| {}).await
        }
    }
}

fn serve(stream: UnixStream, session: &str, build: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let lines = reader.by_ref().lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        if first.contains("/session") {
            let _ = writer.write_all(session.as_bytes());
            // It stays open as long as the client wants.
            let _ = reader.read_to_end(&mut Vec::new());
            return;
        }
        if first.contains("/build?") {
            let is_chunked =
                head.iter().any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked"));
            if is_chunked {
                let mut lines = reader.by_ref().lines().map_while(Result::ok);
                lines.find(|line| line == "0");
            }
            let _ = writer.write_all(build.as_bytes());
            return;
        }
        let version =
            r#"{"Version":"0","ApiVersion":"1.41","MinAPIVersion":"1.12","Arch":"amd64"}"#;
        let body = if first.contains("_ping") { "OK" } else { version };
        let length = body.len();
        let _ = write!(writer, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    }
}

fn chunk(line: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{line}\n\r\n",
        line.len() + 1
    )
}

fn failure(run: &BuildRun) -> Failure {
    assert!(!run.succeeded && !run.cancelled);
    Failure::of(&run.trace, &run.text, false)
}

#[tokio::test]
async fn a_refused_build_is_a_failed_build_in_the_engine_s_words() {
    let body = r#"{"message":"dockerfile parse error line 1: unknown instruction: FORM"}"#;
    let answer =
        format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    for old in [false, true] {
        let run = Fake::new(OPEN, answer.clone()).await.build(old).await.unwrap();
        let failure = failure(&run);
        assert_eq!((failure.code, failure.line), (FailureCode::DockerfileInvalid, Some(1)));
    }
}

#[tokio::test]
async fn an_engine_that_dies_during_a_build_is_lost() {
    for old in [false, true] {
        let run = Fake::new(OPEN, chunk(STEP)).await.build(old).await.unwrap();
        assert_eq!(failure(&run).code, FailureCode::EngineLost, "{:?}", run.text);
    }
}

#[tokio::test]
async fn an_engine_that_says_nothing_at_all_is_an_error() {
    for old in [false, true] {
        let error = Fake::new(OPEN, String::new()).await.build(old).await.unwrap_err();
        assert!(matches!(error, EngineError::Lost { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_engine_without_sessions_is_an_error() {
    let none =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n\r\n{\"message\":\"page not found\"}";
    let error = Fake::new(none, String::new()).await.build(false).await.unwrap_err();
    let EngineError::Refused { status, message, doing } = error else { panic!("{error}") };
    assert_eq!(
        (status, message.as_str(), doing.as_str()),
        (404, "page not found", "opening a build session")
    );
}

#[tokio::test]
async fn a_whole_answer_without_an_error_is_a_success() {
    for old in [false, true] {
        let whole = chunk(r#"{"stream":"done"}"#) + "0\r\n\r\n";
        let run = Fake::new(OPEN, whole).await.build(old).await.unwrap();
        assert!(run.succeeded);
        assert_eq!(run.text, ["done"]);
    }
}
