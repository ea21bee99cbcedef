//! An engine that goes away while a container is watched.

use dp_testkit::{
    BASE, Load, OwnEngine, Relay, Tool, batch, left, remove_groups, shown_elsewhere, wait_until,
};

use crate::failures::filter;
use crate::job::{dp_stats, is_watching, stats};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_hangs_up_is_told_with_what_may_be_left() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::new(folder.path().join("started"));
    let tool = dp_stats(&load, &[], &["wait=600000"]);
    let running = tool.env("DOCKER_HOST", &relay.host()).start();
    let runs = || !load.docker.ok(&["ps", "--quiet", "--filter", &filter(&load)]).is_empty();
    wait_until("it runs", runs);
    relay.cut();
    let ran = running.wait().expect(3);
    let records = stats(&ran);
    assert_eq!(records[0].error.as_ref().unwrap().code, "engine_lost");
    assert!(ran.stderr.contains("may be left (make clean-engine removes them)"), "{ran:?}");
    for id in left(&load.docker, &load.image) {
        load.docker.ok(&["rm", "--force", &id]);
    }
    remove_groups(batch(&records[0]));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_ran_before_runs_on_when_the_engine_hangs_up() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let id = load.run(&[], &["memory=8"]);
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::new(folder.path().join("running"));
    let tool = Tool::new("dp-stats").args(["-q", &id, "--until-exit"]);
    let running = tool.env("DOCKER_HOST", &relay.host()).start();
    wait_until("it is watched", || is_watching(&running, &id));
    relay.cut();
    let ran = running.wait().expect(3);
    let error = stats(&ran)[0].error.clone().unwrap();
    assert_eq!(error.code, "engine_lost");
    assert_eq!(load.docker.ok(&["inspect", "--format", "{{.State.Running}}", &id]).trim(), "true");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_dies_in_mid_run_is_told() {
    if shown_elsewhere() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let Some(mut engine) = OwnEngine::start(data.path()) else { return };
    let running = Tool::new("dp-stats")
        .args(["-q", BASE, "--", "sleep", "600"])
        .env("DOCKER_HOST", &engine.host())
        .start();
    wait_until("the container runs", || !engine.docker(&["ps", "--quiet"]).stdout.is_empty());
    engine.kill();
    let ran = running.wait().expect(3);
    let records = stats(&ran);
    assert_eq!(records[0].error.as_ref().unwrap().code, "engine_lost");
    drop(engine);
    remove_groups(batch(&records[0]));
}
