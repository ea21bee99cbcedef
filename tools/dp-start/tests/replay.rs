//! `--events`: what engines told of a container that was healthy and exited
//! with 3, and of one that exited with 0.

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, Tool, of_kind};

/// From the start event to the healthy event and to the die event, in seconds:
/// differences of the files' own timeNano, taken by another program.
const TRUTH: [(&str, f64, f64); 2] =
    [("20.10.events", 0.401_887_029, 1.126_030_682), ("28.5.events", 0.343_305_150, 1.182_366_834)];

fn replay(file: &str, ready: &str) -> Ran {
    let path = format!("{}/tests/files/{file}", env!("CARGO_MANIFEST_DIR"));
    Tool::new("dp-start").args(["-q", "--events", &path, "--ready", ready]).run()
}

fn starts(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "start").into_iter().cloned().collect()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

#[test]
fn only_differences_of_the_engines_own_stamps_are_told() {
    for (file, healthy, died) in TRUTH {
        let records = starts(&replay(file, "running").expect(0));
        let [first, second] = &records[..] else { panic!("{file}: {}", records.len()) };
        assert!(close(first.metrics.get("healthy_seconds").unwrap(), healthy), "{file}");
        assert_eq!(first.metrics.get("exit_code"), Some(3.0));
        assert_eq!(second.metrics.get("exit_code"), Some(0.0));
        for metric in ["start_seconds", "ready_seconds", "exit_seconds", "run_seconds"] {
            assert_eq!(first.metrics.get(metric), None, "{file}: {metric}");
        }
        let marks = first.detail.as_ref().unwrap()["marks"].as_array().unwrap();
        let mark = |name: &str| marks.iter().find(|mark| mark["name"] == name).unwrap();
        assert!(close(mark("die event")["seconds"].as_f64().unwrap(), died), "{file}");
        assert!(mark("create event")["seconds"].as_f64().unwrap() < 0.0);
        assert!(marks.iter().all(|mark| mark["clock"] == "engine, realtime"));
    }
}

#[test]
fn what_did_not_reach_the_condition_failed() {
    for (file, ..) in TRUTH {
        let exit = starts(&replay(file, "exit").expect(4));
        assert_eq!(exit[0].error.as_ref().unwrap().code, "nonzero_exit");
        assert_eq!(exit[1].outcome, Outcome::Ok);
        let health = starts(&replay(file, "health").expect(4));
        assert_eq!(health[0].outcome, Outcome::Ok);
        assert_eq!(health[1].error.as_ref().unwrap().code, "exited");
    }
}

#[test]
fn the_same_events_give_the_same_bytes_from_a_file_and_from_stdin() {
    let (file, ..) = TRUTH[0];
    let text = std::fs::read(format!("{}/tests/files/{file}", env!("CARGO_MANIFEST_DIR")));
    let stdin = Tool::new("dp-start").args(["-q", "--events", "-"]).stdin(text.unwrap()).run();
    let once = replay(file, "running").expect(0).stdout;
    assert_eq!(once, replay(file, "running").stdout);
    assert_eq!(once, stdin.expect(0).stdout);
    // Nothing is missing in it.
    let report = Tool::new("dp-report").args(["--all"]).stdin(once).run().expect(0);
    assert!(report.stdout.contains("start dp-base/busybox"), "{}", report.stdout);
}
