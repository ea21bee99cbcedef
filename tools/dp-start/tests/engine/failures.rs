//! Starts that fail: each with its code, none with metrics, nothing left.

use std::net::TcpListener;

use dp_record::{Outcome, Record};
use dp_testkit::{BASE, Ran, Tool, Truth, batch, groups_of, shown_elsewhere, unique, wait_until};

use crate::service::{detail, dp_start, left, start, starts};

/// The failed record of the first of three rounds: the others are not tried.
#[track_caller]
fn failed(truth: &Truth, options: &[&str], command: &[&str]) -> Record {
    let options = [&["-r", "3"], options].concat();
    let ran = dp_start(truth, &options, command).run().expect(4);
    only_failure(truth, &ran)
}

#[track_caller]
fn only_failure(truth: &Truth, ran: &Ran) -> Record {
    let records = starts(ran);
    assert_eq!(records.len(), 1, "{}", ran.output());
    let record = records[0].clone();
    assert_eq!(record.outcome, Outcome::Failed);
    assert!(record.metrics.is_empty());
    assert!(left(truth).is_empty(), "{:?}", left(truth));
    assert_eq!(groups_of(batch(&record)), Vec::<String>::new());
    record
}

fn code(record: &Record) -> &str {
    &record.error.as_ref().unwrap().code
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_cannot_be_started_has_its_own_code() {
    let truth = Truth::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("127.0.0.1:{}:80", taken.local_addr().unwrap().port());
    for (options, expected) in [
        (&["--entrypoint", "/nope"][..], "no_such_command"),
        (&["--entrypoint", "nope"], "no_such_command"),
        (&["--entrypoint", "/etc"], "command_not_executable"),
        (&["--publish", &port], "port_in_use"),
        (&["--network", "dp-no-such-network"], "no_such_network"),
        (&["--user", "dp-no-such-user"], "no_such_user"),
        (&["--memory", "1m"], "engine_refused"),
        (&["--workdir", "relative"], "engine_refused"),
    ] {
        let record = failed(&truth, options, &["listen=0"]);
        assert_eq!(code(&record), expected, "{options:?}: {:?}", record.error);
    }
    let record = failed(&truth, &["--entrypoint", "nope"], &[]);
    assert_eq!(record.error.unwrap().partial.unwrap()["docker_run_exit_code"], 127);
    let record = failed(&truth, &["--entrypoint", "/etc"], &[]);
    assert_eq!(record.error.unwrap().partial.unwrap()["docker_run_exit_code"], 126);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_is_missing_is_told_with_the_way_out() {
    let missing = unique("missing");
    let ran = Tool::new("dp-start").args([&missing]).run().expect(4);
    let records = starts(&ran);
    assert_eq!(code(&records[0]), "no_such_image");
    let message = format!("no such image: {missing} (build it, or pull it first)");
    assert_eq!(records[0].error.as_ref().unwrap().message, message);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_ends_before_it_is_ready_failed() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    for ready in ["http=8080/", "tcp=8080", "log=never", "health", "exec=false"] {
        let options = ["--ready", ready, "--health-cmd", "false"];
        let record = failed(&truth, &options, &["exit=3", "say=last words"]);
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, "exited", "{ready}: {}", error.message);
        assert!(
            error.message.contains(": exited with 3 before it was ready ("),
            "{}",
            error.message
        );
        assert_eq!(error.log, ["last words"], "{ready}");
        assert_eq!(error.partial.as_ref().unwrap()["exit_code"], 3);
    }
    let record = failed(&truth, &["--ready", "exit"], &["exit=3"]);
    assert_eq!(code(&record), "nonzero_exit");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_never_ready_times_out() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let never = ["listen=600000"];
    for ready in ["http=8080/", "tcp=8080", "log=never", "output", "exit", "exec=false"] {
        let record = failed(&truth, &["--timeout", "400ms", "--ready", ready], &never);
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, "not_ready", "{ready}: {}", error.message);
        assert!(error.message.contains(" within 0.4 s"), "{}", error.message);
    }
    // It refuses; it accepts and says nothing; it answers, but not what is wanted.
    for (ready, does, told) in [
        ("http=8080/", "listen=600000", ":8080: connection refused"),
        ("http=8080/", "answer=600000", ":8080: no answer"),
        ("http=8080/=204", "listen=0", ":8080: status 200"),
    ] {
        let record = failed(&truth, &["--timeout", "2s", "--ready", ready], &[does]);
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, "not_ready", "{does}: {}", error.message);
        let last = error.message.split_once("; the last probe of container address ");
        assert!(last.is_some_and(|(_, last)| last.ends_with(told)), "{does}: {}", error.message);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_cannot_be_asked_says_so() {
    let truth = Truth::new();
    let none = ["--network", "none", "--ready", "http=8080/"];
    assert_eq!(code(&failed(&truth, &none, &["listen=0"])), "no_address");
    assert_eq!(code(&failed(&truth, &["--ready", "health"], &["listen=0"])), "no_healthcheck");
    let sick = ["--health-cmd", "false", "--health-interval", "100ms", "--health-retries", "1"];
    let options = [&["--ready", "health"], &sick[..]].concat();
    assert_eq!(code(&failed(&truth, &options, &["listen=0"])), "unhealthy");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for kind in [format!("tcp={port}"), format!("http={port}/")] {
        let record = failed(&truth, &["--network", "host", "--ready", &kind], &["listen=0"]);
        assert_eq!(code(&record), "port_in_use", "{kind}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_container_that_somebody_removes_is_told() {
    let truth = Truth::new();
    let options = ["-r", "3", "--ready", "http=8080/"];
    let running = dp_start(&truth, &options, &["listen=600000"]).start();
    let ids = || left(&truth).into_iter().collect::<Vec<_>>();
    wait_until("the container listens for its end", || {
        ids().iter().any(|id| truth.docker.run(&["top", id]).status.success())
    });
    truth.docker.ok(&["rm", "--force", &ids()[0]]);
    let ran = running.wait().expect(4);
    assert_eq!(code(&only_failure(&truth, &ran)), "container_removed");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_server_that_answers_and_dies_was_ready_and_the_record_tells_its_death() {
    let truth = Truth::new();
    let dies = ["listen=0", "die=2000"];
    let options = ["-r", "1", "--ready", "http=8080/", "--hold", "5s"];
    let record = start(&dp_start(&truth, &options, &dies).run().expect(0));
    let hold = &detail(&record)["hold"];
    assert_eq!((&hold["died"], &hold["exit_code"]), (&true.into(), &1.into()));
    assert!((1.9..5.0).contains(&hold["seconds"].as_f64().unwrap()), "{hold}");
    assert_eq!(record.metrics.get("exit_code"), Some(1.0));
    assert_eq!(record.metrics.get("stop_seconds"), None);
    let lives = ["-r", "1", "--ready", "http=8080/", "--hold", "300ms"];
    let record = start(&dp_start(&truth, &lives, &["listen=0"]).run().expect(0));
    assert_eq!(detail(&record)["hold"]["died"], false);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_kill_for_lack_of_memory_is_why_a_service_does_not_get_ready() {
    // The shell outlives the kill of what it started.
    let script = "tail /dev/zero; sleep 60";
    for ready in ["http=8080/", "log=never", "health"] {
        let ran = Tool::new("dp-start")
            .args(["-q", "-r", "1", "--ready", ready, "--timeout", "5s", BASE])
            .args(["--memory", "16m", "--run-option", "--memory-swap 16m"])
            .args(["--health-cmd", "false", "--health-interval", "1s", "--health-retries", "2"])
            .args(["--stop-timeout", "0", "--", "sh", "-c", script])
            .run()
            .expect(4);
        let error = starts(&ran)[0].error.clone().unwrap();
        assert_eq!(error.code, "oom_killed", "{ready}: {}", error.message);
        let said = "a process of it was killed for lack of memory: ";
        assert!(error.message.contains(said), "{ready}: {}", error.message);
    }
}
