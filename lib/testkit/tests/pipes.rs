//! Pipes as people type them: what one tool leaves undone, the last one says.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::{Command, Stdio};

use dp_testkit::{
    Context, Docker, Ran, Signal, Tool, processes_with, shown_elsewhere, tool, unique, wait_until,
};

/// Runs a shell line in which the tools are found by their names.
fn shell(line: &str, context: &Context) -> Ran {
    let tools = tool("dp-build").parent().unwrap().to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", path).current_dir(context.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        signal: None,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A Dockerfile that is built at once, and one that is never done.
fn context(name: &str) -> Context {
    Context::new(&format!("FROM dp-base/busybox\nRUN echo {name}\n"))
        .with(name, &format!("FROM dp-base/busybox\nRUN echo {name}; sleep 300\n"))
}

#[test]
fn an_empty_pipe_is_an_error_of_every_reader() {
    for reader in ["dp-size", "dp-start", "dp-stats", "dp-report"] {
        let ran = Tool::new(reader).stdin("").run().expect(2);
        assert!(ran.stderr.ends_with("no records: did the tool before fail?\n"), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_first_tool_that_never_began_fails_the_last_one() {
    let ran = shell("dp-build nowhere | dp-report", &Context::empty()).expect(2);
    assert!(ran.stderr.contains("no records: did the tool before fail?"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn builds_sizes_and_a_report_come_out_of_one_pipe() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let name = unique("pipe");
    docker.remove_at_end(&format!("dp/{name}:latest"));
    let line = format!("dp-build {name}=. --warm -r 2 | dp-size | dp-report --expect 'size>=1'");
    let ran = shell(&line, &context(&name)).expect(0);
    assert!(ran.stdout.contains("wall_seconds"), "{}", ran.stdout);
    assert!(ran.stdout.contains("size_bytes"), "{}", ran.stdout);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_web_service_is_built_weighed_started_and_reported_in_one_pipe() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let name = unique("web");
    docker.remove_at_end(&format!("dp/{name}:latest"));
    let context = Context::new(&format!(
        "FROM dp-base/busybox\nRUN mkdir /www && echo {name} > /www/index.html\n\
         CMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n"
    ));
    let line = format!(
        "dp-build {name}=. | dp-size | dp-start -r 3 --ready http=8080/ --stop-timeout 1 | \
         dp-stats --ready http=8080/ --for 300ms --stop-timeout 1 | \
         dp-report --expect 'start>=3'"
    );
    let ran = shell(&line, &context).expect(0);
    for metric in ["wall_seconds", "size_bytes", "ready_seconds", "phases of the starts"] {
        assert!(ran.stdout.contains(metric), "{metric}: {}", ran.stdout);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_service_that_is_not_ready_fails_the_whole_pipe() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let name = unique("never");
    docker.remove_at_end(&format!("dp/{name}:latest"));
    let line = format!("dp-build {name}=. | dp-start --ready http=8080/ -- sleep 1 | dp-report");
    let ran = shell(&line, &context(&name)).expect(4);
    assert!(ran.stdout.contains("exited: "), "{}", ran.stdout);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_a_killed_builder_left_is_printed_and_the_pipe_ends_with_4() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let name = unique("killed");
    let context = context(&name);
    docker.remove_all_at_end(&context.word());
    // In the first round the quick one comes first.
    let seed = (0..1000)
        .find(|seed| dp_session::Rounds::new(2, 1, 0, *seed).slots()[0].subject == 0)
        .unwrap();
    let files = ["-f", "Dockerfile", "-f", &name, "--discard", "."];
    let mut running = Tool::new("dp-build")
        .args(files)
        .args(["--seed", &seed.to_string()])
        .at(context.path())
        .start();
    let endless = format!("--file {name}");
    wait_until("the endless build runs", || !processes_with(&endless).is_empty());
    running.signal(Signal::TERM);
    let records = running.wait().stdout;
    assert_eq!(records.lines().count(), 2, "{records}");

    let sized = Tool::new("dp-size").stdin(records.clone()).run().expect(4);
    assert!(sized.stdout.starts_with(&records), "{}", sized.stdout);
    let report = Tool::new("dp-report").stdin(sized.stdout).run().expect(4);
    assert!(report.stdout.contains("wall_seconds"), "{}", report.stdout);
}
