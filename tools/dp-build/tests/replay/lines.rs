//! With `-f` the steps stand at the Dockerfile's own lines.

use serde_json::{Value, json};

use crate::{build, own, recorded, recorded_dockerfile, replay, steps};

fn file(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

/// Text, first and last line of each step.
fn lines(steps: &[Value]) -> Vec<(&str, u64, u64)> {
    let line = |step: &Value, name: &str| step[name].as_u64().unwrap();
    let one = |step| (text(step), line(step, "line"), line(step, "end_line"));
    steps.iter().map(one).collect()
}

fn text(step: &Value) -> &str {
    step["instruction"].as_str().unwrap()
}

#[test]
fn every_step_has_its_line_and_its_own_text() {
    let dockerfile = own("two-stages.Dockerfile");
    let args = ["-f", file(&dockerfile)];
    let record = build(&replay(&own("two-stages.rawjson"), &args).expect(0));
    assert_eq!(
        lines(&steps(&record)),
        [
            ("FROM registry.invalid/base:1 AS quick", 4, 4),
            ("RUN sleep 5", 3, 3),
            ("RUN sleep 2", 5, 5),
            ("WORKDIR /app", 7, 7),
            ("COPY --from=slow /a /b .", 8, 9),
            ("COPY --from=quick /c .", 10, 10),
        ]
    );
}

#[test]
fn without_a_dockerfile_no_line_is_made_up() {
    let record = build(&replay(&own("two-stages.rawjson"), &[]).expect(0));
    for step in steps(&record) {
        assert_eq!((&step["line"], &step["instruction"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn only_run_steps_have_a_network() {
    let dockerfile = own("two-stages.Dockerfile");
    let args = ["-f", file(&dockerfile)];
    let record = build(&replay(&own("two-stages.rawjson"), &args).expect(0));
    for step in steps(&record) {
        let expected = if text(&step).starts_with("RUN") { json!("default") } else { Value::Null };
        assert_eq!(step["network"], expected, "{}", text(&step));
    }
}

#[test]
fn the_message_of_a_failed_step_names_its_line_on_both_engines() {
    let dockerfile = recorded_dockerfile("step-failed");
    for engine in ["20.10", "28.5"] {
        let args = ["-f", file(&dockerfile)];
        let record = build(&replay(&recorded(engine, "step-failed"), &args).expect(4));
        let error = record.error.unwrap();
        assert_eq!(
            error.message,
            "[stage-1 2/3] RUN echo one; echo two >&2; sleep 1; exit 7 (line 4): exit code 7"
        );
    }
}

/// By `BuildKit` 0.22 and newer; the log was written by hand.
#[test]
fn a_here_document_with_a_blank_before_its_name_is_one_step_of_several_lines() {
    let dockerfile = own("heredoc-blank.Dockerfile");
    let args = ["-f", file(&dockerfile)];
    let record = build(&replay(&own("heredoc-blank.rawjson"), &args).expect(0));
    assert_eq!(
        lines(&steps(&record)),
        [
            ("FROM registry.invalid/base:1", 1, 1),
            ("RUN echo zero", 2, 2),
            ("RUN cat << EOF > /s.py", 3, 6),
            ("RUN echo two", 7, 7),
        ]
    );
}
