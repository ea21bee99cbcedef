//! Logs of builds that did not end well: no record of them is a good one.

use std::fs;

use dp_record::Outcome;
use dp_testkit::Context;

use crate::{build, own, recorded, replay, steps};

/// A base, a step that begins, and whatever follows.
const BEGUN: &str = r#"{"vertexes":[{"digest":"a","name":"[1/2] FROM x","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:00.1Z"},{"digest":"b","inputs":["a"],"name":"[2/2] RUN make","started":"2026-01-01T00:00:00.1Z"}]}
"#;

#[test]
fn a_log_without_its_end_is_a_failed_build() {
    let half = &BEGUN[..BEGUN.len() / 2];
    for (text, message) in [
        (BEGUN.to_owned(), "[2/2] RUN make: its end is not in the log"),
        (BEGUN.to_owned() + half, "[2/2] RUN make: its end is not in the log"),
        (
            BEGUN.replace(r#","started":"2026-01-01T00:00:00.1Z"}"#, "}"),
            "the log ends before the build does",
        ),
        (
            BEGUN.replace("0.1Z\"}]}", "0.1Z\",\"completed\":\"2026-01-01T00:00:02Z\"}]}") + half,
            "the log ends within a message",
        ),
    ] {
        let context = Context::empty().with("cut.log", &text);
        let record = build(&replay(&context.path().join("cut.log"), &[]).expect(4));
        let error = record.error.unwrap();
        assert_eq!((record.outcome, error.code.as_str()), (Outcome::Failed, "log_incomplete"));
        let why = ": the build was killed, or its log is cut off";
        assert_eq!(error.message, format!("{message}{why}"), "{text}");
        assert!(record.metrics.iter().next().is_none());
        assert!(error.partial.is_some());
    }
}

#[test]
fn a_build_that_was_stopped_or_killed_is_a_failed_one_with_its_steps() {
    for (name, code) in [("stopped", "cancelled"), ("killed", "log_incomplete")] {
        let record = build(&replay(&recorded("20.10", name), &[]).expect(4));
        assert_eq!(record.error.as_ref().unwrap().code, code);
        let states: Vec<_> = steps(&record).iter().map(|step| step["state"].clone()).collect();
        assert_eq!(states, ["base", "canceled", "skipped", "canceled", "skipped"], "{name}");
    }
}

#[test]
fn the_step_that_failed_is_critical_and_the_one_torn_down_with_it_is_not() {
    for (log, failed) in [("torn-down", "RUN fetch-sources"), ("torn-down-open", "RUN two")] {
        let record = build(&replay(&own(&format!("{log}.rawjson")), &[]).expect(4));
        let steps = steps(&record);
        let of = |text: &str| {
            let named = |step: &&serde_json::Value| step["name"].as_str().unwrap().contains(text);
            steps.iter().find(named).unwrap_or_else(|| panic!("{log}: no {text}"))
        };
        let failed = of(failed);
        assert_eq!((&failed["state"], &failed["critical"]), (&"failed".into(), &true.into()));
        assert!((failed["seconds"].as_f64().unwrap() - 2.0).abs() < 1e-9);
        let torn_down = of("[a 2/2] RUN");
        assert_eq!(torn_down["state"], "canceled", "{log}");
        assert_eq!(torn_down["critical"], false, "{log}");
        assert!(torn_down["seconds"].as_f64().unwrap() >= 2.0, "{log}");
        let skipped = of("COPY --from=a");
        assert_eq!((&skipped["state"], &skipped["critical"]), (&"skipped".into(), &false.into()));
    }
}

#[test]
fn the_line_of_the_step_that_failed_is_named_beside_one_torn_down() {
    let dockerfile = own("torn-down.Dockerfile");
    let ran = replay(&own("torn-down.rawjson"), &["-f", dockerfile.to_str().unwrap()]).expect(4);
    let error = build(&ran).error.unwrap();
    assert_eq!(error.code, "step_failed");
    assert_eq!(error.message, "[b 2/2] RUN fetch-sources (line 5): exit code 128");
}

#[test]
fn nothing_is_a_negative_zero() {
    for log in ["torn-down", "torn-down-open", "two-stages"] {
        let ran = replay(&own(&format!("{log}.rawjson")), &[]);
        assert!(ran.stdout.contains("\"seconds\":0.0"), "{log}: {}", ran.stdout);
        assert!(!ran.stdout.contains(":-0"), "{log}: {}", ran.stdout);
    }
}

#[test]
fn a_log_of_several_builds_is_refused() {
    let ran = replay(&own("three-builds.rawjson"), &[]).expect(2);
    let words = "three-builds.rawjson: several builds in it, one after the other: give each one a log of its own\n";
    assert!(ran.stderr.ends_with(words), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_follows_the_final_error_is_not_lost_silently() {
    let failed = fs::read_to_string(recorded("28.5", "step-failed")).unwrap();
    let next = fs::read_to_string(recorded("28.5", "cached")).unwrap();
    let context = Context::empty().with("both.log", &(failed + &next));
    let ran = replay(&context.path().join("both.log"), &[]).expect(4);
    assert_eq!(build(&ran).error.unwrap().code, "step_failed");
    assert!(
        ran.stderr.contains("what looks like progress follows the final error"),
        "{}",
        ran.stderr
    );
}
