//! What other programs printed, as records that dp-report reads.

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, Tool, assert_records};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/convert/");

fn convert(program: &str, file: &str) -> Ran {
    let file = format!("{FILES}{file}");
    Tool::new("dp-report").args(["convert", program, &file]).run()
}

fn records(program: &str, file: &str) -> Vec<Record> {
    assert_records(&convert(program, file).expect(0).stdout)
}

/// The values of these metrics, and no others.
#[track_caller]
fn assert_metrics(record: &Record, expected: &[(&str, f64, &str)]) {
    for (name, value, unit) in expected {
        let found = record.metrics.get(name).unwrap_or(f64::NAN);
        assert!((found - value).abs() <= value.abs() * 1e-9, "{name}: {found}");
        assert_eq!(record.units[*name], *unit, "{name}");
    }
    assert_eq!(record.metrics.iter().count(), expected.len(), "{:?}", record.metrics);
}

#[test]
fn hyperfine_s_times_are_compared_as_its_user_would() {
    let converted = convert("hyperfine", "hyperfine.json").expect(0);
    let records = assert_records(&converted.stdout);
    assert_eq!(records.len(), 16);
    let names = records.iter().map(|record| record.subject.as_ref().unwrap().name.as_str());
    assert_eq!(names.filter(|name| *name == "sleep 0.02").count(), 8);
    assert!(records.iter().all(|record| record.units["wall_seconds"] == "seconds lower"));
    let report = Tool::new("dp-report").args(["--against", "sleep 0.02"]);
    let report = report.stdin(converted.stdout).run().expect(1);
    assert!(
        report.stdout.contains("regressed: hyperfine sleep 0.04: wall_seconds"),
        "{}",
        report.stdout
    );
    // One after the other: no rounds pair them.
    assert!(
        report.stdout.contains("8, 8 runs") || !report.stdout.contains("8 rounds"),
        "{}",
        report.stdout
    );
}

#[test]
fn a_command_that_failed_is_a_failed_record() {
    for record in records("hyperfine", "hyperfine-failed.json") {
        assert_eq!(record.outcome, Outcome::Failed);
        let error = record.error.unwrap();
        assert_eq!((&*error.code, &*error.message), ("command_failed", "the command ended with 3"));
    }
}

#[test]
fn wrk_and_pgbench_keep_their_figures_in_seconds() {
    let [wrk] = <[Record; 1]>::try_from(records("wrk", "wrk.txt")).unwrap();
    assert_metrics(
        &wrk,
        &[
            ("latency_mean_seconds", 3.47e-3, "seconds lower"),
            ("latency_stddev_seconds", 2.49e-3, "seconds lower"),
            ("latency_max_seconds", 23.14e-3, "seconds lower"),
            ("latency_p50_seconds", 2.58e-3, "seconds lower"),
            ("latency_p75_seconds", 4.52e-3, "seconds lower"),
            ("latency_p90_seconds", 6.86e-3, "seconds lower"),
            ("latency_p99_seconds", 11.45e-3, "seconds lower"),
            ("requests", 1185.0, "count none"),
            ("requests_per_second", 591.96, "1/s higher"),
        ],
    );
    assert_eq!(wrk.subject.unwrap().name, "http://127.0.0.1:18977/h.json");
    let none = &records("wrk", "wrk-none.txt")[0];
    assert_eq!(none.metrics.get("bad_answers"), Some(547.0));
    let [pgbench] = <[Record; 1]>::try_from(records("pgbench", "pgbench.txt")).unwrap();
    assert_metrics(
        &pgbench,
        &[
            ("transactions", 397.0, "count none"),
            ("transactions_failed", 0.0, "count lower"),
            ("latency_mean_seconds", 0.614e-3, "seconds lower"),
            ("latency_stddev_seconds", 1.290e-3, "seconds lower"),
            ("transactions_per_second", 199.634_021, "1/s higher"),
        ],
    );
    assert_eq!(pgbench.subject.unwrap().name, "pgbench");
}

#[test]
fn what_is_not_their_output_is_refused_in_one_line() {
    for (program, file, why) in [
        ("hyperfine", "wrk.txt", "not the output of hyperfine: expected value"),
        ("wrk", "pgbench.txt", "not the output of wrk: it ends without a line \"Requests/sec:\""),
        ("pgbench", "wrk.txt", "not the output of pgbench: it holds no figure"),
        ("pgbench", "pgbench-aborted.txt", "not the output of pgbench: the run was aborted"),
        ("k6", "hyperfine.json", "not the output of k6: there is no object \"metrics\""),
        ("docker-stats", "wrk.txt", "--format json"),
        ("oha", "missing.json", "cannot read: "),
    ] {
        let refused = convert(program, file).expect(2);
        assert_eq!((refused.stdout.as_str(), refused.stderr.lines().count()), ("", 1));
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}

#[test]
fn input_that_holds_no_record_is_answered_with_the_way_out() {
    let file = format!("{FILES}hyperfine.json");
    let refused = Tool::new("dp-report").args([&file]).run().expect(2);
    let last = refused.stderr.lines().last().unwrap();
    assert!(last.contains("dp-report convert makes records of what docker stats"), "{last}");
}
