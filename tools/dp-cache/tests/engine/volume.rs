//! A command with its volume empty, then filled.

use dp_record::{Outcome, Record};
use dp_testkit::{
    Docker, Ran, Signal, Snapshot, Tool, of_kind, processes_with, unique, wait_until,
};

use crate::project::{detail, scenario};

/// Takes a second and 3,000,000 bytes where nothing is there yet.
const COMMAND: &str = "[ -f /v/f ] || (sleep 1; head -c 3000000 /dev/zero > /v/f)";

fn dp_cache(volume: &str, command: &str, more: &[&str]) -> Tool {
    let args = ["--volume", volume, "--run", command, "dp-base/busybox"];
    Tool::new("dp-cache").args(args.iter().chain(more))
}

fn cache_records(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "cache").into_iter().cloned().collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_filled_volume_saves_what_fills_it_and_nothing_is_left() {
    let docker = Docker::new();
    let before = Snapshot::take(&docker);
    let ran = dp_cache("packages:/v", COMMAND, &["-r", "3"]).run().expect(0);
    before.assert_unchanged(&docker, "private volumes");
    let records = cache_records(&ran);
    let order: Vec<&str> = records.iter().map(scenario).collect();
    assert_eq!(order, ["empty", "filled", "empty", "filled", "empty", "filled"]);
    for pair in records.chunks(2) {
        let wall = |record: &Record| record.metrics.get("wall_seconds").unwrap();
        let (empty, filled) = (wall(&pair[0]), wall(&pair[1]));
        assert!(empty > 1.0, "{empty}");
        assert_eq!(pair[1].metrics.get("saved_seconds"), Some(empty - filled));
        assert_eq!(pair[1].metrics.get("saved_ratio"), Some(1.0 - filled / empty));
        for record in pair {
            let volume = detail(record).volume.clone().unwrap();
            assert_eq!((volume.bytes, volume.own), (Some(3_000_000), false));
            assert_eq!((volume.name.as_str(), volume.path.as_str()), ("packages", "/v"));
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_own_volume_is_the_filled_one_and_stays() {
    let docker = Docker::new();
    let name = unique("volume");
    docker.ok(&["volume", "create", &name]);
    let fill = format!("{name}:/v");
    docker.ok(&["run", "--rm", "-v", &fill, "dp-base/busybox", "sh", "-c", "echo mine > /v/mine"]);
    let before = Snapshot::take(&docker);
    // It fails unless the volume is empty, or has what the user put there.
    let command = "test \"$(ls /v)\" = \"\" || test \"$(cat /v/mine)\" = mine";
    let ran = dp_cache(&fill, command, &["--use-volume", "-r", "2"]).run().expect(0);
    let own: Vec<(String, bool)> = cache_records(&ran)
        .iter()
        .map(|record| (scenario(record).to_owned(), detail(record).volume.clone().unwrap().own))
        .collect();
    let each = [("empty".to_owned(), false), ("filled".to_owned(), true)];
    assert_eq!(own, [each.clone(), each].concat());
    before.assert_unchanged(&docker, "the user's volume");
    docker.ok(&["volume", "rm", &name]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_command_that_fails_is_a_record_with_its_exit_code() {
    let docker = Docker::new();
    let before = Snapshot::take(&docker);
    let ran = dp_cache("p:/v", "exit 3", &[]).run().expect(4);
    let records = cache_records(&ran);
    assert!(records.iter().all(|record| record.outcome == Outcome::Failed));
    let codes: Vec<&str> =
        records.iter().map(|record| record.error.as_ref().unwrap().code.as_str()).collect();
    assert_eq!(codes, ["nonzero_exit", "not_filled"]);
    before.assert_unchanged(&docker, "a command that fails");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stop_leaves_no_container_and_no_volume() {
    let docker = Docker::new();
    let before = Snapshot::take(&docker);
    let command = format!("sleep 300; echo {}", unique("endless"));
    let mut running = dp_cache("p:/v", &command, &[]).start();
    let is_inside = |line: &String| !line.contains("dp-cache");
    wait_until("it runs", || processes_with(&command).iter().any(is_inside));
    running.signal(Signal::INT);
    let _ = running.wait().expect(130);
    wait_until("it ends", || processes_with(&command).is_empty());
    before.assert_unchanged(&docker, "a stop");
}
