//! A service with known moments, and what dp-start tells of it.

use std::collections::BTreeSet;

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, Tool, Truth, of_kind};
use jiff::Timestamp;
use serde_json::Value;

/// dp-start of the service, whose stamps are kept. `command` are its own words.
pub(crate) fn dp_start(truth: &Truth, options: &[&str], command: &[&str]) -> Tool {
    Tool::new("dp-start")
        .args(["-q", &truth.image, "--volume", &truth.volume()])
        .args(options)
        .args(["--"])
        .args(command)
}

/// The start records of what was printed; every line must be whole.
pub(crate) fn starts(ran: &Ran) -> Vec<Record> {
    assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{ran:?}");
    of_kind(&ran.records(), "start").into_iter().cloned().collect()
}

/// The only start record, which must be good.
pub(crate) fn start(ran: &Ran) -> Record {
    let records = starts(ran);
    assert_eq!(records.len(), 1, "{}", ran.output());
    assert_eq!(records[0].outcome, Outcome::Ok, "{}", ran.output());
    records[0].clone()
}

/// The detail of a record.
pub(crate) fn detail(record: &Record) -> Value {
    dp_testkit::detail(record)
}

/// When it was ready, in nanoseconds of the realtime clock.
pub(crate) fn ready_at(record: &Record) -> i128 {
    after_start(record, record.metrics.get("ready_seconds").unwrap())
}

/// So many seconds after the start call, in nanoseconds of the realtime clock.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a test")]
pub(crate) fn after_start(record: &Record, seconds: f64) -> i128 {
    let call: Timestamp = detail(record)["start_call"].as_str().unwrap().parse().unwrap();
    call.as_nanosecond() + (seconds * 1e9).round() as i128
}

/// Containers and volumes that some dp-start left.
pub(crate) fn left(truth: &Truth) -> BTreeSet<String> {
    dp_testkit::left(&truth.docker, &truth.image)
}
