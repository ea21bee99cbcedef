//! A command before each build.

use std::fs;
use std::process::Command;

use dp_record::{Outcome, Record};
use dp_testkit::{Signal, Snapshot, processes_with, shown_elsewhere, wait_until};
use jiff::Timestamp;

use crate::project::{Project, builds};
use crate::steps::{count, counts, step};

const DOCKERFILE: &str = "FROM dp-base/busybox\nWORKDIR /UNIQUE\nCOPY stamp .\nRUN cat stamp\n";

/// Two folders with the same files.
fn project() -> Project {
    let project = Project::empty("prepare");
    for folder in ["one", "two"] {
        project.write(&format!("{folder}/Dockerfile"), DOCKERFILE);
        project.write(&format!("{folder}/stamp"), "UNIQUE");
    }
    project
}

/// Neither subject finds what the other one built in the same round.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_build_of_every_subject_finds_another_change() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let prepare = ["--prepare", "echo $DP_RUN > stamp; echo $DP_NAME >> ../calls; echo no record"];
    let args = ["one", "two", "--discard", "--scenario", "code", "-w", "1", "-r", "3"];
    let records = project.measure(&[&args[..], &prepare].concat());
    assert_eq!(records.len(), 8);
    for record in records.iter().filter(|record| !record.is_warmup()) {
        assert_eq!(counts(record), [3, 1, 2]);
        assert_eq!(step(record, "WORKDIR").state, "cached");
    }
    let calls = fs::read_to_string(project.context.path().join("calls")).unwrap();
    let names: Vec<_> = records.iter().map(|one| one.subject.clone().unwrap().name).collect();
    assert_eq!(calls.lines().collect::<Vec<_>>(), names);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_build_begins_when_it_has_ended_and_the_context_is_measured_then() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let prepare = "head -c 5000 /dev/zero > stamp";
    let records = project.measure(&["one", "--discard", "--prepare", prepare]);
    let dockerfile = DOCKERFILE.replace("UNIQUE", &project.name).len();
    assert_eq!(count(&records[0], "context_bytes"), 5000 + u32::try_from(dockerfile).unwrap());
    let written = fs::metadata(project.context.path().join("one/stamp")).unwrap().modified();
    assert!(records[0].at > Timestamp::try_from(written.unwrap()).unwrap());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_build_that_was_not_prepared_is_a_failed_record_and_the_others_go_on() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let before = Snapshot::take(&project.docker);
    let prepare = ["--prepare", "test \"$DP_NAME\" = two || exit 7"];
    let args = ["one", "two", "--discard", "-r", "2", "--seed", "1"];
    let ran = project.dp_build(&[&args[..], &prepare].concat()).run().expect(4);
    let records = builds(&ran.records());
    let of = |name: &str| {
        let is = |one: &&Record| one.subject.as_ref().unwrap().name == name;
        records.iter().filter(is).collect::<Vec<_>>()
    };
    let (failed, good) = (of("one"), of("two"));
    assert_eq!((failed.len(), good.len()), (1, 2));
    let error = failed[0].error.as_ref().unwrap();
    assert_eq!(error.code, "prepare_failed");
    assert!(error.message.starts_with("the prepare command failed: exit code 7"), "{error:?}");
    assert!(failed[0].metrics.is_empty());
    assert!(good.iter().all(|record| record.outcome == Outcome::Ok));
    assert_eq!(Snapshot::take(&project.docker).images, before.images);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_ends_it() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    // A shell that waits for nobody; its command line has the word.
    let prepare = format!("read {} < pipe", project.name.replace('-', "_"));
    assert!(
        Command::new("mkfifo")
            .arg(project.context.path().join("one/pipe"))
            .status()
            .unwrap()
            .success()
    );
    let word = format!("-c {prepare}");
    let mut running = project.dp_build(&["one", "--discard", "--prepare", &prepare]).start();
    let sleeps = || processes_with(&word).iter().filter(|line| line.starts_with("sh")).count();
    wait_until("it runs", || sleeps() > 0);
    running.signal(Signal::INT);
    let ran = running.wait().expect(130);
    assert_eq!(builds(&ran.records()), []);
    wait_until("it has ended", || sleeps() == 0);
}
