//! Findings: the line, and the seconds that it cost, which are known beforehand.

use dp_record::Record;
use dp_record::detail::build::StepState;

use crate::project::{Project, detail, ran, scenario};

const NAIVE: &str = "\
FROM dp-base/busybox
ARG BUILD_DATE
COPY . /app
RUN echo npm ci UNIQUE; sleep 1
RUN echo UNIQUE
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn findings_name_the_line_and_what_it_cost() {
    let project = Project::new("findings", NAIVE, &["src/a.c", "README.md"]);
    project.write("package.json", "{}\n");
    let args = ["--scenario", "cold", "--scenario", "code", "--scenario", "deps"];
    let records = project.measure(&[&args[..], &["--scenario", "text=edit:README.md"]].concat());
    let cold = of(&records, "cold");
    assert_eq!(detail(cold).findings[0].dockerfile.as_deref(), Some("./Dockerfile"));
    let codes = |name: &str| {
        let findings = detail(of(&records, name)).findings.iter();
        let mut codes: Vec<_> = findings
            .map(|one| (one.code.clone(), one.line.unwrap(), one.seconds.unwrap() >= 1.0))
            .collect();
        codes.sort();
        codes
    };
    let named = |code: &str, line, costly| (code.to_owned(), line, costly);
    assert_eq!(codes("cold"), [named("argument_before_steps", 2, true)]);
    let install = named("package_step_without_cache_mount", 4, true);
    let sources = named("sources_before_dependencies", 3, true);
    assert_eq!(codes("code"), [install.clone(), sources.clone()]);
    assert_eq!(codes("deps"), std::slice::from_ref(&install));
    assert_eq!(codes("text"), [install, sources, named("unneeded_file_copied", 3, true)]);
}

/// The record of a scenario.
fn of<'r>(records: &'r [Record], name: &str) -> &'r Record {
    records.iter().find(|record| scenario(record) == name).unwrap()
}

/// Code, line and seconds of the only finding of a scenario.
fn only(records: &[Record], name: &str) -> (String, u64, f64) {
    let [one] = detail(of(records, name)).findings.as_slice() else {
        panic!("{name}: {records:#?}")
    };
    (one.code.clone(), one.line.unwrap(), one.seconds.unwrap())
}

/// When the step of a line began, and how long it ran, in a scenario; it did run.
fn step(records: &[Record], name: &str, line: u64) -> (f64, f64) {
    let found = detail(of(records, name)).steps.iter().find(|step| step.line == Some(line));
    let found = found.filter(|step| step.state == StepState::Executed).unwrap();
    (found.started_seconds.unwrap(), found.seconds.unwrap())
}

/// The tests take 3 s, all else 1 s.
const TIED: &str = "\
FROM dp-base/busybox AS test
COPY src /src
RUN sleep 3; echo UNIQUE; touch /ok
FROM dp-base/busybox AS builder
COPY src /src
RUN sleep 1; echo UNIQUE > /app
FROM dp-base/busybox
COPY --from=builder /app /app
COPY --from=test /ok /ok
RUN echo UNIQUE done
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stage_that_only_delays_the_image_costs_what_it_takes_longer() {
    let project = Project::new("tied", TIED, &["src/a.c"]);
    project.write("Needed", &TIED.replace("touch /ok", "echo UNIQUE > /ok"));
    project.write("Free", &TIED.replace("COPY --from=test /ok /ok\n", ""));
    let scenarios = ["--scenario", "cold", "--scenario", "code=src/a.c"];
    let files = ["-f", "Dockerfile", "-f", "Needed", "-f", "Free"];
    let records = project.measure(&[&files[..], &scenarios].concat());
    let (tied, others): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| record.subject.as_ref().unwrap().name == "Dockerfile");
    // What else must end: the copy of the program, and where that is the same as before
    // (the engine answers it from the cache then) what makes it.
    for name in ["cold", "code"] {
        let (code, line, seconds) = only(&tied, name);
        assert_eq!((code.as_str(), line), ("stage_not_needed", 9));
        let end = |line| step(&tied, name, line).0 + step(&tied, name, line).1;
        let copied = ran(of(&tied, name)).contains(&8);
        let last = if copied { end(8) } else { end(6) };
        assert!((seconds - (end(3) - last)).abs() < 1e-6, "{name}: {seconds}");
        // 2 s, less the copy, and what a busy machine adds to either.
        assert!((1.0..3.0).contains(&seconds), "{name}: {seconds}");
    }
    assert_eq!(others.len(), 4);
    assert!(others.iter().all(|record| detail(record).findings.is_empty()), "{others:#?}");
    // Without the line nothing waits: the stage is not built at all.
    let named = |record: &&Record| record.subject.as_ref().unwrap().name == "Free";
    assert!(others.iter().filter(named).all(|record| !ran(record).contains(&3)));
}

/// MARK is no name that tells, but the label is. Of the steps that do not mention it those
/// at the lines 5 and 9 take 1 s, and that at 11 none; a LABEL alone loses nothing.
const LABELLED: &str = "\
FROM dp-base/busybox AS first
ARG MARK
LABEL org.opencontainers.image.revision=$MARK
ENV REVISION=$MARK
RUN sleep 1; echo UNIQUE
RUN sleep 1; echo UNIQUE $REVISION
FROM first
LABEL org.opencontainers.image.created=2026-01-01
RUN sleep 1; echo UNIQUE
ARG OTHER
RUN echo UNIQUE last
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_argument_a_label_and_a_variable_cost_the_steps_that_do_not_mention_them() {
    let project = Project::new("labelled", LABELLED, &[]);
    let scenarios = ["cold", "release=arg:MARK=2", "other=arg:OTHER=2"];
    let args: Vec<&str> = scenarios.iter().flat_map(|one| ["--scenario", one]).collect();
    let records = project.measure(&args);
    for name in ["cold", "release"] {
        let (code, line, seconds) = only(&records, name);
        assert_eq!((code.as_str(), line), ("argument_before_steps", 2), "{name}");
        let paid: f64 = [5, 9, 11].into_iter().map(|line| step(&records, name, line).1).sum();
        assert!((seconds - paid).abs() < 1e-6 && paid > 2.0, "{name}: {seconds}, {paid}");
        let advice = &detail(of(&records, name)).findings[0].advice;
        let moved = "move it and the LABEL of line 3 and the ENV of line 4 behind the 3 steps";
        assert!(advice.contains(moved), "{advice}");
    }
    // The step after it is all that ran.
    let (_, line, seconds) = only(&records, "other");
    assert_eq!((line, seconds), (10, step(&records, "other", 11).1));
}
