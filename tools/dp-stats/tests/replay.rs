//! `--samples`: readings that were written by hand, so that every figure is
//! known.

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, Tool, of_kind};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/held.jsonl");

fn replay(path: &str) -> Ran {
    Tool::new("dp-stats").args(["-q", "--samples", path]).run()
}

fn stats(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "stats").into_iter().cloned().collect()
}

#[test]
fn figures_are_those_of_the_readings() {
    let records = stats(&replay(FILE).expect(0));
    assert_eq!(records.len(), 1);
    let metrics = &records[0].metrics;
    for (name, expected) in [
        ("memory_peak_bytes", 4000.0),
        ("memory_rss_max_bytes", 900.0),
        // Working sets: 900, 2400, 2000.
        ("memory_working_set_bytes", 2000.0),
        ("memory_working_set_max_bytes", 2400.0),
        ("memory_cache_bytes", 900.0),
        ("memory_limit_bytes", 8000.0),
        ("cpu_seconds", 2.5),
        ("cpu_cores", 1.0),
        ("cpu_limit_cores", 0.5),
        ("cpu_throttled_ratio", 0.25),
        ("cpu_throttled_seconds", 0.25),
        ("memory_pressure_ratio", 0.1),
        ("net_rx_bytes", 200.0),
        ("pids_max", 4.0),
        ("observed_seconds", 2.5),
        ("run_seconds", 2.5),
        ("samples", 3.0),
        ("samples_missed", 1.0),
        ("exit_code", 0.0),
        ("overhead_cpu_seconds", 0.01),
    ] {
        assert_eq!(metrics.get(name), Some(expected), "{name}");
    }
    for absent in ["net_tx_bytes", "io_read_bytes", "io_pressure_ratio", "oom_kills"] {
        assert_eq!(metrics.get(absent), None, "{absent}");
    }
    let detail = dp_testkit::detail(&records[0]);
    assert_eq!((&detail["peak_source"], &detail["own_group"]), (&"kernel".into(), &true.into()));
}

#[test]
fn the_same_readings_give_the_same_bytes_from_a_file_and_from_stdin() {
    let once = replay(FILE).expect(0).stdout;
    assert_eq!(once, replay(FILE).stdout);
    let text = std::fs::read(FILE).unwrap();
    let stdin = Tool::new("dp-stats").args(["-q", "--samples", "-"]).stdin(text).run();
    assert_eq!(once, stdin.expect(0).stdout);
    // Nothing is missing in it.
    let report = Tool::new("dp-report").args(["--all"]).stdin(once).run().expect(0);
    assert!(report.stdout.contains("job (a)"), "{}", report.stdout);
}

#[test]
fn a_file_that_was_cut_short_is_told_and_what_is_whole_counts() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let cut = text.lines().take(2).map(|line| line.replace("dp-1", "dp-2") + "\n");
    let cut = text.clone() + &cut.collect::<String>();
    let ran = Tool::new("dp-stats").args(["-q", "--samples", "-"]).stdin(cut).run().expect(4);
    let records = stats(&ran);
    assert_eq!((records[0].outcome, records[1].outcome), (Outcome::Ok, Outcome::Failed));
    let error = records[1].error.as_ref().unwrap();
    assert_eq!(error.code, "incomplete");
    assert_eq!(error.message, "the file ends behind 2 readings of it");
    let broken = text.replace("\"period\"", "\"perio\"");
    let ran = Tool::new("dp-stats").args(["-q", "--samples", "-"]).stdin(broken).run().expect(2);
    assert!(ran.stderr.starts_with("dp-stats: -:4: no observation"), "{}", ran.stderr);
}
