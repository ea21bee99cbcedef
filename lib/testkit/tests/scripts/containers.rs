//! `monitor-resources.sh` and its like: one period after the other, and no exit code is lost.

use std::fs;

use dp_testkit::Ran;
use tempfile::TempDir;

use crate::{Stubs, command, ran, root};

/// Says how it was called, and ends so.
fn stub(code: i32) -> String {
    format!("echo \"$*\"; exit {code}")
}

/// The script with these programs instead of the tools; its records go into the folder.
fn monitor(stats: &str, report: &str, results: &TempDir, args: &[&str]) -> Ran {
    let stubs = Stubs::new(&[("dp-stats", stats), ("dp-report", report)]);
    let script = root().join("scripts/monitor-resources.sh");
    let words = [&["sh", script.to_str().unwrap()], args].concat();
    let mut command = command(Some(stubs.path()), &words);
    ran(command.env("DP_RESULTS", results.path()).env("COMPOSE_PROJECT_NAME", "shop"))
}

#[test]
fn each_period_is_added_to_the_records_until_one_is_beyond_a_threshold() {
    let results = tempfile::tempdir().unwrap();
    let args = ["--for", "3s", "--times", "2", "--samples", "readings"];
    let quiet = monitor(&stub(0), "echo reported", &results, &args).expect(0);
    assert_eq!(quiet.stdout, "reported\nreported\n");
    let kept = || fs::read_to_string(results.path().join("monitor-resources.jsonl")).unwrap();
    let period = "--quiet --compose shop --for 3s --samples-out readings\n";
    assert_eq!(kept(), period.repeat(2));
    let loud = monitor(&stub(0), "echo reported; exit 1", &results, &["--times", "0"]).expect(1);
    // The text of the alert comes from the report too.
    assert_eq!([loud.stdout, loud.stderr], ["reported\n", "reported\n"]);
    assert_eq!(kept().lines().count(), 3);
}

#[test]
fn no_exit_code_is_lost() {
    let results = tempfile::tempdir().unwrap();
    for code in [2, 3, 130] {
        let _ = monitor(&stub(code), "echo reported", &results, &[]).expect(code);
    }
    // What could not be watched stands in the records.
    let _ = monitor(&stub(4), "exit 4", &results, &[]).expect(4);
    let _ = monitor(&stub(0), "exit 2", &results, &["--times", "0"]).expect(2);
}
