//! The engine's disk is full.

use std::path::PathBuf;
use std::process::{Command, Output};

use dp_record::detail::build::StepState;
use dp_record::{Failure, Record};
use tempfile::TempDir;

use dp_testkit::{OwnEngine, skip, unmount_below};

use crate::site::{ALL, Site, builds};

/// Size of the disk; the engine, the base image and its books take about 10 MB.
const DISK: &str = "64MiB";
/// Size of the file that is built.
const FILE_BYTES: u64 = 10_000_000;

/// A small file system in a file; unmounted and removed when it goes. Its loop
/// device goes with the mount.
struct Disk(TempDir);

impl Disk {
    /// None where nothing may be mounted: the test is skipped.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (image, point) = (folder.path().join("image"), folder.path().join("disk"));
        std::fs::create_dir(&point).unwrap();
        must(Command::new("fallocate").args(["--length", DISK]).arg(&image));
        // No blocks are kept for root.
        must(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image));
        let disk = Self(folder);
        let mounted = run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&point));
        if mounted.status.success() {
            return Some(disk);
        }
        let message = String::from_utf8_lossy(&mounted.stderr);
        skip(&format!("no file system can be mounted: {}", message.trim()));
        None
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("disk")
    }

    /// Fills it until just so many bytes are free.
    fn leave(&self, bytes: u64) {
        must(&mut Command::new("sync"));
        let free = must(Command::new("df").args(["--output=avail", "-B1"]).arg(self.path()));
        let free: u64 = free.lines().nth(1).unwrap().trim().parse().unwrap();
        let ballast = (free - bytes).to_string();
        let file = self.path().join("ballast");
        must(Command::new("fallocate").args(["--length", &ballast]).arg(file));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount_below(self.0.path());
    }
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn must(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The record of a build on a disk with so much room, which must fail; none
/// where there can be no disk.
fn fails(backend: &str, text: &str, free_bytes: u64) -> Option<Record> {
    let site = Site::new("full");
    site.write("Dockerfile", text);
    std::fs::write(site.path("file"), noise()).unwrap();
    let disk = Disk::new()?;
    let engine = OwnEngine::start(&disk.path())?;
    disk.leave(free_bytes);
    let tool = site.dp_build(backend, &["--discard", "UNIQUE=."]);
    let ran = tool.env("DOCKER_HOST", &engine.host()).run().expect(4);
    let records = builds(&ran);
    assert_eq!(records.len(), 1, "{backend}: {}", ran.stderr);
    records.into_iter().next()
}

/// Bytes that no file system stores in less room.
fn noise() -> Vec<u8> {
    (0..FILE_BYTES)
        .map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).to_le_bytes()[0])
        .collect()
}

fn error(record: &Record) -> &Failure {
    record.error.as_ref().unwrap()
}

/// The lines of the steps that failed.
fn failed_lines(record: &Record) -> Vec<u64> {
    let steps = &record.build_detail().unwrap().steps;
    let failed = steps.iter().filter(|step| step.state == StepState::Failed);
    failed.map(|step| step.line.unwrap()).collect()
}

const COPY: &str = "FROM dp-base/busybox\n\nCOPY file /file\n";

/// Room for the file in the context, and not for its copy in the image.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_step_that_finds_the_disk_full_is_told_with_its_line() {
    for backend in ALL {
        let Some(record) = fails(backend, COPY, FILE_BYTES * 3 / 2) else { return };
        let error = error(&record);
        assert_eq!(error.code, "disk_full", "{backend}: {}", error.message);
        assert!(error.message.contains("COPY file /file"), "{backend}: {}", error.message);
        assert!(error.message.ends_with("(line 3)"), "{backend}: {}", error.message);
        assert_eq!(failed_lines(&record), [3], "{backend}");
    }
}

/// No step is at fault.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_context_that_does_not_fit_on_the_disk_is_told() {
    for backend in ALL {
        let Some(record) = fails(backend, COPY, FILE_BYTES / 2) else { return };
        let error = error(&record);
        assert_eq!(error.code, "disk_full", "{backend}: {}", error.message);
        assert!(!error.message.contains("(line"), "{backend}: {}", error.message);
        assert!(failed_lines(&record).is_empty(), "{backend}");
    }
}

/// The command ends by itself, with a code of its own and its words in the log:
/// dp does not guess what they mean.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_command_that_finds_the_disk_full_failed_with_its_own_exit_code() {
    let text = "FROM dp-base/busybox\nRUN dd if=/dev/zero of=/zeros bs=1M count=60; exit $?\n";
    for backend in ALL {
        let Some(record) = fails(backend, text, FILE_BYTES * 3 / 2) else { return };
        let error = error(&record);
        assert_eq!(error.code, "step_failed", "{backend}: {}", error.message);
        assert!(error.message.ends_with("(line 2): exit code 1"), "{backend}: {}", error.message);
        let said = error.log.iter().any(|line| line.contains("No space left on device"));
        assert!(said, "{backend}: {:?}", error.log);
        assert_eq!(failed_lines(&record), [2], "{backend}");
    }
}
