//! What a tool printed.

use std::sync::OnceLock;

use dp_record::{Content, Reader, Record, SCHEMA};
use jsonschema::Validator;
use serde_json::Value;

/// Every line must be a record that the committed schema allows.
pub fn assert_records(text: &str) -> Vec<Record> {
    for line in text.lines() {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Err(error) = validator().validate(&value) {
            panic!("{error}: {line}");
        }
    }
    read_records(text)
}

/// The records of a text; every line must be one.
pub fn read_records(text: &str) -> Vec<Record> {
    let mut reader = Reader::new("output", text.as_bytes());
    let lines = std::iter::from_fn(|| reader.next_line().unwrap());
    lines
        .map(|line| match line.content {
            Content::Record(record) => *record,
            other => panic!("{}: {other:?}", line.place),
        })
        .collect()
}

/// Those of one kind.
pub fn of_kind<'r>(records: &'r [Record], kind: &str) -> Vec<&'r Record> {
    records.iter().filter(|record| record.kind == kind).collect()
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR
        .get_or_init(|| jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap())
}
