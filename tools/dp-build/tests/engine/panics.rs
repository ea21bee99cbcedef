//! A panic, at each of ten moments around the records: the engine is left as it was.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use clap::Parser;
use dp_build::Args;
use dp_testkit::{Snapshot, assert_records, processes_with};
use dp_tool::{Io, Stop};

use crate::primed::{DONE, Primed};

/// stdout that panics at the n-th call, counted from 1. A record is written in
/// one call, and flushed in another.
struct Panicking {
    at: usize,
    calls: usize,
    written: Vec<u8>,
}

impl Write for Panicking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call();
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call();
        Ok(())
    }
}

impl Panicking {
    fn call(&mut self) {
        self.calls += 1;
        assert_ne!(self.calls, self.at, "the panic of the test");
    }
}

/// dp-build in this process; whether it panicked, and what it had written.
fn build(primed: &Primed, at: usize) -> (bool, String) {
    let folder = primed.project.context.path();
    let path = |word: &str| match word {
        "-f" => word.to_owned(),
        file => inside(folder, &file.replace("UNIQUE", &primed.project.name)),
    };
    let files = DONE.into_iter().map(path);
    let fixed = ["--quiet", "-r", "2", folder.to_str().unwrap()].map(str::to_owned);
    let args = ["dp-build".to_owned()].into_iter().chain(files).chain(fixed);
    let args = Args::try_parse_from(args).unwrap();
    let mut stdout = Panicking { at, calls: 0, written: Vec::new() };
    let mut io =
        Io { stdin: None, stdout: &mut stdout, stdout_is_terminal: false, stop: Stop::default() };
    let unwound = catch_unwind(AssertUnwindSafe(|| dp_build::run(&args, &mut io)));
    drop(io);
    (unwound.is_err(), String::from_utf8(stdout.written).unwrap())
}

fn inside(folder: &Path, file: &str) -> String {
    folder.join(file).to_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_panic_at_any_record_leaves_the_engine_as_it_was() {
    let primed = Primed::new("panic");
    let docker = &primed.project.docker;
    let before = Snapshot::take(docker);
    // Writing and flushing the env record and the first four builds.
    for at in 1..=10 {
        let (panicked, written) = build(&primed, at);
        assert!(panicked, "at call {at}");
        assert_eq!(assert_records(&written).len(), at / 2);
        assert_eq!(processes_with(&primed.project.name), [""; 0], "at call {at}");
        before.assert_unchanged(docker, &format!("a panic at call {at}"));
    }
    let (panicked, written) = build(&primed, usize::MAX);
    assert!(!panicked && assert_records(&written).len() == 7);
    before.assert_unchanged(docker, "no panic");
}
