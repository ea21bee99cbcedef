//! What a middle tool does with its input.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Cursor;

use dp_tool::{Exit, Fault, Io, OutputArgs, Progress, Stop, Subjects};

const ENV: &str = r#"{"dp":"1.0","kind":"env","at":"2026-01-02T03:04:05Z","run":{"batch":"b"},"outcome":"ok","detail":{"plan":{"kind":"build","subjects":[{"name":"a","scenario":"warm"}],"runs":2}}}"#;

fn build(image: &str, extra: &str) -> String {
    format!(
        r#"{{"dp":"1.0","kind":"build","at":"2026-01-02T03:04:05Z","subject":{{"name":"a","scenario":"warm","image":"{image}"}},"meta":{{"commit":"{image}"}},"run":{{"batch":"b"{extra}}},"outcome":"ok"}}"#
    )
}

fn failed(name: &str) -> String {
    format!(
        r#"{{"dp":"1.0","kind":"build","at":"2026-01-02T03:04:05Z","subject":{{"name":"{name}"}},"run":{{"batch":"b"}},"outcome":"failed","error":{{"code":"x","message":"m"}}}}"#
    )
}

fn quiet() -> Progress {
    Progress::new("dp-test", &OutputArgs { quiet: true, ..OutputArgs::default() })
}

/// Reads `input` with these arguments; answers the result and what was handed on.
fn read(arguments: &[&str], input: Option<&str>) -> (anyhow::Result<Subjects>, String) {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let mut handed_on = Vec::new();
    let stdin = input
        .map(|text| Box::new(Cursor::new(text.to_owned())) as Box<dyn std::io::BufRead + Send>);
    let mut io =
        Io { stdin, stdout: &mut handed_on, stdout_is_terminal: false, stop: Stop::default() };
    let result = Subjects::read(&arguments, &mut io, &quiet());
    drop(io);
    (result, String::from_utf8(handed_on).unwrap())
}

fn images(subjects: &Subjects) -> Vec<&str> {
    let subjects = subjects.subjects.iter();
    subjects.map(|one| one.subject.image.as_deref().unwrap_or(&one.subject.name)).collect()
}

fn exit(result: anyhow::Result<Subjects>) -> Exit {
    Fault::exit_of(&result.unwrap_err())
}

#[test]
fn the_last_good_run_that_is_no_warm_up_is_measured() {
    let runs = [build("1", ""), build("2", ""), build("3", ",\"warmup\":true")];
    let input = [ENV.to_owned(), runs.join("\n")].join("\n") + "\n";
    let (subjects, handed_on) = read(&[], Some(&input));
    let subjects = subjects.unwrap();
    assert_eq!(handed_on, input);
    assert_eq!(images(&subjects), ["2"]);
    assert_eq!(subjects.subjects[0].meta["commit"], "2");
    assert_eq!(subjects.upstream_exit(&quiet()), Exit::Measured);
}

#[test]
fn a_planned_run_that_never_came_fails_the_tool() {
    let input = [ENV.to_owned(), build("1", "")].join("\n");
    let subjects = read(&[], Some(&input)).0.unwrap();
    assert_eq!(images(&subjects), ["1"]);
    assert_eq!(subjects.upstream_exit(&quiet()), Exit::Failed);
}

#[test]
fn what_failed_upstream_is_not_measured_and_fails_the_tool() {
    let input = [failed("b"), build("1", "")].join("\n");
    let subjects = read(&[], Some(&input)).0.unwrap();
    assert_eq!(images(&subjects), ["1"]);
    assert_eq!(subjects.upstream_exit(&quiet()), Exit::Failed);
}

#[test]
fn lines_that_are_no_records_are_handed_on_and_end_with_2() {
    let input = ["hello \u{1b}[0m".to_owned(), build("1", ""), failed("b")].join("\n") + "\n";
    let (subjects, handed_on) = read(&[], Some(&input));
    let subjects = subjects.unwrap();
    assert_eq!(handed_on, input);
    assert_eq!(images(&subjects), ["1"]);
    assert_eq!(subjects.upstream_exit(&quiet()), Exit::Usage);
}

#[test]
fn records_of_other_tools_are_handed_on_without_a_word() {
    let theirs =
        r#"{"dp":"1.7","kind":"theirs","at":"2026-01-02T03:04:05Z","outcome":"ok","new":[1, 2]}"#;
    let input = theirs.to_owned() + "\n";
    let (subjects, handed_on) = read(&[], Some(&input));
    assert_eq!(handed_on, input);
    assert_eq!(subjects.unwrap().upstream_exit(&quiet()), Exit::Measured);
}

#[test]
fn a_tool_that_was_given_subjects_leaves_stdin_alone() {
    let (subjects, handed_on) = read(&["app:1"], Some("next line of a loop\n"));
    assert_eq!(images(&subjects.unwrap()), ["app:1"]);
    assert_eq!(handed_on, "");
}

#[test]
fn a_dash_means_both() {
    let input = build("1", "") + "\n";
    let (subjects, handed_on) = read(&["app:1", "-"], Some(&input));
    assert_eq!(images(&subjects.unwrap()), ["app:1", "1"]);
    assert_eq!(handed_on, input);
}

#[test]
fn nothing_at_all_is_wrong_usage() {
    assert_eq!(exit(read(&[], None).0), Exit::Usage);
    let (empty, _) = read(&[], Some(""));
    assert_eq!(empty.as_ref().unwrap_err().to_string(), "no records: did the tool before fail?");
    assert_eq!(exit(empty), Exit::Usage);
    assert_eq!(exit(read(&[], Some("\n\n")).0), Exit::Usage);
}
