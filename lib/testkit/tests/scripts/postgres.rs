//! `postgres-tuning.sh`: two ways to start one image, under one load.

use std::io::Write as _;
use std::process::Stdio;

use dp_testkit::{Docker, Ran, assert_records, of_kind, shown_elsewhere};

use crate::{Stubs, by_sh, command, ran, root};

const SCRIPT: &str = "postgres-tuning.sh";

/// The script with these programs instead of the tools.
fn with_stubs(stats: &str, report: &str, args: &[&str]) -> Ran {
    let stubs = Stubs::new(&[("dp-stats", stats), ("dp-report", report)]);
    let results = tempfile::tempdir().unwrap();
    let script = root().join("scripts").join(SCRIPT);
    let words = [&["sh", script.to_str().unwrap()], args].concat();
    ran(command(Some(stubs.path()), &words).env("DP_RESULTS", results.path()))
}

#[test]
fn the_same_image_is_started_by_its_own_command_and_by_the_plan_s() {
    let print = r#"printf '%s\n' "$@""#;
    let told = with_stubs(print, "exit 1", &["--records", "image", "--memory", "2g"]).expect(0);
    let words: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(words[0], "image");
    let after = |option: &str| {
        let found = words.iter().enumerate().filter(|(_, word)| **word == option);
        found.map(|(at, _)| words[at + 1]).collect::<Vec<_>>()
    };
    let [default, tuned] = after("--variant")[..] else { panic!("{words:?}") };
    assert_eq!(default, "default=");
    assert!(tuned.starts_with("tuned=-- postgres -c shared_buffers=1GB -c "), "{tuned}");
    assert_eq!(tuned.matches(" -c ").count(), 16);
    assert_eq!(after("--memory"), ["2g"]);
    assert_eq!(after("--runs"), Vec::<&str>::new());
}

#[test]
fn no_exit_code_is_lost() {
    for code in [2, 3, 130] {
        let ended = with_stubs(&format!("exit {code}"), "echo reported >&2", &[]).expect(code);
        assert_eq!(ended.stderr, "");
    }
    for code in [0, 1, 2, 4] {
        let report = format!("cat \"$1\"; shift; echo \"$@\"; exit {code}");
        let ended = with_stubs("echo {}; exit 4", &report, &[]).expect(code);
        assert_eq!(ended.stdout, "{}\n--against default --metric load_seconds\n");
    }
}

/// What the script makes of pgbench's output, which ends with this code.
fn metrics(output: &str, code: i32) -> Vec<(String, f64)> {
    let awk = root().join("scripts/lib/pgbench.awk");
    let mut command = command(None, &["awk", "-f", awk.to_str().unwrap()]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{output}exit {code}").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(code));
    let stdout = String::from_utf8(ended.stdout).unwrap();
    // All that pgbench printed is passed on.
    let printed = stdout.strip_prefix(output).unwrap();
    let mut metrics: Vec<(String, f64)> = printed
        .lines()
        .map(|line| line.strip_prefix("dp: ").unwrap().split_once('=').unwrap())
        .map(|(name, number)| (name.to_owned(), number.parse().unwrap()))
        .collect();
    metrics.sort_by(|a, b| a.0.cmp(&b.0));
    metrics
}

fn expected(values: &[(&str, f64)]) -> Vec<(String, f64)> {
    values.iter().map(|(name, value)| (format!("load_{name}"), *value)).collect()
}

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("pgbench/", $name, ".txt"))
    };
}

#[test]
fn pgbench_15_with_a_duration() {
    let values = [
        ("latency_seconds", 0.001_252),
        ("transactions", 3207.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 1_597.403_510),
    ];
    assert_eq!(metrics(recorded!("plain"), 0), expected(&values));
}

#[test]
fn pgbench_15_with_statements_whose_latencies_are_others() {
    let values = [
        ("latency_seconds", 0.002_411),
        ("latency_stddev_seconds", 0.003_319),
        ("transactions", 200.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 785.610_753),
    ];
    assert_eq!(metrics(recorded!("statements"), 0), expected(&values));
}

#[test]
fn pgbench_15_with_a_connection_for_each_transaction() {
    let values = [
        ("latency_seconds", 0.018_156),
        ("transactions", 100.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 110.155_209),
    ];
    assert_eq!(metrics(recorded!("reconnect"), 0), expected(&values));
}

#[test]
fn pgbench_15_at_a_rate_and_with_a_latency_limit() {
    let values = [
        ("latency_seconds", 0.000_614),
        ("latency_stddev_seconds", 0.001_290),
        ("transactions", 397.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 199.634_021),
    ];
    assert_eq!(metrics(recorded!("rate"), 0), expected(&values));
}

#[test]
fn pgbench_15_with_several_scripts_has_figures_of_all_together() {
    let values = [
        ("latency_seconds", 0.000_591),
        ("transactions", 200.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 3_384.094_755),
    ];
    assert_eq!(metrics(recorded!("scripts"), 0), expected(&values));
}

/// A run that was published.
#[test]
fn pgbench_13_prints_the_rate_in_two_ways() {
    let text = "\
transaction type: <builtin: TPC-B (sort of)>
scaling factor: 1
query mode: simple
number of clients: 8
number of threads: 1
duration: 600 s
number of transactions actually processed: 355640
latency average = 13.493 ms
latency stddev = 15.117 ms
tps = 592.722139 (including connections establishing)
tps = 592.724062 (excluding connections establishing)
";
    let values = [
        ("latency_seconds", 0.013_493),
        ("latency_stddev_seconds", 0.015_117),
        ("transactions", 355_640.0),
        ("transactions_per_second", 592.724_062),
    ];
    assert_eq!(metrics(text, 0), expected(&values));
}

/// The sample of its manual.
#[test]
fn pgbench_17_prints_what_15_prints() {
    let text = "\
maximum number of tries: 1
number of transactions per client: 1000
number of transactions actually processed: 10000/10000
number of failed transactions: 0 (0.000%)
latency average = 11.013 ms
latency stddev = 7.351 ms
initial connection time = 45.758 ms
tps = 896.967014 (without initial connection time)
";
    let values = [
        ("latency_seconds", 0.011_013),
        ("latency_stddev_seconds", 0.007_351),
        ("transactions", 10_000.0),
        ("transactions_failed", 0.0),
        ("transactions_per_second", 896.967_014),
    ];
    assert_eq!(metrics(text, 0), expected(&values));
}

#[test]
fn a_run_that_was_aborted_or_never_began_has_no_metrics() {
    assert_eq!(metrics(recorded!("aborted"), 2), []);
    assert_eq!(metrics(recorded!("none"), 1), []);
}

#[test]
fn two_runs_have_no_metrics() {
    let both = [recorded!("plain"), recorded!("rate")].concat();
    assert_eq!(metrics(&both, 0), []);
}

#[test]
fn other_programs_have_no_metrics() {
    assert_eq!(metrics("tps = 5 (fast)\nlatency average = 2 ms\n", 0), []);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn both_servers_do_the_whole_load() {
    // What is shown is in the image and the script.
    if shown_elsewhere() {
        return;
    }
    let image = "dp-base/postgres";
    assert!(Docker::new().image(image).is_some(), "no {image}: run scripts/bases postgres");
    let ended = ran(&mut by_sh(SCRIPT, &["--records", image, "--runs", "1"])).expect(0);
    let records = assert_records(&ended.stdout);
    let stats = of_kind(&records, "stats");
    assert_eq!(stats.len(), 2);
    for record in stats {
        assert_eq!(record.metrics.get("load_transactions"), Some(4.0 * 5000.0));
        assert_eq!(record.metrics.get("load_transactions_failed"), Some(0.0));
        assert!(record.metrics.get("memory_peak_bytes").is_some(), "{record:?}");
    }
}
