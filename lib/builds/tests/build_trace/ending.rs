//! How recorded builds ended, by the bytes of their logs.

use dp_builds::{Analysis, Ending, FailureCode, StreamReport, read};
use serde_json::json;

/// A line of progress: digest, name and inputs of a vertex, when it began and ended (in seconds, as
/// text), and its error.
fn line(digest: &str, name: &str, inputs: &[&str], run: [&str; 2], error: &str) -> String {
    let at = |second: &str| format!("2026-01-02T03:04:{second:0>2}Z");
    let mut vertex = json!({ "digest": digest, "name": name, "inputs": inputs });
    for (field, second) in ["started", "completed"].into_iter().zip(run) {
        if !second.is_empty() {
            vertex[field] = at(second).into();
        }
    }
    if !error.is_empty() {
        vertex["error"] = error.into();
    }
    json!({ "vertexes": [vertex] }).to_string() + "\n"
}

const BASE: &str = "[1/3] FROM base";
const MAKE: &str = "[2/3] RUN make";
const TEST: &str = "[3/3] RUN make test";
const CANCELED: &str = "process did not complete successfully: exit code: 137: context canceled";

/// All vertexes of a build, before any has begun.
fn announced() -> String {
    line("f", BASE, &[], ["", ""], "")
        + &line("m", MAKE, &["f"], ["", ""], "")
        + &line("t", TEST, &["m"], ["", ""], "")
}

fn base() -> String {
    announced() + &line("f", BASE, &[], ["0", "1"], "")
}

fn make(end: &str, error: &str) -> String {
    line("m", MAKE, &["f"], ["1", end], error)
}

fn test(end: &str, error: &str) -> String {
    line("t", TEST, &["m"], ["5", end], error)
}

fn export(end: &str, error: &str) -> String {
    line("e", "exporting to image", &[], ["9", end], error)
}

fn report(log: &str) -> StreamReport {
    read(log.as_bytes()).unwrap()
}

#[track_caller]
fn assert_ending(log: &str, ending: Ending) {
    let report = report(log);
    assert_eq!(report.ending(), ending, "{log}");
    assert_eq!(report.failure().is_none(), ending == Ending::Succeeded, "{log}");
    assert!(!report.has_several_builds(), "{log}");
}

#[test]
fn a_build_succeeded_if_its_result_was_made() {
    let whole = base() + &make("5", "") + &test("9", "");
    // Where nothing is written, the last step is the result.
    assert_ending(&whole, Ending::Succeeded);
    assert_ending(&(whole.clone() + &export("10", "")), Ending::Succeeded);
    // The last newline may be missing.
    assert_ending(whole.trim_end(), Ending::Succeeded);
    assert_ending(&(whole + "a remark {"), Ending::Succeeded);
    let bare = line("f", "[1/1] FROM base", &[], ["0", "1"], "");
    assert_ending(&bare, Ending::Succeeded);
}

#[test]
fn what_is_canceled_or_not_found_on_the_way_fails_no_build() {
    let import = line("i", "importing cache manifest from a", &[], ["0", "1"], "not found");
    let unneeded = line("u", "[old 2/2] RUN x", &["f"], ["1", "2"], CANCELED);
    let rest = base() + &make("5", "") + &test("9", "") + &export("10", "");
    assert_ending(&(import + &rest), Ending::Succeeded);
    assert_ending(&(unneeded + &rest), Ending::Succeeded);
}

#[test]
fn a_log_that_ends_while_something_runs_is_cut_off() {
    assert_ending(&(base() + &make("", "")), Ending::CutOff);
    assert_ending(&(base() + &make("5", "") + &test("", "")), Ending::CutOff);
    let exporting = base() + &make("5", "") + &test("9", "") + &export("", "");
    assert_ending(&exporting, Ending::CutOff);
    let failure = report(&exporting).failure().unwrap();
    assert_eq!(failure.code, FailureCode::LogIncomplete);
    assert_eq!(
        failure.message,
        "exporting to image: its end is not in the log: the build was killed, or its log is cut off"
    );
    assert_eq!(failure.vertex, Some(3));
}

#[test]
fn a_log_that_ends_between_two_steps_is_cut_off() {
    assert_ending(&announced(), Ending::CutOff);
    assert_ending(&base(), Ending::CutOff);
    assert_ending(&(base() + &make("5", "")), Ending::CutOff);
    let looking = line("i", "[internal] load metadata for base", &[], ["0", "1"], "");
    assert_ending(&looking, Ending::CutOff);
    let message = "the log ends before the build does: the build was killed, or its log is cut off";
    assert_eq!(report(&looking).failure().unwrap().message, message);
}

#[test]
fn a_log_that_ends_within_a_line_is_cut_off() {
    let whole = base() + &make("5", "") + &test("9", "");
    let next = export("10", "");
    for length in 1..next.trim_end().len() {
        assert_ending(&(whole.clone() + &next[..length]), Ending::CutOff);
    }
    let report = report(&(whole + &next[..20]));
    let message = "the log ends within a message: the build was killed, or its log is cut off";
    assert_eq!(report.failure().unwrap().message, message);
}

#[test]
fn a_build_whose_steps_were_all_canceled_was_stopped() {
    let words = "ERROR: failed to build: failed to solve: Canceled: context canceled\n";
    for log in [
        base() + &make("3", CANCELED),
        base() + &make("3", "context canceled") + words,
        base() + &make("3", CANCELED) + &line("o", "[o 2/2] RUN x", &["f"], ["1", ""], ""),
        base() + &make("5", "") + &test("9", "") + &export("10", CANCELED),
        // Before anything ran.
        announced() + words,
    ] {
        assert_ending(&log, Ending::Stopped);
        let failure = report(&log).failure().unwrap();
        assert_eq!(failure.code, FailureCode::Cancelled);
        assert_eq!(failure.message, "stopped on request");
    }
}

#[test]
fn a_failure_counts_before_what_it_canceled_and_before_the_end_of_the_log() {
    let exit = "process \"make\" did not complete successfully: exit code: 2";
    let other = line("o", "[o 2/2] RUN x", &["f"], ["1", "4"], CANCELED);
    for log in [
        base() + &make("3", exit),
        base() + &other + &make("3", exit),
        base() + &make("3", exit) + &other + "{\"vertexes\":[{",
        base() + &make("3", exit) + "ERROR: failed to solve: context canceled\n",
        base() + "ERROR: failed to solve: no space left on device\n",
    ] {
        assert_ending(&log, Ending::Failed);
    }
    let failure = report(&(base() + &other + &make("3", exit))).failure().unwrap();
    assert_eq!((failure.code, failure.exit_code), (FailureCode::StepFailed, Some(2)));
}

#[test]
fn of_two_that_failed_the_first_by_time_is_the_cause() {
    // The other one was killed without a word about it.
    let killed = line("o", "[o 2/2] RUN x", &["f"], ["1", "4"], "exit code: 137");
    let report = report(&(base() + &killed + &make("3", "exit code: 2")));
    assert_eq!(report.failure().unwrap().exit_code, Some(2));
    let path = Analysis::of(&report.trace).critical_path;
    let names: Vec<_> =
        path.iter().map(|&place| report.trace.vertexes[place].name.as_str()).collect();
    assert_eq!(names, [BASE, MAKE]);
}

/// A build whose step is `digest` and that begins at `second`, without its image.
fn build(digest: &str, second: u32) -> String {
    let [begin, ready, end] = [0, 1, 4].map(|more| (second + more).to_string());
    let (definition, name) =
        (format!("d{second}"), "[internal] load build definition from Dockerfile");
    line(&definition, name, &[], [&begin, &ready], "")
        + &line("f", "[1/2] FROM base", &[], [&ready, &ready], "")
        + &line(digest, "[2/2] RUN make", &["f"], [&ready, &end], "")
}

fn image(second: u32) -> String {
    let (digest, end) = (format!("e{second}"), (second + 2).to_string());
    line(&digest, "exporting to image", &[], [&second.to_string(), &end], "")
}

#[test]
fn builds_that_follow_each_other_in_one_log_are_seen() {
    let one = build("m", 0) + &image(4);
    for (log, several) in [
        (one.clone(), false),
        (one.clone() + &build("n", 20), true),
        // The same steps again.
        (one.clone() + &build("m", 20) + &image(24), true),
        (one + &build("n", 20) + &image(24) + &build("o", 40), true),
        // Without an image.
        (build("m", 0) + &build("m", 20), true),
    ] {
        assert_eq!(report(&log).has_several_builds(), several, "{log}");
    }
}

#[test]
fn what_one_build_does_twice_makes_no_two_builds() {
    let frontend = "resolve image config for docker-image://registry.invalid/a";
    let definition = |digest: &str, run| {
        line(digest, "[internal] load build definition from Dockerfile", &[], run, "")
    };
    // The frontend that the Dockerfile names loads it again.
    let loaded = definition("a", ["0", "1"]) + &line("r", frontend, &[], ["1", "2"], "");
    let loaded = loaded + &definition("b", ["2", "3"]);
    assert!(!report(&(loaded + &image(9))).has_several_builds());
    // Cache is written after the image, and loads a base meanwhile.
    let cache = line("c", "exporting cache to registry", &[], ["8", "12"], "");
    let late = line("f", "[1/2] FROM base", &[], ["9", "11"], "");
    let log = build("m", 0) + &image(4) + &cache + &late;
    assert!(!report(&log).has_several_builds());
    // Two targets of one command, the second after the first.
    let targets = [("api", 0), ("web", 20)].map(|(target, second)| {
        let log = build(target, second) + &image(second + 4);
        log.replace("[internal]", &format!("[{target} internal]"))
            .replace("[1/2]", &format!("[{target} 1/2]"))
            .replace("[2/2]", &format!("[{target} 2/2]"))
            .replace("exporting", &format!("[{target}] exporting"))
    });
    let report = report(&targets.concat());
    assert!(!report.has_several_builds());
    assert_eq!(report.ending(), Ending::Succeeded);
}

#[test]
fn a_target_that_was_not_reached_is_missed_though_another_one_was_exported() {
    let api = line("a", "[api 2/2] RUN a", &[], ["0", "1"], "")
        + &line("w", "[web 2/2] RUN w", &[], ["", ""], "")
        + &line("e", "[api] exporting to image", &[], ["1", "2"], "");
    let api = line("d", "[api internal] load .dockerignore", &[], ["0", "0"], "") + &api;
    assert_ending(&api, Ending::CutOff);
}

#[test]
fn progress_after_the_final_error_is_noticed_and_stays_text() {
    let failed = base() + &make("3", "exit code: 2") + "ERROR: failed to solve: exit code: 2\n";
    assert!(!report(&failed).progress_after_error);
    let report = report(&(failed + &build("n", 20)));
    assert!(report.progress_after_error);
    assert_eq!((report.ending(), report.trace.vertexes.len()), (Ending::Failed, 3));
}
