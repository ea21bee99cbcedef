//! An engine that is not to be reached, and one that goes away.

use std::os::unix::net::UnixListener;

use dp_testkit::{OwnEngine, Relay, processes_with, wait_until};

use crate::site::{Site, builds, told};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_does_not_listen_is_told_in_one_line_with_status_3() {
    let site = Site::new("refused");
    site.write("Dockerfile", "FROM dp-base/busybox\nRUN echo UNIQUE\n");
    // A socket whose owner has gone refuses.
    drop(UnixListener::bind(site.path("refuses")).unwrap());
    for (socket, says) in [("none", "no such socket"), ("refuses", "connection refused")] {
        let host = format!("unix://{}", site.path(socket).display());
        for backend in ["auto", "buildx", "engine", "legacy"] {
            let ran = site.dp_build(backend, &["."]).env("DOCKER_HOST", &host).run().expect(3);
            assert_eq!(ran.stdout, "", "{backend}");
            assert_eq!(ran.stderr.lines().count(), 1, "{backend}: {}", ran.stderr);
            assert!(ran.stderr.contains(says), "{backend}: {}", ran.stderr);
        }
    }
}

/// Builds of every backend, and cold ones, where they can be undone.
const BUILDS: [(&str, &[&str]); 5] = [
    ("buildx", &[]),
    ("engine", &[]),
    ("legacy", &[]),
    ("buildx", &["--cold"]),
    ("engine", &["--cold"]),
];

/// Between dp-build and the engine stands a relay that hangs up while a step
/// runs: to dp-build the engine has died.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_dies_in_mid_build_is_told_and_all_that_was_printed_is_whole() {
    for (backend, options) in BUILDS {
        let site = Site::new("dying");
        let marker = format!("{}-step", site.name);
        site.write("Dockerfile", "FROM dp-base/busybox\nRUN : UNIQUE-step; sleep 600; :\n");
        let relay = Relay::new(site.path("engine.sock"));
        let tool = site.dp_build(backend, &[options, &["--discard", "UNIQUE=."]].concat());
        let running = tool.env("DOCKER_HOST", &relay.host()).start();
        let runs = || processes_with(&marker).iter().any(|line| line.contains("sleep 600"));
        wait_until("the step runs", runs);
        relay.cut();
        let ran = running.wait();
        wait_until("the engine has stopped the step", || !runs());
        assert!(matches!(ran.code, Some(3 | 4)), "{backend}: {ran:?}");
        let records = builds(&ran);
        assert!(options.is_empty() || records.len() == 1, "{backend} {options:?}: {ran:?}");
        for record in records {
            let error = record.error.as_ref().unwrap();
            assert_eq!(error.code, "engine_lost", "{backend}: {}", error.message);
        }
        // What the build says of it, and that the engine does not answer any more.
        assert!(told(&ran).len() <= 2, "{backend}: {}", ran.stderr);
        let words = ran.output();
        assert!(words.contains("engine_lost") || words.contains("engine at"), "{backend}: {words}");
    }
}

/// An engine of the test's own dies while a step runs. It leaves the
/// step's processes behind, and with it the images cannot be cleaned: 3, for the
/// engine is not to be reached.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_is_ended_in_mid_build_is_told() {
    for (backend, options) in BUILDS {
        let site = Site::new("ended");
        let marker = format!("{}-step", site.name);
        site.write("Dockerfile", "FROM dp-base/busybox\n\nRUN : UNIQUE-step; sleep 600; :\n");
        let data = tempfile::tempdir().unwrap();
        let Some(mut engine) = OwnEngine::start(data.path()) else { return };
        let tool = site.dp_build(backend, &[options, &["--discard", "UNIQUE=."]].concat());
        let running = tool.env("DOCKER_HOST", &engine.host()).start();
        let runs = || processes_with(&marker).iter().any(|line| line.contains("sleep 600"));
        wait_until("the step runs", runs);
        engine.kill();
        let ran = running.wait();
        let records = builds(&ran.expect(3));
        assert_eq!(records.len(), 1, "{backend} {options:?}");
        let error = records[0].error.as_ref().unwrap();
        assert_eq!(error.code, "engine_lost", "{backend}: {}", error.message);
    }
}
