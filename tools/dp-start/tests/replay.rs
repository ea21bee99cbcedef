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
        let detail = dp_testkit::detail(first);
        let marks = detail["marks"].as_array().unwrap();
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

/// Events of a container `web-1`, by this machine's hand: each of these actions, a
/// second after the one before.
fn events(actions: &[&str]) -> String {
    let line = |(second, action): (u64, &&str)| {
        format!(
            r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"a","Attributes":{{"image":"app:1","name":"web-1","exitCode":"137"}}}},"timeNano":{second}000000000}}"#
        )
    };
    (1..).zip(actions).map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn code(actions: &[&str], ready: &str) -> Option<String> {
    let ran = Tool::new("dp-start").args(["-q", "--events", "-", "--ready", ready]);
    let records = starts(&ran.stdin(events(actions)).run());
    records[0].error.as_ref().map(|error| error.code.clone())
}

#[test]
fn a_kill_for_lack_of_memory_is_named_as_the_cause_as_it_is_live() {
    let killed = ["create", "start", "oom", "die"];
    assert_eq!(code(&killed, "exit").as_deref(), Some("oom_killed"));
    assert_eq!(code(&killed, "health").as_deref(), Some("oom_killed"));
    assert_eq!(code(&killed, "running"), None);
    let lives_on = ["create", "start", "oom", "health_status: unhealthy"];
    assert_eq!(code(&lives_on, "health").as_deref(), Some("oom_killed"));
    // Exit code 137 alone proves nothing.
    assert_eq!(code(&["create", "start", "die"], "exit").as_deref(), Some("nonzero_exit"));
    // It was ready before.
    let late = ["create", "start", "health_status: healthy", "oom", "die"];
    assert_eq!(code(&late, "health"), None);
    assert_eq!(code(&late, "exit").as_deref(), Some("oom_killed"));
}
