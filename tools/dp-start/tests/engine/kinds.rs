//! Every kind of readiness against the service's own stamps: never before the
//! truth, on every engine, with published ports and without.

use dp_record::Record;
use dp_testkit::{Truth, batch, groups_of, shown_elsewhere};

use crate::service::{detail, dp_start, left, ready_at, start};

/// Listens 700 ms after `main()`, answers 300 ms later, and says so.
const SLOW: [&str; 3] = ["listen=700", "answer=300", "say=ready"];

/// Nothing, and a port of the engine's own choice.
const PORTS: [&[&str]; 2] = [&[], &["--publish", "127.0.0.1::8080"]];

/// The record of one start; the truth is the stamp of this word.
#[track_caller]
fn assert_not_before(truth: &Truth, ready: &str, ports: &[&str], word: &str) -> Record {
    truth.forget();
    let options = [&["-r", "1", "--ready", ready], ports].concat();
    let ran = dp_start(truth, &options, &SLOW).run().expect(0);
    let record = start(&ran);
    let stamp = *truth.stamps(word).first().unwrap_or_else(|| panic!("{ready}: no {word}"));
    assert!(ready_at(&record) >= stamp, "{ready} {ports:?}: {} before {stamp}", ready_at(&record));
    assert!(left(truth).is_empty(), "{ready}: {:?}", left(truth));
    assert_eq!(groups_of(batch(&record)), Vec::<String>::new());
    record
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_answer_comes_before_the_server_gave_it() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    for ports in PORTS {
        for ready in ["http=8080/", "http=GET 8080/a?b=c", "http=8080/=200"] {
            let record = assert_not_before(&truth, ready, ports, "answer");
            assert!(record.metrics.get("probes").unwrap() >= 1.0);
            let detail = detail(&record);
            let by = detail["ready_by"].as_str().unwrap();
            assert!(by.starts_with("container address "), "{by}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_server_listens_when_it_says_so_and_no_docker_proxy_for_it() {
    let truth = Truth::new();
    for ports in PORTS {
        let record = assert_not_before(&truth, "tcp=8080", ports, "listen");
        // It would answer 300 ms later only.
        assert!(truth.stamps("say").first().is_none_or(|say| ready_at(&record) < *say));
        assert!(detail(&record)["resolution_seconds"].as_f64().unwrap() <= 0.03);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_line_counts_when_it_is_written() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    for ports in PORTS {
        for driver in ["--run-option=--log-driver none", "--run-option=--log-driver json-file"] {
            let options = [ports, &[driver]].concat();
            let record = assert_not_before(&truth, "log=^ready$", &options, "say");
            assert_eq!(detail(&record)["ready_by"], "output, by attach");
        }
        assert_not_before(&truth, "output", ports, "say");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_health_check_counts_when_it_has_passed() {
    let check = "wget -q -O /dev/null http://127.0.0.1:8080/";
    let truth = Truth::with(&format!("HEALTHCHECK --interval=1s CMD {check}\n"));
    let record = assert_not_before(&truth, "health", &[], "answer");
    assert_eq!(detail(&record)["resolution_seconds"], 1.0);
    let given = ["--health-cmd", check, "--health-interval", "500ms"];
    let record = assert_not_before(&truth, "health", &given, "answer");
    assert_eq!(detail(&record)["resolution_seconds"], 0.5);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_command_counts_when_it_succeeds() {
    let truth = Truth::new();
    let ready = "exec=wget -q -O /dev/null http://127.0.0.1:8080/";
    let record = assert_not_before(&truth, ready, &[], "answer");
    assert!(detail(&record)["resolution_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn running_and_exit_come_before_and_after_all_work() {
    let truth = Truth::new();
    // The engine says that it runs once it has begun the program, whose own first
    // stamp may be a moment later.
    let record =
        start(&dp_start(&truth, &["-r", "1", "--ready", "running"], &SLOW).run().expect(0));
    assert!(truth.stamps("listen").first().is_none_or(|listen| ready_at(&record) < *listen));
    assert!(left(&truth).is_empty(), "{:?}", left(&truth));
    assert!(record.metrics.get("start_seconds") == record.metrics.get("ready_seconds"));
    truth.forget();
    let ran = dp_start(&truth, &["-r", "2", "--ready", "exit"], &["exit=0", "say=x"]).run();
    let records = crate::service::starts(&ran.expect(0));
    for (record, stamp) in records.iter().zip(truth.stamps("main")) {
        assert!(ready_at(record) >= stamp);
        assert_eq!(record.metrics.get("exit_code"), Some(0.0));
        assert_eq!(record.metrics.get("exit_seconds"), record.metrics.get("ready_seconds"));
        assert!(record.metrics.get("teardown_seconds").unwrap() > 0.0);
        assert!(record.metrics.get("cpu_seconds").unwrap() > 0.0);
        assert!(record.metrics.get("output_seconds").unwrap() > 0.0);
    }
    assert_eq!(records.len(), 2);
}
