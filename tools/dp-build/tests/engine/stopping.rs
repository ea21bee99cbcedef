//! How a stopped dp-build ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use dp_testkit::{Signal, Snapshot, processes_with, tool, wait_until};

use crate::primed::{DONE, Primed};

/// A docker whose builds do not end when they are asked to, as long as the
/// folder is there.
const STUBBORN: &str = r#"#!/bin/sh
PATH=${PATH#*:}
case " $* " in
*" buildx build "*) ;;
*) exec docker "$@" ;;
esac
here=$(dirname "$0")
trap ': > "$here/asked"' TERM
: > "$here/begun"
while [ -e "$0" ]; do sleep 0.05; done
"#;

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_second_signal_ends_it_at_once() {
    let primed = Primed::new("second");
    let context = &primed.project.context;
    context.write("bin/docker", STUBBORN);
    let docker = context.path().join("bin/docker");
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", docker.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut running = primed.endless().env("PATH", &path).start();
    let seen = |file: &str| context.path().join("bin").join(file).exists();
    wait_until("a build has begun", || seen("begun"));
    running.signal(Signal::INT);
    wait_until("the build was asked to end", || seen("asked"));
    assert!(!running.has_ended());
    running.signal(Signal::TERM);
    let ran = running.wait();
    // Not by its own exit code: it did not wait for anything.
    assert_eq!((ran.signal, ran.code), (Some(Signal::TERM.as_raw()), None), "{}", ran.stderr);
    fs::remove_file(&docker).unwrap();
    wait_until("the stubborn docker ended", || processes_with(docker.to_str().unwrap()).is_empty());
}

/// `dp-build ARGS | head -n LINES` in a shell; dp-build's exit code, and the lines.
fn head(primed: &Primed, args: &[&str], lines: usize) -> (Option<i32>, String) {
    let args = args.iter().map(|arg| arg.replace("UNIQUE", &primed.project.name));
    let output = Command::new("bash")
        .args(["-c", r#"n=$1; shift; "$@" | head -n "$n"; exit "${PIPESTATUS[0]}""#, "head"])
        .arg(lines.to_string())
        .arg(tool("dp-build"))
        .args(args)
        .current_dir(primed.project.context.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_reader_that_takes_one_line_leaves_nothing_behind() {
    let primed = Primed::new("head");
    let before = Snapshot::take(&primed.project.docker).without_sources();
    let (code, lines) = head(&primed, &[&DONE[..], &["-r", "5"]].concat(), 1);
    assert_eq!((code, lines.lines().count()), (Some(4), 1));
    before.assert_unchanged(&primed.project.docker, "head -n 1");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_reader_that_takes_all_lines_ends_it_well() {
    let primed = Primed::new("head");
    let (code, lines) = head(&primed, &DONE, 4);
    assert_eq!((code, lines.lines().count()), (Some(0), 4));
}
