//! Signals and closed pipes.

use dp_record::Outcome;
use dp_testkit::{Load, Signal, Tool, left, processes_with, shown_elsewhere, unique, wait_until};

use crate::failures::filter;
use crate::job::{dp_stats, is_watching, stats};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_at_any_phase_leaves_nothing_and_whole_records() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let state = |wanted: &str| {
        let list = ["ps", "--all", "--format", "{{.State}}", "--filter", &filter(&load)];
        load.docker.ok(&list).lines().any(|state| state == wanted)
    };
    for (phase, then, options, words) in [
        ("being made", "created", &["-r", "1000"][..], &["end"][..]),
        ("getting ready", "running", &["--ready", "log=never", "--for", "1s"], &[]),
        ("watched", "running", &["--for", "600s"], &[]),
        ("watched to its exit", "running", &[], &["wait=600000"]),
    ] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let mut running = dp_stats(&load, options, words).start();
            wait_until("a container is there", || state(then) || running.has_ended());
            running.signal(signal);
            let ran = running.wait().expect(130);
            assert!(stats(&ran).iter().all(|one| one.outcome == Outcome::Ok), "{phase}: {ran:?}");
            assert!(left(&load.docker, &load.image).is_empty(), "{phase}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_ends_the_watch_and_not_what_is_watched() {
    let load = Load::new();
    let id = load.run(&[], &["memory=8"]);
    let mut running = Tool::new("dp-stats").args(["-q", &id, "--for", "600s"]).start();
    wait_until("it is watched", || is_watching(&running, &id));
    running.signal(Signal::INT);
    assert_eq!(running.wait().code, Some(130));
    assert_eq!(load.docker.ok(&["inspect", "--format", "{{.State.Running}}", &id]).trim(), "true");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_reader_that_goes_away_ends_it_with_4() {
    let load = Load::new();
    let mut running = dp_stats(&load, &["-r", "1000"], &["end"]).start();
    wait_until("a container is there", || !left(&load.docker, &load.image).is_empty());
    running.close_stdout();
    assert_eq!(running.wait().code, Some(4));
    assert!(left(&load.docker, &load.image).is_empty());
}

/// The load does not heed the first signal.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_second_signal_ends_the_load_too() {
    let load = Load::new();
    let id = load.run(&[], &[]);
    let (word, folder) = (unique("deaf"), tempfile::tempdir().unwrap());
    let heedless = folder.path().join(&word);
    let command = format!("trap '' TERM; : >{}; while :; do sleep 1; done", heedless.display());
    let args = ["-q", &id, "--load-command", &command];
    let mut running = Tool::new("dp-stats").args(args).start();
    wait_until("the load heeds no signal", || heedless.exists());
    running.signal(Signal::INT);
    wait_until("the first signal was heard", || !is_watching(&running, &id));
    running.signal(Signal::INT);
    assert_eq!(running.wait().signal, Some(2));
    wait_until("the load has ended", || processes_with(&word).is_empty());
}
