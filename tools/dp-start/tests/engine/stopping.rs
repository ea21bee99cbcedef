//! Signals, closed pipes, and services that do not want to end.

use dp_record::Outcome;
use dp_testkit::{Signal, Truth, shown_elsewhere, wait_until};

use crate::service::{detail, dp_start, left, start, starts};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_server_that_ignores_sigterm_is_killed_after_its_time() {
    let truth = Truth::new();
    let options = ["-r", "1", "--ready", "http=8080/", "--stop-timeout", "1"];
    let record = start(&dp_start(&truth, &options, &["listen=0", "deaf"]).run().expect(0));
    assert!(record.metrics.get("stop_seconds").unwrap() >= 1.0);
    assert_eq!(detail(&record)["stop"], serde_json::json!({"exit_code": 137, "killed": true}));
    assert_eq!(record.metrics.get("exit_code"), None);
    let record = start(&dp_start(&truth, &options, &["listen=0"]).run().expect(0));
    assert_eq!(detail(&record)["stop"], serde_json::json!({"exit_code": 0, "killed": false}));
    let signal = ["-r", "1", "--ready", "http=8080/", "--stop-signal", "SIGKILL"];
    let record = start(&dp_start(&truth, &signal, &["listen=0", "deaf"]).run().expect(0));
    assert_eq!(detail(&record)["stop"]["exit_code"], 137);
}

/// The state of the engine at which a signal comes, each with options that make
/// it last.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_at_any_phase_leaves_nothing_and_whole_records() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let state = |wanted: &str| {
        let filter = format!("ancestor={}", truth.image);
        let list = ["ps", "--all", "--format", "{{.State}}", "--filter", &filter];
        truth.docker.ok(&list).lines().any(|state| state == wanted)
    };
    let volume = dp_testkit::unique("volume");
    let named = format!("{volume}:/data");
    for (phase, state_then, options, command) in [
        ("being made or started", "created", &["--ready", "running"][..], &["listen=0"][..]),
        ("waited for", "running", &["--ready", "http=8080/"], &["listen=600000"]),
        ("held", "running", &["--hold", "600s"], &["listen=0"]),
        ("being stopped", "running", &["--stop-timeout", "300"], &["listen=0", "deaf"]),
    ] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let options = [&["-r", "1000", "-v", &named, "-v", "/anonymous"], options].concat();
            let mut running = dp_start(&truth, &options, command).start();
            wait_until("a container is there", || state(state_then) || running.has_ended());
            running.signal(signal);
            let ran = running.wait();
            assert_eq!(ran.code, Some(130), "{phase}: {ran:?}");
            assert!(starts(&ran).iter().all(|one| one.outcome == Outcome::Ok), "{phase}: {ran:?}");
            assert!(left(&truth).is_empty(), "{phase}: {:?}", left(&truth));
            assert!(!truth.docker.run(&["volume", "inspect", &volume]).status.success(), "{phase}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_reader_that_goes_away_ends_it_with_4() {
    let truth = Truth::new();
    let mut running = dp_start(&truth, &["-r", "1000"], &["listen=0"]).start();
    wait_until("a container is there", || !left(&truth).is_empty());
    running.close_stdout();
    assert_eq!(running.wait().code, Some(4));
    assert!(left(&truth).is_empty());
}
