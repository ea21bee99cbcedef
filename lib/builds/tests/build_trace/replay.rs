//! Recordings of real engines (made by `files/record`), against what their
//! Dockerfiles do.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use dp_builds::{
    Analysis, Ending, Failure, FailureCode, StreamReport, Trace, VertexKind, VertexState, read,
};

const ENGINES: [&str; 2] = ["20.10", "28.5"];

fn replay(engine: &str, name: &str) -> StreamReport {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let path = files.join(engine).join(name).with_extension("rawjson");
    read(BufReader::new(File::open(path).unwrap())).unwrap()
}

fn failure(engine: &str, name: &str) -> Failure {
    let report = replay(engine, name);
    Failure::of(&report.trace, &report.text, false)
}

/// Text and state of the steps, sorted by text.
fn states(trace: &Trace) -> Vec<(String, VertexState)> {
    let steps = trace.steps();
    let real = steps.iter().filter(|step| step.kind == VertexKind::Step);
    let mut states: Vec<_> = real.map(|step| (step.name.text.to_owned(), step.state)).collect();
    states.sort_by(|a, b| a.0.cmp(&b.0));
    states
}

fn expect(expected: &[(&str, VertexState)]) -> Vec<(String, VertexState)> {
    expected.iter().map(|(text, state)| ((*text).to_owned(), *state)).collect()
}

/// Texts of the steps on the critical path that ran.
fn path(trace: &Trace, analysis: &Analysis) -> Vec<String> {
    let steps = trace.steps();
    let text = |place: &usize| {
        let step = steps.iter().find(|step| step.members.contains(place))?;
        let ran = step.state == VertexState::Executed;
        (ran && step.kind == VertexKind::Step).then(|| step.name.text.to_owned())
    };
    analysis.critical_path.iter().filter_map(text).collect()
}

#[test]
fn parallel_stages_and_no_unused_one() {
    use VertexState::Executed;
    for engine in ENGINES {
        let report = replay(engine, "parallel");
        let expected = [
            ("COPY --from=quick /quick .", Executed),
            ("COPY --from=slow /slow .", Executed),
            ("COPY a.txt .", Executed),
            ("RUN sleep 1; cat slow quick", Executed),
            ("RUN sleep 2; echo quick > /quick", Executed),
            ("RUN sleep 5; echo slow > /slow", Executed),
        ];
        let mut states = states(&report.trace);
        // --no-cache does not reach WORKDIR: it may be cached or not.
        assert_eq!(states.pop().unwrap().0, "WORKDIR /app", "{engine}");
        assert_eq!(states, expect(&expected), "{engine}");
        assert!(report.text.is_empty());
    }
}

#[test]
fn the_path_of_parallel_stages_holds_the_long_one() {
    for engine in ENGINES {
        let trace = replay(engine, "parallel").trace;
        let analysis = Analysis::of(&trace);
        let expected = [
            "RUN sleep 5; echo slow > /slow",
            "COPY --from=slow /slow .",
            "COPY --from=quick /quick .",
            "RUN sleep 1; cat slow quick",
        ];
        assert_eq!(path(&trace, &analysis), expected, "{engine}");
        let (span, length) = (analysis.span_length(), analysis.critical_path_length);
        // 5 s and 1 s of sleep, and 2 s at the same time.
        assert!(length.as_secs_f64() >= 6.0 && span.as_secs_f64() < 8.0, "{engine}");
        assert!(length.as_secs_f64() > 0.9 * span.as_secs_f64(), "{engine}");
        assert!(analysis.parallelism_ratio.unwrap() >= 8.0 / span.as_secs_f64(), "{engine}");
        assert!(analysis.context_sent_bytes.unwrap() > 0, "{engine}");
        assert!(analysis.context.is_some() && analysis.resolve.is_some(), "{engine}");
        assert!(analysis.export.is_some(), "{engine}");
    }
}

#[test]
fn a_second_build_is_cached_step_by_step() {
    for engine in ENGINES {
        let trace = replay(engine, "cached").trace;
        let states = states(&trace);
        assert_eq!(states.len(), 7, "{engine}");
        assert!(states.iter().all(|step| step.1 == VertexState::Cached), "{engine}");
        let analysis = Analysis::of(&trace);
        assert!(path(&trace, &analysis).is_empty(), "{engine}");
        assert!(!analysis.critical_path.is_empty(), "{engine}");
    }
}

#[test]
fn steps_that_match_by_content_are_cached_after_the_one_that_ran() {
    use VertexState::{Cached, Executed};
    for engine in ENGINES {
        let trace = replay(engine, "late").trace;
        let states = states(&trace);
        let state = |text: &str| states.iter().find(|step| step.0.starts_with(text)).unwrap().1;
        assert_eq!(state("RUN sleep 2"), Executed, "{engine}");
        assert_eq!(state("WORKDIR"), Cached, "{engine}");
        assert_eq!(state("COPY --from=changing /same"), Cached, "{engine}");
        assert_eq!(state("RUN sleep 1"), Cached, "{engine}");
        assert_eq!(state("COPY --from=changing /changed"), Executed, "{engine}");
        assert_eq!(state("RUN cat changed"), Executed, "{engine}");
        let analysis = Analysis::of(&trace);
        let path = path(&trace, &analysis);
        assert!(path[0].starts_with("RUN sleep 2"), "{engine}: {path:?}");
        assert_eq!(path[1..], ["COPY --from=changing /changed .", "RUN cat changed"], "{engine}");
        assert!(analysis.critical_path_length.as_secs_f64() > 2.0, "{engine}");
    }
}

#[test]
fn what_add_fetches_is_no_step_of_its_own() {
    for engine in ENGINES {
        let expected = [
            ("ADD http://127.0.0.1:18765/a.txt /added/", VertexState::Executed),
            ("RUN true", VertexState::Executed),
        ];
        assert_eq!(states(&replay(engine, "added").trace), expect(&expected), "{engine}");
    }
}

#[test]
fn triggers_of_the_base_are_steps() {
    for engine in ENGINES {
        let expected = [
            ("RUN echo trigger > /trigger", VertexState::Executed),
            ("RUN true", VertexState::Executed),
        ];
        assert_eq!(states(&replay(engine, "onbuild").trace), expect(&expected), "{engine}");
    }
}

#[test]
fn a_failed_step_is_distinguished_from_the_one_that_it_canceled() {
    for engine in ENGINES {
        let trace = replay(engine, "step-failed").trace;
        let expected = [
            ("COPY --from=other /tmp /other", VertexState::NotStarted),
            ("RUN echo one; echo two >&2; sleep 1; exit 7", VertexState::Failed),
            ("RUN sleep 20", VertexState::Canceled),
        ];
        assert_eq!(states(&trace), expect(&expected), "{engine}");
        let failure = failure(engine, "step-failed");
        assert_eq!(failure.code, FailureCode::StepFailed);
        assert_eq!(failure.exit_code, Some(7));
        // One line on each of the two streams, in any order.
        let mut log = failure.log;
        log.sort();
        assert_eq!(log, ["one", "two"]);
        let message = "[stage-1 2/3] RUN echo one; echo two >&2; sleep 1; exit 7: exit code 7";
        assert_eq!(failure.message, message);
        assert_eq!(
            failure.vertex.map(|place| trace.vertexes[place].name.contains("exit 7")),
            Some(true)
        );
    }
}

/// Name of the recording, its code, and the line where 20.10 and 28.5 say one.
const FAILURES: &[(&str, FailureCode, [Option<u32>; 2])] = &[
    ("step-failed", FailureCode::StepFailed, [None, Some(4)]),
    ("source-missing", FailureCode::SourceMissing, [None, Some(2)]),
    ("dockerfile-invalid", FailureCode::DockerfileInvalid, [Some(3), Some(3)]),
    ("dockerfile-empty", FailureCode::DockerfileInvalid, [None, Some(1)]),
    ("base-unavailable", FailureCode::BaseUnavailable, [None, Some(1)]),
    ("hostile", FailureCode::StepFailed, [None, Some(3)]),
    ("forged", FailureCode::StepFailed, [None, Some(2)]),
    ("target-missing", FailureCode::TargetMissing, [None, None]),
    ("dockerfile-missing", FailureCode::DockerfileMissing, [None, None]),
    ("context-missing", FailureCode::ContextUnreadable, [None, None]),
    ("arguments-invalid", FailureCode::ArgumentsInvalid, [None, None]),
    ("engine-lost", FailureCode::EngineLost, [None, None]),
];

#[test]
fn every_recording_tells_how_its_build_ended() {
    let good = ["added", "cached", "late", "onbuild", "parallel"];
    for engine in ENGINES {
        for name in good {
            let report = replay(engine, name);
            assert_eq!(report.ending(), Ending::Succeeded, "{engine} {name}");
            assert!(report.failure().is_none() && !report.has_several_builds(), "{engine} {name}");
        }
        for (name, code, _) in FAILURES {
            // Only a line that begins with ERROR is an error; usage is another matter.
            if *name != "arguments-invalid" {
                let report = replay(engine, name);
                assert_eq!(report.ending(), Ending::Failed, "{engine} {name}");
                assert_eq!(report.failure().unwrap().code, *code, "{engine} {name}");
            }
        }
    }
}

#[test]
fn a_build_that_got_an_interrupt_was_stopped_and_one_that_was_killed_has_no_end() {
    let stopped = replay("20.10", "stopped");
    assert_eq!(stopped.ending(), Ending::Stopped);
    assert_eq!(stopped.failure().unwrap().code, FailureCode::Cancelled);
    let killed = replay("20.10", "killed");
    assert_eq!(killed.ending(), Ending::CutOff);
    let failure = killed.failure().unwrap();
    assert_eq!(failure.code, FailureCode::LogIncomplete);
    let steps = "] RUN echo ";
    assert!(failure.message.contains(steps), "{}", failure.message);
    for report in [stopped, killed] {
        let ran = states(&report.trace).into_iter().filter(|step| step.0.starts_with("RUN"));
        assert!(ran.map(|step| step.1).eq([VertexState::Canceled; 2]));
    }
}

#[test]
fn every_failure_has_its_code_and_line() {
    for (name, code, lines) in FAILURES {
        for (engine, line) in ENGINES.iter().zip(lines) {
            let failure = failure(engine, name);
            assert_eq!((failure.code, failure.line), (*code, *line), "{engine} {name}");
            assert!(!failure.message.is_empty(), "{engine} {name}");
        }
    }
}

#[test]
fn messages_name_the_thing_without_what_wraps_it() {
    let message = |name| failure("20.10", name).message;
    assert_eq!(
        message("dockerfile-invalid"),
        "dockerfile parse error line 3: unknown instruction: RUNN"
    );
    assert_eq!(
        message("source-missing"),
        "[2/2] COPY missing.txt /: \"/missing.txt\" not found: not found"
    );
    assert_eq!(
        message("context-missing"),
        "unable to prepare context: path \"/nowhere/at/all\" not found"
    );
    assert_eq!(message("arguments-invalid"), "unknown flag: --nonsense");
}

#[test]
fn nothing_that_a_step_prints_passes_for_progress() {
    for engine in ENGINES {
        let report = replay(engine, "hostile");
        let expected = [
            ("COPY hostile.sh /", VertexState::Executed),
            ("RUN sh /hostile.sh", VertexState::Failed),
        ];
        assert_eq!(states(&report.trace), expect(&expected), "{engine}");
        let failure = failure(engine, "hostile");
        assert_eq!(failure.exit_code, Some(3), "{engine}");
        let log: Vec<_> = failure.log.iter().map(String::as_str).collect();
        assert_eq!(log[0], "#4 CACHED");
        assert!(log[1].starts_with("ERROR: ") && log[2].starts_with("{\"vertexes\":"));
        assert_eq!(log[3], "\u{1b}[31mred\u{1b}[0m\rover");
        assert_eq!(log[4], "bad\u{fffd}\u{fffd}utf8\0nul");
        assert_eq!((log[5].len(), log[6]), (4096, "last"));
    }
}

#[test]
fn a_command_with_a_line_of_progress_forges_nothing() {
    for engine in ENGINES {
        let report = replay(engine, "forged");
        assert!(report.trace.vertexes.iter().all(|vertex| vertex.digest != "sha256:dead"));
        assert_eq!(states(&report.trace).len(), 1, "{engine}");
        assert_eq!(failure(engine, "forged").exit_code, Some(5), "{engine}");
        let span = Analysis::of(&report.trace).span_length();
        assert!(span.as_secs() < 60, "{engine}");
    }
}

#[test]
fn a_build_stopped_on_request_is_cancelled_whatever_it_said() {
    let report = replay("28.5", "step-failed");
    let failure = Failure::of(&report.trace, &report.text, true);
    assert_eq!(failure.code, FailureCode::Cancelled);
    assert_eq!(failure.code.to_string(), "cancelled");
}
