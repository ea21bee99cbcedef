//! An engine that is reached by TCP, as if it were another machine's: no
//! control groups, no namespaces, no common clock, only published ports.

use dp_testkit::{Truth, far_engine, shown_elsewhere};

use crate::service::{detail, dp_start, ready_at, start};

const SLOW: [&str; 3] = ["listen=300", "answer=300", "say=ready"];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn docker_proxy_is_never_taken_for_the_server() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let host = far_engine();
    let published = ["-r", "1", "--host", &host, "--publish", "127.0.0.1::8080"];
    for (ready, by, word) in [
        ("http=8080/", "published port 127.0.0.1:", "answer"),
        ("log=^ready", "output, by attach", "say"),
    ] {
        truth.forget();
        let options = [&published[..], &["--ready", ready]].concat();
        let ran = dp_start(&truth, &options, &SLOW).run();
        let record = start(&ran.expect(0));
        assert!(ready_at(&record) >= truth.stamps(word)[0], "{ready}");
        assert!(detail(&record)["ready_by"].as_str().unwrap().starts_with(by), "{ready}");
    }
    // It listens and accepts, but never speaks first: that is not known from here.
    let options = [&published[..], &["--ready", "tcp=8080", "--timeout", "3s"]].concat();
    let ran = dp_start(&truth, &options, &SLOW).run().expect(4);
    assert_eq!(crate::service::starts(&ran)[0].error.as_ref().unwrap().code, "not_ready");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_only_a_common_clock_tells_is_absent() {
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let options = ["-r", "1", "--host", &far_engine(), "--ready", "exit"];
    let record = start(&dp_start(&truth, &options, &["exit=0"]).run().expect(0));
    for metric in ["exit_seconds", "teardown_seconds", "cpu_seconds"] {
        assert_eq!(record.metrics.get(metric), None, "{metric}");
    }
    assert!(record.metrics.get("ready_seconds").unwrap() > 0.0);
    let detail = detail(&record);
    let marks = detail["marks"].as_array().unwrap();
    let engines: Vec<_> = marks.iter().filter(|mark| mark["clock"] == "engine, realtime").collect();
    assert!(engines.iter().all(|mark| mark["since"] == "start event"), "{engines:?}");
    let refused = ["-r", "1", "--host", &far_engine(), "--ready", "http=8080/"];
    let ran = dp_start(&truth, &refused, &SLOW).run().expect(4);
    assert_eq!(crate::service::starts(&ran)[0].error.as_ref().unwrap().code, "no_address");
}
