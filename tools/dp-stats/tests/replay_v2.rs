//! `--samples`: what dp-stats read on a real host with control groups of version
//! 2 only, recorded by `scripts/vm record`. What the loads did is known
//! beforehand.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test fails by a panic; counts, bytes and limits are exact"
)]

use dp_record::{Outcome, Record};
use dp_testkit::{Tool, of_kind};

const MIB: f64 = 1_048_576.0;
/// What a container has beside its load, and what the kernel charges in batches.
const SLACK: f64 = 2.0 * MIB;

/// The one record of a file.
fn replay(name: &str) -> Record {
    replay_text(name, &readings(name))
}

fn readings(name: &str) -> String {
    let path = format!("{}/tests/files/cgroup-v2/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn replay_text(name: &str, text: &str) -> Record {
    let ran = Tool::new("dp-stats").args(["-q", "--samples", "-"]).stdin(text).run().expect(0);
    let records = ran.records();
    let stats = of_kind(&records, "stats");
    let [record] = &stats[..] else { panic!("{name}: {}", ran.stdout) };
    assert_eq!(record.outcome, Outcome::Ok, "{name}");
    let source = &dp_testkit::detail(record)["source"];
    assert_eq!(source, "kernel files, control groups version 2", "{name}");
    (*record).clone()
}

/// What dp-stats started: it ended by itself, and its parent group counted.
fn job(name: &str) -> Record {
    let record = replay(name);
    assert_eq!(detail(&record, "own_group"), true, "{name}");
    assert_eq!(detail(&record, "peak_source"), "kernel", "{name}");
    assert_eq!(detail(&record, "period"), "start to exit", "{name}");
    assert!(metric(&record, "exit_code") == 0.0 || name == "killed", "{name}");
    record
}

fn detail(record: &Record, name: &str) -> serde_json::Value {
    dp_testkit::detail(record)[name].clone()
}

fn metric(record: &Record, name: &str) -> f64 {
    record.metrics.get(name).unwrap_or_else(|| panic!("no {name} in {record:?}"))
}

fn assert_within(record: &Record, name: &str, truth: f64, slack: f64) {
    let value = metric(record, name);
    assert!((truth..=truth + slack).contains(&value), "{name} {value}: {truth} + {slack}");
}

fn findings(record: &Record) -> Vec<&str> {
    record.findings().iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn memory_that_is_held_is_told_from_readings_and_by_the_kernel() {
    let record = job("memory-100");
    for name in ["memory_peak_bytes", "memory_rss_max_bytes", "memory_working_set_max_bytes"] {
        assert_within(&record, name, 100.0 * MIB, SLACK);
    }
    assert_eq!(metric(&record, "oom_kills"), 0.0);
}

#[test]
fn the_kernel_tells_the_peak_without_any_reading() {
    let record = job("unread-100");
    assert_eq!(metric(&record, "samples"), 0.0);
    assert_within(&record, "memory_peak_bytes", 100.0 * MIB, SLACK);
    assert_eq!(record.metrics.get("memory_rss_max_bytes"), None);
}

#[test]
fn what_is_watched_for_a_while_is_what_was_counted_meanwhile() {
    let record = replay("held-100");
    assert_eq!(detail(&record, "own_group"), true);
    assert_eq!(detail(&record, "period"), "ready to the end of --for");
    // It was stopped, and did not end.
    assert_eq!(record.metrics.get("exit_code"), None);
    assert_within(&record, "observed_seconds", 3.0, 1.0);
    assert_within(&record, "memory_peak_bytes", 100.0 * MIB, SLACK);
    assert_within(&record, "memory_working_set_bytes", 100.0 * MIB, SLACK);
    // What its start took is not in it.
    assert_within(&record, "cpu_seconds", 0.0, 0.5);
}

#[test]
fn a_spike_that_no_reading_saw_is_in_the_peak() {
    let record = job("unread-300");
    assert_eq!(metric(&record, "samples"), 0.0);
    assert_within(&record, "memory_peak_bytes", 300.0 * MIB, SLACK);
}

#[test]
fn a_spike_is_in_the_peak_and_not_in_the_median() {
    let record = job("spike-300");
    assert_within(&record, "memory_peak_bytes", 300.0 * MIB, SLACK);
    assert_within(&record, "memory_working_set_bytes", 0.0, SLACK);
}

#[test]
fn cpu_time_goes_to_the_very_end() {
    let record = job("burn-2000");
    // An emulated machine needs up to a second more to start and end a container.
    assert_within(&record, "cpu_seconds", 2.0, 2.0);
    assert_eq!(record.metrics.get("cpu_throttled_ratio"), None);
}

#[test]
fn a_quota_is_told_with_what_it_held_back() {
    let record = job("half-core");
    assert_eq!(metric(&record, "cpu_limit_cores"), 0.5);
    assert_within(&record, "cpu_seconds", 2.0, 2.0);
    // 2 s at 50 ms in each period of 100 ms, less what the engine of an emulated
    // machine tells of the start too late; and at most as long again.
    assert!(metric(&record, "run_seconds") >= 3.0);
    assert_within(&record, "cpu_throttled_seconds", 1.0, 8.0);
    assert_within(&record, "cpu_throttled_ratio", 0.5, 0.5);
    assert!(findings(&record).contains(&"cpu_throttled"), "{record:?}");
}

#[test]
fn processes_are_counted_at_their_peak() {
    // Runc's own threads are there before them, and are fewer.
    assert_eq!(metric(&job("processes-20"), "pids_max"), 21.0);
}

#[test]
fn direct_writes_are_counted_to_the_byte() {
    assert_eq!(metric(&job("direct-16"), "io_write_bytes"), 16.0 * MIB);
    assert_eq!(metric(&job("memory-100"), "io_write_bytes"), 0.0);
}

#[test]
fn datagrams_are_counted_with_their_headers() {
    // 1,000 bytes, UDP 8, IPv4 20, Ethernet 14; and to find the gateway, ARP 42.
    let all = 64.0 * 1042.0;
    assert_within(&job("datagrams-64"), "net_tx_bytes", all, 2.0 * 42.0);
    assert_eq!(metric(&job("memory-100"), "net_tx_bytes"), 0.0);
}

#[test]
fn a_kill_below_the_parent_group_is_told_with_its_limit() {
    let record = job("killed");
    assert_eq!(metric(&record, "exit_code"), 137.0);
    assert!(metric(&record, "oom_kills") >= 1.0);
    assert_eq!(metric(&record, "memory_limit_bytes"), 64.0 * MIB);
    assert!(findings(&record).contains(&"oom_killed"), "{record:?}");
    // Runc's first process stands beside the limited group.
    assert_within(&record, "memory_peak_bytes", 64.0 * MIB - SLACK, 3.0 * SLACK);
}

#[test]
fn the_parent_group_tells_the_kill_whatever_the_engine_says() {
    let untold = readings("killed").replace("\"oom_told\":1", "\"oom_told\":0");
    assert!(untold.contains("\"oom_told\":0"));
    let record = replay_text("killed", &untold);
    assert_eq!(metric(&record, "oom_kills"), 1.0);
}

#[test]
fn what_ran_already_is_told_from_its_own_group() {
    let record = replay("running-100");
    assert_eq!(detail(&record, "own_group"), false);
    // Its peak was before.
    assert_eq!(detail(&record, "peak_source"), "sampled");
    assert_within(&record, "memory_peak_bytes", 100.0 * MIB, SLACK);
    assert_within(&record, "memory_working_set_bytes", 100.0 * MIB, SLACK);
    assert_eq!(metric(&record, "memory_limit_bytes"), 200.0 * MIB);
    assert_eq!(metric(&record, "pids_max"), 1.0);
    assert_within(&record, "observed_seconds", 3.0, 1.0);
    assert_within(&record, "cpu_seconds", 0.0, 0.1);
    assert_eq!(findings(&record), Vec::<&str>::new());
}
