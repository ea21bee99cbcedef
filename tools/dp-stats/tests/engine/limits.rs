//! The same work under limits.

use std::collections::BTreeMap;

use dp_testkit::{Load, Tool};

use crate::job::{MIB, assert_within, dp_stats, findings, metric, of_load, stats};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_limit_that_is_too_low_is_an_outcome_and_no_failure() {
    let load = Load::new();
    let options = ["--limits", "memory=64m"];
    let record = of_load(&load, &options, &["memory=200", "end"]);
    assert_eq!(metric(&record, "exit_code"), 137.0);
    assert!(metric(&record, "oom_kills") >= 1.0);
    assert_eq!(metric(&record, "memory_limit_bytes"), 64.0 * MIB);
    assert!(findings(&record).contains(&"oom_killed"), "{:?}", findings(&record));
    // runc's first process stands beside the limited group.
    assert_within(&record, "memory_peak_bytes", 60.0 * MIB, 6.0 * MIB);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn limits_are_variants_that_dp_report_compares() {
    let load = Load::new();
    let options =
        ["-r", "2", "--limits", "none", "--limits", "memory=1g,cpus=1", "--limits", "memory=110m"];
    let ran = dp_stats(&load, &options, &["memory=100", "wait=200", "end"]).run().expect(0);
    let mut counts = BTreeMap::new();
    for record in stats(&ran) {
        let variant = record.subject.as_ref().unwrap().variant.clone().unwrap();
        *counts.entry(variant.clone()).or_insert(0) += 1;
        let found = findings(&record);
        match variant.as_str() {
            "none" => assert_eq!(found, ["no_memory_limit"]),
            "memory=1g,cpus=1" => {
                assert_eq!(found, ["memory_limit_far_above_need"]);
                assert_eq!(metric(&record, "cpu_limit_cores"), 1.0);
                assert_eq!(metric(&record, "memory_limit_bytes"), 1024.0 * MIB);
            }
            _ => assert_eq!(found, ["near_memory_limit"]),
        }
    }
    assert_eq!(counts.values().copied().collect::<Vec<i32>>(), [2, 2, 2]);
    let report = Tool::new("dp-report").args(["--against", "none"]).stdin(ran.stdout).run();
    assert!(report.stdout.contains("memory_peak_bytes"), "{}", report.output());
}
