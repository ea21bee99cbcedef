//! A job with a known load, and what dp-stats tells of it.

use dp_record::{Outcome, Record};
use dp_testkit::{Load, Ran, Running, Tool, batch, groups_of, has_open, left, of_kind};
use serde_json::Value;

pub(crate) const MIB: f64 = 1_048_576.0;

/// dp-stats of the load, from its start on.
pub(crate) fn dp_stats(load: &Load, options: &[&str], words: &[&str]) -> Tool {
    Tool::new("dp-stats").args(["-q", &load.image]).args(options).args(["--"]).args(words)
}

/// The stats records of what was printed; every line must be whole.
pub(crate) fn stats(ran: &Ran) -> Vec<Record> {
    assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{ran:?}");
    of_kind(&ran.records(), "stats").into_iter().cloned().collect()
}

/// The only stats record, which must be good.
#[track_caller]
pub(crate) fn one(ran: &Ran) -> Record {
    let records = stats(ran);
    assert_eq!(records.len(), 1, "{}", ran.output());
    assert_eq!(records[0].outcome, Outcome::Ok, "{}", ran.output());
    records[0].clone()
}

/// The record of one run of the load, of which nothing is left.
#[track_caller]
pub(crate) fn of_load(load: &Load, options: &[&str], words: &[&str]) -> Record {
    let record = one(&dp_stats(load, options, words).run().expect(0));
    assert!(left(&load.docker, &load.image).is_empty());
    assert_eq!(groups_of(batch(&record)), Vec::<String>::new());
    record
}

/// A metric that must be there.
#[track_caller]
pub(crate) fn metric(record: &Record, name: &str) -> f64 {
    let found = record.metrics.get(name);
    found.unwrap_or_else(|| panic!("no {name} in {record:?}"))
}

/// A metric that is never below the truth, and by so much above it at most.
#[track_caller]
pub(crate) fn assert_within(record: &Record, name: &str, truth: f64, slack: f64) {
    let found = metric(record, name);
    assert!((truth..=truth + slack).contains(&found), "{name} {found}, not {truth} (+ {slack})");
}

pub(crate) fn detail(record: &Record) -> Value {
    dp_testkit::detail(record)
}

/// The codes of its findings, but for waiting, which depends on the machine.
pub(crate) fn findings(record: &Record) -> Vec<&str> {
    let codes = record.findings().iter().map(|finding| finding.code.as_str());
    codes.filter(|code| !code.ends_with("_pressure")).collect()
}

/// Whether a tool reads the group of this container: from then on no end of it
/// is missed.
pub(crate) fn is_watching(running: &Running, container: &str) -> bool {
    has_open(running.pid(), container)
}
