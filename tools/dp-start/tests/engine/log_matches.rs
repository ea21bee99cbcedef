//! The n-th match in the output, and patterns over several lines: a server that
//! says so twice, as databases do whose first start is their initialisation.

use dp_testkit::{BASE, Ran, Tool, shown_elsewhere};

use crate::service::{detail, start, starts};

/// Says ready, does something else for a second, and says it again.
const TWICE: &str = "echo init; echo ready; sleep 1; echo down; echo up; echo ready >&2; sleep 1; \
                     echo ready; echo 'build #2'; sleep 60";

fn run(ready: &str, script: &str) -> Ran {
    Tool::new("dp-start")
        .args(["-q", "-r", "1", "--timeout", "10s", "--ready", ready, BASE])
        .args(["--stop-timeout", "0", "--", "sh", "-c", script])
        .run()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_match_that_was_asked_for_counts() {
    // Lines are matched by us, whatever the engine.
    if shown_elsewhere() {
        return;
    }
    for (pattern, wanted, count, least) in [
        ("^ready$", "", 1, 0.0),
        ("^ready$", "#1", 1, 0.0),
        ("^ready$", "#2", 2, 1.0),
        ("^ready$", "#3", 3, 2.0),
        (r"build \#2", "", 1, 2.0),
        (r"(?s)init.*down\nup", "", 1, 1.0),
    ] {
        let ready = format!("log={pattern}{wanted}");
        let record = start(&run(&ready, TWICE).expect(0));
        // From the start call, which is before all of its output.
        let after = record.metrics.get("ready_seconds").unwrap();
        assert!(after >= least, "{ready}: {after} s");
        let log = detail(&record)["ready_log"].clone();
        assert_eq!(log["pattern"], pattern);
        assert_eq!((&log["count"], &log["seen"]), (&count.into(), &count.into()), "{ready}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn too_few_matches_are_told_with_how_the_text_is_written() {
    let script = "echo ready; echo 'build #2'; exit 3";
    for ready in ["log=ready#2", "log=build #2"] {
        let records = starts(&run(ready, script).expect(4));
        let error = records[0].error.clone().unwrap();
        assert_eq!(error.code, "exited");
        let end = "1 of 2 matches came (for the text #2 write \\#2)";
        assert!(error.message.ends_with(end), "{}", error.message);
        assert_eq!(detail(&records[0])["ready_log"]["seen"], 1);
    }
}
