//! Facts that the engine gathers while it tells its version.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

#[expect(dead_code, reason = "other tests need engines behind tcp too")]
mod fake;

use std::sync::Barrier;

use dp_engine::{Engine, Environment, Selection, resolve};
use fake::Request;

/// An engine that bears another id where the version is settled.
fn engine(request: &Request, api: &str, early: &str) -> String {
    match request.path.as_str() {
        "/_ping" => fake::ok(request, "OK"),
        "/version" => fake::ok(request, &fake::version("fake", api)),
        "/info" => fake::ok(request, early),
        path if path.starts_with("/v1.") && path.ends_with("/info") => {
            fake::ok(request, r#"{"ID":"settled"}"#)
        }
        _ => fake::status(request, "404 Not Found", r#"{"message":"page not found"}"#),
    }
}

const EARLY: &str = r#"{"ID":"early"}"#;

/// The id that the facts have.
async fn id(answer: fake::Answer) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    fake::unix(&path, "fake", answer);
    let selection = Selection { host: Some(path.to_str().unwrap().to_owned()), context: None };
    let endpoint = resolve(&selection, &Environment::default()).unwrap();
    let (engine, facts) = Engine::connect_with_facts(&endpoint).await.unwrap();
    assert_eq!(facts.engine_version, engine.version().version);
    facts.engine_id
}

#[tokio::test]
async fn facts_are_asked_for_before_the_version_is_told() {
    // Neither answer comes before both were asked for.
    static BOTH: Barrier = Barrier::new(2);
    let waiting = |request: &Request, _: &str| {
        if matches!(request.path.as_str(), "/version" | "/info") {
            BOTH.wait();
        }
        engine(request, "1.41", EARLY)
    };
    assert_eq!(id(waiting).await, "early");
}

#[tokio::test]
async fn what_an_engine_says_in_an_unknown_version_is_not_believed() {
    assert_eq!(id(|request, _| engine(request, "1.999", EARLY)).await, "settled");
}

#[tokio::test]
async fn facts_that_came_garbled_are_asked_for_again() {
    assert_eq!(id(|request, _| engine(request, "1.41", "<html>")).await, "settled");
}
