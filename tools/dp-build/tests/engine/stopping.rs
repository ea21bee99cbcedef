//! How a stopped dp-build ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use dp_testkit::{Running, Signal, Snapshot, processes_with, tool, wait_until};

use crate::primed::{DONE, Primed};

/// A docker whose builds do not end when they are asked to, as long as the file
/// is there.
const STUBBORN: &str = r#"
trap ': > "$here/asked"' TERM
: > "$here/begun"
while [ -e "$0" ]; do sleep 0.05; done
"#;

/// A docker whose builds end at once, but name their image a moment later, as an
/// engine may do.
const LATE: &str = r#"
while [ "$1" != --tag ]; do shift; done
late=': > "$2/escaped"; sleep 0.3; docker tag dp-base/busybox "$1" && : > "$2/named"'
end() {
    setsid sh -c "$late" late "$1" "$here" >/dev/null 2>&1 &
    while [ ! -e "$here/escaped" ]; do :; done
    exit 1
}
trap 'end "$2"' TERM
: > "$here/begun"
while [ -e "$0" ]; do sleep 0.05; done
"#;

/// A project whose dp-build finds a docker on PATH that does all but builds.
struct Faked {
    primed: Primed,
    docker: PathBuf,
}

impl Faked {
    fn new(word: &str, build: &str) -> Self {
        let primed = Primed::new(word);
        let real = "PATH=${PATH#*:}; here=$(dirname \"$0\")";
        let pass = "case \" $* \" in *\" buildx build \"*) ;; *) exec docker \"$@\" ;; esac";
        primed.project.context.write("bin/docker", &format!("#!/bin/sh\n{real}\n{pass}\n{build}"));
        let docker = primed.project.context.path().join("bin/docker");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
        Self { primed, docker }
    }

    /// dp-build, once its first build has begun.
    fn begun(&self) -> Running {
        let folder = self.docker.parent().unwrap().display();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
        let running = self.primed.endless().env("PATH", &path).start();
        wait_until("a build has begun", || self.has("begun"));
        running
    }

    /// Whether the docker made this file.
    fn has(&self, file: &str) -> bool {
        self.docker.with_file_name(file).exists()
    }
}

impl Drop for Faked {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.docker);
        let word = self.docker.to_str().unwrap();
        wait_until("the docker of the test ended", || processes_with(word).is_empty());
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_second_signal_ends_it_at_once() {
    let faked = Faked::new("second", STUBBORN);
    let mut running = faked.begun();
    running.signal(Signal::INT);
    wait_until("the build was asked to end", || faked.has("asked"));
    assert!(!running.has_ended());
    running.signal(Signal::TERM);
    let ran = running.wait();
    // Not by its own exit code: it did not wait for anything.
    assert_eq!((ran.signal, ran.code), (Some(Signal::TERM.as_raw()), None), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_is_named_only_after_the_stop_goes_too() {
    let faked = Faked::new("late", LATE);
    let before = Snapshot::take(&faked.primed.project.docker);
    let mut running = faked.begun();
    running.signal(Signal::TERM);
    let _ = running.wait().expect(130);
    wait_until("the image was named", || faked.has("named"));
    before.assert_unchanged(&faked.primed.project.docker, "a late name");
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
    let before = Snapshot::take(&primed.project.docker);
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
