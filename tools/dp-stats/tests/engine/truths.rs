//! What a container used is what its program did: never less, and no more than
//! the kernel's own charges.

use dp_testkit::{Load, shown_elsewhere};

use crate::job::{MIB, assert_within, detail, findings, metric, of_load};

/// What a container has beside its load, and what the kernel charges in batches.
const SLACK: f64 = 2.0 * MIB;
/// With readings, and with what the parent group keeps alone.
const INTERVALS: [&str; 2] = ["100ms", "0s"];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn memory_that_is_held_is_told_with_readings_and_without() {
    let load = Load::new();
    for interval in INTERVALS {
        let options = ["--interval", interval];
        let record = of_load(&load, &options, &["memory=100", "wait=400", "end"]);
        assert_within(&record, "memory_peak_bytes", 100.0 * MIB, SLACK);
        assert_eq!(detail(&record)["peak_source"], "kernel");
        assert_eq!(detail(&record)["period"], "start to exit");
        assert_eq!(metric(&record, "exit_code"), 0.0);
        assert!(metric(&record, "run_seconds") >= 0.4);
        assert_eq!(findings(&record), ["no_memory_limit"]);
        if interval == "0s" {
            assert_eq!(metric(&record, "samples"), 0.0);
            assert_eq!(record.metrics.get("memory_rss_max_bytes"), None);
        } else {
            assert!(metric(&record, "samples") >= 4.0);
            assert_within(&record, "memory_rss_max_bytes", 100.0 * MIB, SLACK);
            assert_within(&record, "memory_working_set_max_bytes", 100.0 * MIB, SLACK);
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_spike_between_two_readings_is_in_the_peak() {
    let load = Load::new();
    for interval in INTERVALS {
        let record = of_load(&load, &["--interval", interval], &["spike=300", "end"]);
        assert_within(&record, "memory_peak_bytes", 300.0 * MIB, SLACK);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn page_cache_is_in_the_peak_and_no_need() {
    let load = Load::new();
    let record = of_load(&load, &["--volume", "/data"], &["cache=80", "wait=300", "end"]);
    // The kernel may take clean pages back at any time, and here and there does.
    assert!(metric(&record, "memory_peak_bytes") >= 60.0 * MIB);
    assert!(metric(&record, "memory_rss_max_bytes") < 4.0 * MIB);
    assert!(findings(&record).contains(&"peak_is_page_cache"), "{record:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn cpu_time_is_the_programs() {
    // The kernel counts it.
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    for interval in INTERVALS {
        let record = of_load(&load, &["--interval", interval], &["burn=8000", "end"]);
        // Two percent, of which the setting-up of a container is a third.
        assert_within(&record, "cpu_seconds", 8.0, 0.16);
        let cores = metric(&record, "cpu_cores") * metric(&record, "run_seconds");
        assert!((cores - metric(&record, "cpu_seconds")).abs() < 1e-6);
        assert_eq!(record.metrics.get("cpu_throttled_ratio"), None);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_quota_is_told_with_what_it_held_back() {
    let load = Load::new();
    let record = of_load(&load, &["--cpus", "0.5"], &["burn=2000", "end"]);
    assert_within(&record, "cpu_seconds", 2.0, 0.15);
    assert_eq!(metric(&record, "cpu_limit_cores"), 0.5);
    // At most 50 ms in each period of 100 ms; part of a period at either end.
    assert!(metric(&record, "run_seconds") >= 3.9);
    assert!(metric(&record, "cpu_throttled_seconds") > 0.0);
    let ratio = metric(&record, "cpu_throttled_ratio");
    assert!(ratio > 0.0 && ratio <= 1.0, "{ratio}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn processes_are_counted() {
    let load = Load::new();
    for interval in INTERVALS {
        let options = ["--interval", interval];
        let record = of_load(&load, &options, &["processes=20", "wait=300", "end"]);
        // Without readings only kernels that keep the peak know.
        if interval == "100ms" || record.metrics.get("pids_max").is_some() {
            assert_eq!(metric(&record, "pids_max"), 21.0, "{interval}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn datagrams_are_counted_with_their_headers() {
    let load = Load::new();
    let record = of_load(&load, &[], &["datagrams=64", "wait=400", "end"]);
    // 1,000 bytes behind 8 of UDP, 20 of IP and 14 of the link; ARP asks too.
    assert_within(&record, "net_tx_bytes", 64.0 * 1042.0, 2000.0);
    let none = of_load(&load, &["--network", "host"], &["wait=300", "end"]);
    assert_eq!(none.metrics.get("net_tx_bytes"), None);
    let detail = detail(&none);
    let why = detail["absent"]["net_tx_bytes"].as_str().unwrap();
    assert!(why.contains("this machine's own network"), "{why}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn direct_writes_are_counted_or_said_not_to_be() {
    let load = Load::new();
    let record = of_load(&load, &["--volume", "/data"], &["direct=16", "wait=600", "end"]);
    if record.metrics.get("io_write_bytes").is_some() {
        assert_within(&record, "io_write_bytes", 16.0 * MIB, MIB);
    } else {
        let detail = detail(&record);
        let why = detail["absent"]["io_write_bytes"].as_str().unwrap();
        assert!(why.contains("not counted"), "{why}");
    }
}

/// Memory of a stage that is over belongs to the whole life, not to the time
/// that was watched.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_peak_from_before_the_time_that_was_watched_is_not_in_it() {
    let load = Load::new();
    let options = ["--for", "1s", "--ready", "log=^done"];
    let record = of_load(&load, &options, &["spike=300", "memory=50"]);
    assert_eq!(detail(&record)["peak_source"], "sampled");
    assert_within(&record, "memory_peak_bytes", 50.0 * MIB, SLACK);
    assert!(metric(&record, "cpu_seconds") < 0.1);
    assert!((1.0..10.0).contains(&metric(&record, "observed_seconds")));
    assert_eq!(record.metrics.get("exit_code"), None);
}
