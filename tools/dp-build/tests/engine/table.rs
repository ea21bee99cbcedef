//! A table of Dockerfiles (those of `lib/dockerfile/tests/files`, where their
//! steps and lines were written by hand), each built for the first time and
//! again.
//!
//! Their base is replaced by one that is new to the engine, so that the first
//! build executes every step.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use dp_record::Record;

use crate::project::Project;
use crate::steps::{counts, steps};

/// Where the base is that all fixtures name: `dp-base/busybox`, some with a
/// variable in it.
const HOME: &str = "dp-base/";

/// A base whose every file that the fixtures copy is new.
const BASE: &str = "\
FROM dp-base/busybox
RUN cp /bin/busybox /new && echo UNIQUE >> /new && mv /new /bin/busybox
";

/// One build of a fixture.
struct Case {
    /// Its Dockerfile.
    file: &'static str,
    /// Which of its builds in the `.steps` file, by the options there.
    options: &'static str,
    /// Steps that the target needs, counted by hand: FROM is none.
    steps: u32,
}

const fn case(file: &'static str, options: &'static str, steps: u32) -> Case {
    Case { file, options, steps }
}

/// What both engines can build without options.
const PLAIN: [Case; 13] = [
    case("arguments", "", 3),
    case("bom", "", 2),
    case("continuations", "", 4),
    case("copy-from", "", 6),
    case("crlf", "", 3),
    case("escape", "", 3),
    case("fake-progress", "", 5),
    case("json", "", 4),
    case("lower-case", "", 5),
    case("mounts", "", 3),
    case("onbuild-stage", "", 7),
    case("plain", "", 5),
    case("targets", "", 4),
];

/// What only the newer one can.
const NEWER: [Case; 2] = [case("heredoc", "", 7), case("link", "", 4)];

/// Builds with options.
const CHOSEN: [Case; 4] = [
    case("arguments", "--build-arg PICK=other --build-arg WHO=me", 2),
    case("arguments", "--build-arg PICK=dp-base/busybox", 1),
    case("targets", "--target test", 3),
    case("targets", "--target Unused", 1),
];

fn fixture(name: &str) -> String {
    let files = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lib/dockerfile/tests/files");
    fs::read_to_string(files.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Stage as the engine shows it, and number.
type Place = (String, u32);
/// Keyword, first and last line.
type Lines = (String, u32, u32);

/// The steps of one build of a fixture, as they were written by hand.
fn expected(case: &Case) -> BTreeMap<Place, Lines> {
    let (mut options, mut found) = (String::new(), BTreeMap::new());
    for line in fixture(&format!("{}.steps", case.file)).lines() {
        if let Some(said) = line.strip_prefix("# build:") {
            said.trim().clone_into(&mut options);
        } else if !line.starts_with('#') && options == case.options {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |at: usize| words[at].parse::<u32>().unwrap();
            let lines = (words[2].to_owned(), number(3), number(4));
            found.insert((words[0].to_owned(), number(1)), lines);
        }
    }
    found
}

/// A project with a base of its own.
fn project() -> Project {
    let project = Project::new("table", BASE);
    build_image(&project, &format!("{}/busybox", project.name));
    for name in ["a.txt", "b.txt"] {
        project.write(name, &fixture(&format!("context/{name}")));
    }
    project
}

/// Builds fixtures twice; the records of the first and of the second builds.
fn build(project: &Project, files: &[&str], options: &str) -> (Vec<Record>, Vec<Record>) {
    let home = format!("{}/", project.name);
    let mut args = vec!["--warm", "--discard"];
    for file in files {
        project.context.write(file, &fixture(&format!("{file}.Dockerfile")).replace(HOME, &home));
        args.extend(["-f", file]);
    }
    let options = options.replace(HOME, &home);
    args.extend(options.split_whitespace());
    project.measure(&args).into_iter().partition(Record::is_warmup)
}

/// Builds the project's Dockerfile without dp.
fn build_image(project: &Project, name: &str) {
    project.docker.ok(&["build", "-q", "-t", name, project.context.path().to_str().unwrap()]);
}

/// Builds and checks cases that share their options.
fn check(project: &Project, cases: &[Case]) {
    let files: Vec<&str> = cases.iter().map(|case| case.file).collect();
    let (first, second) = build(project, &files, cases[0].options);
    for case in cases {
        let what = |which: &str| format!("{} {}, {which}", case.file, case.options);
        check_record(case, record_of(&first, case), "executed", &what("first"));
        check_record(case, record_of(&second, case), "cached", &what("second"));
    }
}

fn record_of<'r>(records: &'r [Record], case: &Case) -> &'r Record {
    let built = |record: &&Record| {
        record.subject.as_ref().is_some_and(|one| one.dockerfile.as_deref() == Some(case.file))
    };
    records.iter().find(built).unwrap()
}

fn check_record(case: &Case, record: &Record, state: &str, what: &str) {
    let mut expected = expected(case);
    for step in steps(record) {
        let place = (step.stage.clone().unwrap_or_else(|| "-".to_owned()), number(&step.name));
        let (keyword, line, end_line) =
            expected.remove(&place).unwrap_or_else(|| panic!("{what}: unforeseen {step:?}"));
        assert_eq!((step.line, step.end_line), (Some(line), Some(end_line)), "{what}: {step:?}");
        let written = step.instruction.unwrap().to_uppercase();
        let written = written.trim_start_matches("ONBUILD ").trim_start();
        assert!(written.starts_with(&keyword), "{what}: {written}");
        let state = if keyword == "FROM" { "base" } else { state };
        assert_eq!(step.state, state, "{what}: {}", step.name);
    }
    // Stages of one image share one FROM.
    expected.retain(|_, (keyword, ..)| keyword != "FROM");
    assert!(expected.is_empty(), "{what}: not there: {expected:?}");
    let (cached, executed) = if state == "cached" { (case.steps, 0) } else { (0, case.steps) };
    assert_eq!(counts(record), [case.steps, cached, executed], "{what}");
    let ratio = record.metrics.get("cache_hit_ratio");
    assert_eq!(ratio, Some(f64::from(u8::from(state == "cached"))), "{what}");
}

/// n of `[stage n/m] TEXT`.
fn number(name: &str) -> u32 {
    let inside = name.split(']').next().unwrap();
    let (n, _) = inside.rsplit([' ', '[']).next().unwrap().split_once('/').unwrap();
    n.parse().unwrap()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn steps_of_every_dockerfile_have_their_lines_states_and_counts() {
    check(&project(), &PLAIN);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn here_documents_and_links_have_theirs_on_the_engine_that_knows_them() {
    if !dp_testkit::Docker::new().is_newer() {
        return dp_testkit::skip("engines before 28 know no here-documents and no COPY --link");
    }
    check(&project(), &NEWER);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn targets_and_arguments_choose_the_steps() {
    let project = project();
    for case in CHOSEN {
        check(&project, &[case]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn triggers_of_a_base_image_are_steps_of_no_line() {
    let project = Project::new("trigger", &fixture("onbuild-image.base"));
    let base = format!("{}/base", project.name);
    build_image(&project, &base);
    project.write("a.txt", "UNIQUE");
    let text = fixture("onbuild-image.Dockerfile");
    project.write("app.Dockerfile", &text.replace("dp-test/onbuild-image", &base));
    let record = &project.measure(&["-f", "app.Dockerfile", "--discard"])[0];
    // Three of the base (WORKDIR, COPY, RUN), three of the first stage, one of the last.
    assert_eq!(counts(record)[0], 7);
    for step in steps(record) {
        let place = (step.stage.as_deref().unwrap(), number(&step.name));
        let line = match place {
            ("app", 1) => Some(1),
            ("app", 2..=4) => None,
            ("app", 5) => Some(2),
            ("app", 6) => Some(3),
            ("app", 7) => Some(4),
            ("stage-1", 1) => Some(6),
            _ => panic!("unforeseen {step:?}"),
        };
        assert_eq!(step.line, line, "{step:?}");
    }
}
