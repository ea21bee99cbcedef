//! An engine that goes away while a container is waited for.

use dp_testkit::{
    BASE, OwnEngine, Ran, Relay, Tool, Truth, batch, remove_groups, shown_elsewhere, wait_until,
};

use crate::service::{dp_start, left, starts};

#[track_caller]
fn assert_lost(ran: &Ran) {
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let records = starts(ran);
    assert_eq!(records.len(), 1, "{ran:?}");
    assert_eq!(records[0].error.as_ref().unwrap().code, "engine_lost");
    assert!(ran.stderr.contains("may be left (make clean-engine removes them)"), "{}", ran.stderr);
}

/// Between dp-start and the engine stands a relay that hangs up.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_hangs_up_is_told_with_what_may_be_left() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("ready", ["--ready", "http=8080/"]), ("hold", ["--hold", "600s"])] {
        let relay = Relay::new(folder.path().join(name));
        truth.forget();
        let tool = dp_start(&truth, &options, &["listen=0", "answer=600000"]);
        let running = tool.env("DOCKER_HOST", &relay.host()).start();
        wait_until("the container works", || !truth.stamps("listen").is_empty());
        relay.cut();
        let ran = running.wait();
        assert_lost(&ran);
        let there = left(&truth);
        assert_eq!(there.len(), 1);
        for id in there {
            truth.docker.ok(&["rm", "--force", &id]);
        }
        for one in &starts(&ran) {
            remove_groups(batch(one));
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_is_ended_in_mid_run_is_told() {
    if shown_elsewhere() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let Some(mut engine) = OwnEngine::start(data.path()) else { return };
    let running = Tool::new("dp-start")
        .args(["-q", BASE, "--ready", "log=never", "--", "sleep", "600"])
        .env("DOCKER_HOST", &engine.host())
        .start();
    wait_until("the container runs", || !engine.docker(&["ps", "--quiet"]).stdout.is_empty());
    engine.end();
    let ran = running.wait();
    // An engine that ends in good order stops its containers first, and says so.
    let code = starts(&ran).first().and_then(|one| one.error.clone()).unwrap().code;
    assert!(["engine_lost", "exited"].contains(&code.as_str()), "{ran:?}");
    assert!(matches!(ran.code, Some(3 | 4)), "{ran:?}");
    drop(engine);
    for one in &starts(&ran) {
        remove_groups(batch(one));
    }
}
