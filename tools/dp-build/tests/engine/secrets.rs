//! A canary stands in nothing that dp-build prints, whatever happens.

use std::process::{Command, Stdio};

use dp_testkit::tool;

use crate::project::Project;

/// Every way in which the values below can come out.
const DOCKERFILE: &str = "\
FROM dp-base/busybox
ARG PLACE
ENV APP_TOKEN=can4ry-written UNRELATED=1
ENV APP_PASSWORD can4ry with words
WORKDIR /UNIQUE/$PLACE
COPY Dockerfile $APP_TOKEN
RUN --mount=type=secret,id=file --mount=type=secret,id=variable \
    echo $PLACE; echo $APP_TOKEN; echo $APP_PASSWORD; cat /run/secrets/*; echo UNIQUE $PLACE; END
";

/// Every way in which a value can come in.
const GIVEN: [&str; 6] = [
    "--build-arg",
    "PLACE=can4ry-argument",
    "--secret",
    "id=file,src=secret.txt",
    "--secret",
    "id=variable,env=DP_TEST_CANARY",
];

fn project(end: &str) -> Project {
    let project = Project::new("secrets", &DOCKERFILE.replace("END", end));
    project.write("secret.txt", "can4ry-file\ncan4ry-second-line\n");
    project.write(".dockerignore", "secret.txt\n");
    project
}

/// All that one dp-build prints, which ends so.
fn output(project: &Project, args: &[&str], code: i32) -> String {
    let args = [&GIVEN[..], args].concat();
    let tool = project.dp_build(&args).env("DP_TEST_CANARY", "can4ry-variable");
    tool.run().expect(code).output()
}

#[track_caller]
fn assert_silent(output: &str) {
    let at = output.find("can4ry");
    let around = at.map(|at| &output[at.saturating_sub(80)..output.len().min(at + 80)]);
    assert_eq!(around, None);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_in_the_records_of_a_good_build() {
    let project = project("true");
    for args in [&["--discard", "."][..], &["--warm", "--progress=plain", "--discard", "."]] {
        let output = output(&project, args, 0);
        assert!(output.contains("WORKDIR"), "{output}");
        assert_silent(&output);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_in_the_words_of_a_step_that_fails() {
    let project = project("exit 5");
    for args in [&["--discard", "."][..], &["--progress=plain", "--no-detail", "."]] {
        let output = output(&project, args, 4);
        // All six were printed.
        assert!(output.matches("***").count() >= 6, "{output}");
        assert_silent(&output);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_in_the_name_of_a_step_that_fails() {
    let project = project("true");
    project.write("Dockerfile", "FROM dp-base/busybox\nARG PLACE\nCOPY $PLACE /UNIQUE/$PLACE\n");
    assert_silent(&output(&project, &["--discard", "."], 4));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_in_a_dry_run() {
    let output = output(&project("true"), &["--dry-run", "."], 0);
    assert!(output.contains("--build-arg PLACE=***"), "{output}");
    assert_silent(&output);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_in_what_is_forwarded() {
    let project = project("true");
    let words = ["--discard", ".", "--", "--build-arg", "OTHER=can4ry-other"];
    assert_silent(&output(&project, &words, 0));
    let wrong = ["--discard", ".", "--", "--build-arg=OTHER=can4ry-other", "--nonsense"];
    assert_silent(&output(&project, &wrong, 4));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_value_stands_on_a_terminal() {
    let project = project("true");
    let line = format!(
        "'{}' {} --discard .",
        tool("dp-build").display(),
        GIVEN.map(|word| format!("'{word}'")).join(" ")
    );
    // It gives its child a terminal.
    let script = Command::new("script")
        .args(["-qefc", &line, "/dev/null"])
        .env("DP_TEST_CANARY", "can4ry-variable")
        .env("TERM", "xterm")
        .current_dir(project.context.path())
        .stdin(Stdio::null())
        .output()
        .expect("script of util-linux on PATH");
    let output = String::from_utf8_lossy(&script.stdout);
    assert!(script.status.success(), "{output}");
    assert!(output.contains("WORKDIR"), "no bar was drawn: {output}");
    assert_silent(&output);
}
