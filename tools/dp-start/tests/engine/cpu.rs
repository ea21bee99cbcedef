//! CPU time of a start, against what the program spent.

use dp_record::Record;
use dp_testkit::{Load, Tool, Truth, batch, groups_of, shown_elsewhere};

use crate::service::{dp_start, left, start};

/// Long enough that what differs between two set-ups of a container is within two percent.
const BURNT_MS: u32 = 20_000;

/// The CPU time in a record, whose control groups are gone.
#[track_caller]
fn cpu_seconds(record: &Record) -> f64 {
    assert_eq!(groups_of(batch(record)), Vec::<String>::new());
    record.metrics.get("cpu_seconds").unwrap_or_else(|| panic!("no cpu_seconds: {record:?}"))
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn cpu_time_until_the_exit_is_the_programs() {
    // The kernel counts it.
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let of = |burnt: u32| {
        let options = ["-q", "-r", "1", "--ready", "exit", "--timeout", "5m", &load.image];
        let burn = format!("burn={burnt}");
        let ran = Tool::new("dp-start").args(options).args(["--", &burn, "end"]).run().expect(0);
        cpu_seconds(&start(&ran))
    };
    let (spent, truth) = (of(BURNT_MS) - of(0), f64::from(BURNT_MS) / 1e3);
    assert!((spent - truth).abs() <= truth * 0.02, "{spent}, not {truth}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_server_that_answers_has_spent_cpu_time() {
    let truth = Truth::new();
    let options = ["-r", "1", "--ready", "http=8080/"];
    let record = start(&dp_start(&truth, &options, &["listen=0"]).run().expect(0));
    assert!(cpu_seconds(&record) > 0.0);
    assert!(left(&truth).is_empty());
}
