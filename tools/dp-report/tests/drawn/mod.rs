//! A report of records that a test makes.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::fs;

use dp_testkit::{Ran, Tool};
use serde_json::Value;

/// A report of these records, which are the file `records.jsonl`.
pub(crate) fn report(records: &[Value], arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
    let arguments = [&["records.jsonl"], arguments].concat();
    Tool::new("dp-report").args(&arguments).at(folder.path()).run()
}
