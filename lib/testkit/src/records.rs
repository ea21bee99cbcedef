//! What a tool printed.

use std::sync::OnceLock;

use dp_record::{Content, Reader, Record, SCHEMA, kind, metric};
use jsonschema::Validator;
use serde_json::Value;

/// The records of a text. Every line must be one that the committed schema
/// allows, with metrics that the catalogue knows or that say their unit.
pub fn assert_records(text: &str) -> Vec<Record> {
    for line in text.lines() {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Err(error) = validator().validate(&value) {
            panic!("{error} at {}: {line}", error.instance_path());
        }
    }
    let mut reader = Reader::new("output", text.as_bytes());
    let lines = std::iter::from_fn(|| reader.next_line().unwrap());
    let records = lines.map(|line| match line.content {
        Content::Record(record) => *record,
        other => panic!("{}: {other:?}", line.place),
    });
    records.inspect(assert_catalogued).collect()
}

/// Metrics of dp's own kinds are in the catalogue; those of a user's load say
/// their unit.
fn assert_catalogued(record: &Record) {
    if !kind::ALL.contains(&record.kind.as_str()) {
        return;
    }
    for (name, _) in record.metrics.iter() {
        let known = metric(&record.kind, name).is_some() || record.units.contains_key(name);
        assert!(known, "no {} metric of this name in the catalogue: {name}", record.kind);
    }
}

/// The detail of a record, as records write it.
pub fn detail(record: &Record) -> Value {
    record.detail.as_ref().unwrap_or_else(|| panic!("no detail: {record:?}")).to_value()
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
