//! Exit codes: what any tool of a script ends with is not lost.

use std::fs;

use dp_testkit::{Context, Docker, Ran, assert_records, of_kind, shown_elsewhere, unique};

use crate::{Stubs, by_sh, command, ran, root};

const SCRIPTS: [&str; 2] = ["optimize-layers.sh", "performance-testing.sh"];

/// A folder that both scripts take: two Dockerfiles, and a file to edit.
fn context(name: &str, last: &str) -> Context {
    let text = format!("FROM dp-base/busybox\nCOPY R /R\nRUN echo {name}\nCMD [\"date\"]\n");
    // Steps of its own, which no build of the other has put into the cache.
    let slim = format!("{}{last}", text.replace("echo", "echo slim"));
    Context::new(&text)
        .with("Dockerfile.slim", &slim.replace("/R", "/slim"))
        .with("Dockerfile.slim.dockerignore", "none\n")
        .with("R/log.R", "# a log\n")
}

/// A script over that folder, with these programs instead of the tools.
fn with_stubs(name: &str, build: &str, size: &str, report: &str) -> Ran {
    let stubs = Stubs::new(&[
        ("dp-build", build),
        ("dp-size", size),
        ("dp-start", "cat"),
        ("dp-stats", "cat"),
        ("dp-report", report),
    ]);
    let results = tempfile::tempdir().unwrap();
    let context = context("stubs", "");
    let script = root().join("scripts").join(name);
    let words = ["sh", script.to_str().unwrap(), context.path().to_str().unwrap()];
    ran(command(Some(stubs.path()), &words).env("DP_RESULTS", results.path()))
}

#[test]
fn what_ends_the_first_tool_ends_the_script() {
    for name in SCRIPTS {
        for code in [2, 3, 130] {
            let build = format!("exit {code}");
            let ended = with_stubs(name, &build, "echo sized >&2", "echo reported >&2");
            assert_eq!(ended.expect(code).stderr.matches("ed\n").count(), 0);
        }
    }
}

#[test]
fn what_ends_the_second_tool_ends_the_script() {
    for name in SCRIPTS {
        for code in [2, 3, 130] {
            let ended = with_stubs(name, "echo {}", &format!("exit {code}"), "echo reported >&2");
            assert!(!ended.expect(code).stderr.contains("reported"));
        }
    }
}

#[test]
fn what_failed_reaches_the_report_whose_answer_counts() {
    for name in SCRIPTS {
        for code in [0, 1, 2, 4] {
            let report = format!("cat \"$1\"; exit {code}");
            let ended = with_stubs(name, "echo built; exit 4", "cat; echo sized; exit 4", &report);
            let printed = ended.expect(code).stdout;
            assert!(printed.starts_with("built\n") && printed.ends_with("sized\n"), "{printed}");
        }
    }
}

#[test]
fn no_engine_is_3_and_nothing_is_reported() {
    for name in SCRIPTS {
        for print in [&["--records"][..], &[]] {
            let context = context("unreachable", "");
            let args = [print, &[context.path().to_str().unwrap()]].concat();
            let mut script = by_sh(name, &args);
            script.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
            let ended = ran(script.current_dir(context.path())).expect(3);
            assert_eq!(ended.stdout, "");
            assert!(ended.stderr.contains("/nowhere/docker.sock"), "{}", ended.stderr);
        }
    }
}

/// Runs a script, whose images are gone at the end.
fn measured(docker: &mut Docker, name: &str, args: &[&str], context: &Context) -> Ran {
    docker.remove_all_at_end(&context.word());
    ran(by_sh(name, args).current_dir(context.path()))
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn both_scripts_measure_every_dockerfile_of_a_folder_and_leave_it_as_it_is() {
    // What is shown is in the scripts.
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let context = context(&unique("scripts"), "");
    for (name, args, builds, starts) in [
        (SCRIPTS[0], &["--records", ".", "--warm", "--runs", "2"][..], 2 * (1 + 2), 0),
        (SCRIPTS[1], &["-r", "3", "--records", "."], 2 * (1 + 3), 2 * (1 + 3)),
    ] {
        let ran = measured(&mut docker, name, args, &context).expect(0);
        let records = assert_records(&ran.stdout);
        assert_eq!(of_kind(&records, "build").len(), builds, "{name}");
        assert_eq!(of_kind(&records, "start").len(), starts, "{name}");
        let watched = of_kind(&records, "stats").len();
        assert_eq!(watched, if starts > 0 { 2 * 3 } else { 0 }, "{name}");
        assert_eq!(of_kind(&records, "size").len(), 2, "{name}");
    }
    assert_eq!(fs::read_to_string(context.path().join("R/log.R")).unwrap(), "# a log\n");
    assert!(!context.path().join("dp-results").exists());

    let report = measured(&mut docker, SCRIPTS[1], &["-r", "1", "."], &context).expect(0);
    assert!(report.stdout.contains("build (code)"), "{}", report.stdout);
    let kept = fs::read_to_string(context.path().join("dp-results/performance-testing.jsonl"));
    let records = assert_records(&kept.unwrap());
    let builds = of_kind(&records, "build");
    assert_eq!(builds.len(), 2 * (1 + 1));
    // Each after an edit of its own: COPY and what follows it run again.
    assert!(builds.iter().all(|build| build.metrics.get("steps_cached") == Some(0.0)));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_build_that_fails_is_reported_and_ends_with_4() {
    let mut docker = Docker::new();
    let context = context(&unique("failing"), "RUN exit 7\n");
    for (name, args) in [(SCRIPTS[0], &[".", "--runs", "1"][..]), (SCRIPTS[1], &["-r", "1", "."])] {
        let ran = measured(&mut docker, name, args, &context).expect(4);
        assert!(ran.stdout.contains("Dockerfile.slim"), "{}", ran.stdout);
        assert!(ran.stdout.contains("exit"), "{}", ran.stdout);
    }
}
