//! Builds that fail: a record says which step at which line, everything else
//! goes on, and nothing is moved or left behind.

use std::fs;

use dp_record::{Outcome, Record};
use dp_testkit::{Snapshot, wait_until};

use crate::project::{Project, builds};

/// Four that fail, each in its own way, and two that do not.
fn project() -> Project {
    let project = Project::empty("failures");
    let files = [
        ("step", "FROM dp-base/busybox\n\nRUN echo UNIQUE; echo last words; exit 7\nRUN true\n"),
        ("source", "FROM dp-base/busybox\nWORKDIR /UNIQUE\nCOPY no-such-file /\n"),
        ("syntax", "FROM dp-base/busybox\nRUNN true\n"),
        ("base", "FROM dp-base/no-such-base:UNIQUE\nRUN true\n"),
        ("good", "FROM dp-base/busybox\nWORKDIR /UNIQUE/good\n"),
        ("fine", "FROM dp-base/busybox\nWORKDIR /UNIQUE/fine\n"),
    ];
    for (name, text) in files {
        project.write(&format!("UNIQUE-{name}").replace("UNIQUE", &project.name), text);
    }
    project
}

const FILES: [&str; 12] = [
    "-f",
    "UNIQUE-step",
    "-f",
    "UNIQUE-source",
    "-f",
    "UNIQUE-syntax",
    "-f",
    "UNIQUE-base",
    "-f",
    "UNIQUE-good",
    "-f",
    "UNIQUE-fine",
];

/// Name, code, and words of the message.
const FAILURES: [(&str, &str, &[&str]); 4] = [
    ("step", "step_failed", &["RUN echo", "(line 3)", "exit code 7"]),
    ("source", "source_missing", &["no-such-file", "(line 3)"]),
    ("syntax", "dockerfile_invalid", &["RUNN", "line 2"]),
    ("base", "base_unavailable", &["dp-base/no-such-base"]),
];

fn of<'r>(records: &'r [Record], project: &Project, name: &str) -> Vec<&'r Record> {
    let name = format!("{}-{name}", project.name);
    records.iter().filter(|one| one.subject.as_ref().unwrap().name == name).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_failed_build_says_what_failed_where_and_the_others_go_on() {
    let project = project();
    let ran = project.dp_build(&[&FILES[..], &["-r", "2", "--discard"]].concat()).run().expect(4);
    let records = builds(&ran.records());
    for (name, code, words) in FAILURES {
        // What failed once is not tried again.
        let [record] = of(&records, &project, name)[..] else { panic!("{name}: {records:?}") };
        assert_eq!(record.outcome, Outcome::Failed, "{name}");
        assert!(record.metrics.is_empty(), "{name}");
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, code, "{name}: {}", error.message);
        for word in words {
            assert!(error.message.contains(word), "{name}: no {word} in {}", error.message);
        }
        assert_eq!(record.subject.as_ref().unwrap().image, None, "{name}");
    }
    for name in ["good", "fine"] {
        let outcomes: Vec<_> = of(&records, &project, name).iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok], "{name}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_failed_step_keeps_its_last_words_and_what_was_seen_until_then() {
    let project = project();
    let args = ["-f", "UNIQUE-step", "--discard"];
    let records = builds(&project.dp_build(&args).run().expect(4).records());
    let error = records[0].error.as_ref().unwrap();
    assert_eq!(error.log, [project.name.as_str(), "last words"]);
    let partial = error.partial.as_ref().unwrap();
    assert!(partial["wall_seconds"].as_f64().unwrap() > 0.0, "{partial}");
    let steps = &records[0].build_detail().unwrap().steps;
    let states: Vec<&str> = steps.iter().map(|step| step.state.as_str()).collect();
    assert!(states.contains(&"failed"), "{states:?}");
    assert!(states.contains(&"skipped"), "{states:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn failures_may_be_ignored_and_are_then_tried_in_every_round() {
    let project = project();
    let args = ["-f", "UNIQUE-step", "-f", "UNIQUE-good", "-r", "2", "-i", "--discard"];
    let records = builds(&project.dp_build(&args).run().expect(0).records());
    assert_eq!(of(&records, &project, "step").len(), 2);
    assert_eq!(of(&records, &project, "good").len(), 2);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_failed_build_moves_no_tag_and_leaves_no_image() {
    let project = Project::new("failures", "FROM dp-base/busybox\nWORKDIR /UNIQUE\n");
    let _ = project.measure(&["UNIQUE=."]);
    let good = project.image_id(&project.image()).unwrap();
    let before = Snapshot::take(&project.docker);
    project.write("Dockerfile", "FROM dp-base/busybox\nWORKDIR /UNIQUE/2\nRUN exit 1\n");
    for args in [&["UNIQUE=."][..], &["--warm", "UNIQUE=."], &["-t", "UNIQUE:mine", "."]] {
        let ran = project.dp_build(args).run().expect(4);
        assert!(!ran.stderr.contains("image "), "{}", ran.stderr);
    }
    assert_eq!(project.image_id(&project.image()), Some(good));
    let after = Snapshot::take(&project.docker);
    assert_eq!(after.images, before.images);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_subject_that_begins_to_fail_keeps_the_image_of_its_last_good_run() {
    let project = Project::new("failures", "FROM dp-base/busybox\nCOPY data /UNIQUE\n");
    project.write("data", "UNIQUE");
    let running = project.dp_build(&["-r", "1000", "UNIQUE=."]).start();
    wait_until("a run has named its image", || !project.image_names().is_empty());
    fs::remove_file(project.context.path().join("data")).unwrap();
    let records = builds(&running.wait().expect(4).records());
    let (last, good) = records.split_last().unwrap();
    assert_eq!(last.error.as_ref().unwrap().code, "source_missing");
    assert!(!good.is_empty() && good.iter().all(|one| one.outcome == Outcome::Ok));
    assert_eq!(project.image_names(), [project.image()]);
    let id = project.image_id(&project.image());
    assert_eq!(id, good[0].subject.as_ref().unwrap().image);
}
