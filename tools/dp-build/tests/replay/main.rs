//! `--log`: recorded builds, whose figures are known beforehand.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod endings;
mod figures;
mod hostile;
mod lines;
mod reader;
mod recordings;
mod targets;
mod usage;

use std::path::{Path, PathBuf};

use dp_record::Record;
use dp_testkit::{Ran, Tool, of_kind};
use serde_json::Value;

/// A file that was written for these tests.
fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

/// What a real engine told (recorded by `lib/builds/tests/files/record`).
fn recorded(engine: &str, name: &str) -> PathBuf {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lib/builds/tests/files");
    files.join(engine).join(name).with_extension("rawjson")
}

/// The Dockerfile of those.
fn recorded_dockerfile(name: &str) -> PathBuf {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lib/builds/tests/files/context");
    files.join(name).with_extension("Dockerfile")
}

fn replay(log: &Path, args: &[&str]) -> Ran {
    Tool::new("dp-build").args(["--log"]).args([log]).args(args).run()
}

/// The record of the only build; the env record stands before it.
fn build(ran: &Ran) -> Record {
    let records = ran.records();
    assert_eq!(records.len(), 2, "{}", ran.stdout);
    assert_eq!(records[0].kind, "env");
    of_kind(&records, "build")[0].clone()
}

/// The steps of a record, as the objects that they are.
fn steps(record: &Record) -> Vec<Value> {
    dp_testkit::detail(record)["steps"].as_array().unwrap().clone()
}
