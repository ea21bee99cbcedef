//! Jobs that fail, each with its code, without metrics, and nothing left.

use dp_record::{Outcome, Record};
use dp_testkit::{Load, Tool, batch, groups_of, left, unique, wait_until};

use crate::job::{dp_stats, stats};

#[track_caller]
fn failed(load: &Load, options: &[&str], words: &[&str]) -> Record {
    let records = stats(&dp_stats(load, options, words).run().expect(4));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].outcome, Outcome::Failed);
    assert!(records[0].metrics.is_empty());
    assert!(left(&load.docker, &load.image).is_empty());
    assert_eq!(groups_of(batch(&records[0])), Vec::<String>::new());
    records[0].clone()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_way_to_fail_has_its_own_code() {
    let load = Load::new();
    for (options, words, code) in [
        (&[][..], &["nonsense"][..], "nonzero_exit"),
        (&["--entrypoint", "/nope"], &[], "no_such_command"),
        (&["--network", "dp-no-such-network"], &[], "no_such_network"),
        (&["--for", "60s"], &["end"], "ended_early"),
        (&["--for", "1s", "--ready", "http=8080/"], &["end"], "exited"),
        (&["--for", "1s", "--ready", "log=never", "--timeout", "300ms"], &[], "not_ready"),
    ] {
        let record = failed(&load, options, words);
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, code, "{options:?}: {error:?}");
    }
    let record = failed(&load, &[], &["nonsense"]);
    let error = record.error.unwrap();
    assert_eq!(error.log, ["unknown word: nonsense"]);
    assert_eq!(error.partial.unwrap()["exit_code"], 97);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_job_that_somebody_removes_is_told() {
    let load = Load::new();
    let running = dp_stats(&load, &[], &["wait=600000"]).start();
    wait_until("it runs", || {
        !load.docker.ok(&["ps", "--quiet", "--filter", &filter(&load)]).is_empty()
    });
    for id in left(&load.docker, &load.image) {
        load.docker.ok(&["rm", "--force", &id]);
    }
    let records = stats(&running.wait().expect(4));
    assert_eq!(records[0].error.as_ref().unwrap().code, "container_removed");
}

pub(crate) fn filter(load: &Load) -> String {
    format!("ancestor={}", load.image)
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_name_that_means_nothing_fails_and_the_others_are_measured() {
    let load = Load::new();
    let missing = unique("missing");
    let args = ["-q", &missing, &load.image, "--", "end"];
    let records = stats(&Tool::new("dp-stats").args(args).run().expect(4));
    assert_eq!(records.len(), 2);
    let of = |name: &str| {
        records.iter().find(|one| one.subject.as_ref().unwrap().name == name).unwrap().outcome
    };
    assert_eq!((of(&missing), of(&load.image)), (Outcome::Failed, Outcome::Ok));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn values_that_were_given_stand_in_no_record() {
    let load = Load::new();
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples.jsonl");
    let options = ["-e", "TOKEN=can4ry-value", "--samples-out", samples.to_str().unwrap()];
    let ran = dp_stats(&load, &options, &["wait=300", "can4ry-value"]).run().expect(4);
    assert!(!ran.output().contains("can4ry-value"), "{ran:?}");
    assert!(ran.stdout.contains("unknown word: ***"), "{ran:?}");
    assert!(!std::fs::read_to_string(samples).unwrap().contains("can4ry-value"));
}
