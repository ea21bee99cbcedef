//! The committed schema is what the types say, and it refuses what the reader
//! refuses.

use jsonschema::Validator;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::kind::with_kinds;
use crate::{Content, Reader, Record, SCHEMA};

/// The rules of the format that are no types.
fn rules(details: &Value) -> Value {
    json!({
        "title": "dp record",
        "description": "One observation, one line. Print it with `dp-report schema`.",
        "if": { "properties": { "outcome": { "const": "failed" } } },
        "then": { "required": ["error"], "properties": { "metrics": { "maxProperties": 0 } } },
        "else": { "not": { "required": ["error"] } },
        "allOf": details,
    })
}

/// What the detail of a record of each kind must be.
fn details(generator: &mut SchemaGenerator) -> Value {
    let detail = |kind: &str, schema: Schema| {
        json!({
            "if": { "properties": { "kind": { "const": kind } } },
            "then": { "properties": { "detail": { "anyOf": [schema, { "type": "null" }] } } },
        })
    };
    macro_rules! all {
        ($(#[doc = $about:literal] $name:ident $word:literal $kind:ident $detail:ident $get:ident,)+) => {
            json!([$(detail($word, generator.subschema_for::<crate::$detail>())),+])
        };
    }
    with_kinds!(all)
}

fn generated() -> String {
    let mut generator = SchemaGenerator::default();
    let details = details(&mut generator);
    let mut schema = generator.into_root_schema_for::<Record>().to_value();
    let object = schema.as_object_mut().unwrap();
    for (name, rule) in rules(&details).as_object().unwrap() {
        object.insert(name.clone(), rule.clone());
    }
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
fn the_committed_schema_is_what_the_types_say() {
    snapbox::assert_data_eq!(generated(), snapbox::file!["../schema/record.schema.json"].raw());
}

fn validator() -> Validator {
    jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
}

/// What the schema and the reader say of one object: both must agree.
fn verdicts(record: &Value) -> (bool, bool) {
    let line = record.to_string();
    let read = Reader::new("test", line.as_bytes()).next_line().unwrap().unwrap();
    (validator().is_valid(record), matches!(read.content, Content::Record(_)))
}

#[test]
fn schema_and_reader_refuse_the_same() {
    let good = json!({"dp": "1.0", "kind": "build", "at": "2026-01-02T03:04:05.000000001Z", "outcome": "ok"});
    assert_eq!(verdicts(&good), (true, true));
    let failed = json!({"outcome": "failed", "error": {"code": "a_b", "message": "m"}});
    assert_eq!(verdicts(&merged(&good, &failed)), (true, true));

    let bad = [
        json!({"dp": "2.0"}),
        json!({"dp": 1}),
        json!({"kind": ""}),
        json!({"outcome": "fine"}),
        json!({"outcome": "failed"}),
        json!({"error": {"code": "a", "message": "m"}}),
        json!({"outcome": "failed", "error": {"code": "a", "message": "m"}, "metrics": {"a": 1}}),
        json!({"metrics": {"a": "1"}}),
        json!({"metrics": [1]}),
        json!({"detail": 1}),
        json!({"detail": []}),
        json!({"detail": {"steps": {}}}),
        json!({"detail": {"steps": [{"line": "3"}]}}),
        json!({"detail": {"steps": [{"line": -3}]}}),
        json!({"detail": {"clock": "engine"}}),
        json!({"detail": {"steps": null}}),
        json!({"kind": "size", "detail": {"findings": [{"bytes": 1}]}}),
        json!({"kind": "env", "detail": {"plan": {"kind": "build"}}}),
        json!({"kind": "stats", "detail": {"limits": {"pids": []}}}),
        json!({"kind": "stats", "detail": {"absent": {"a": 1}}}),
        json!({"kind": "start", "detail": {"marks": [{"seconds": "1"}]}}),
        json!({"kind": "cache", "detail": {"invalidated": [{"cause": 1}]}}),
        json!({"kind": "verdict", "detail": {"budget": {"limit": "1"}}}),
        json!({"subject": {}}),
        json!({"run": {"n": 1}}),
        json!({"run": {"batch": "b", "n": -1}}),
        json!({"meta": {"a": 1}}),
    ];
    for change in bad {
        assert_eq!(verdicts(&merged(&good, &change)), (false, false), "{change}");
    }
    for missing in ["dp", "kind", "at", "outcome"] {
        let mut record = good.clone();
        record.as_object_mut().unwrap().remove(missing);
        assert_eq!(verdicts(&record), (false, false), "without {missing}");
    }
}

fn merged(base: &Value, change: &Value) -> Value {
    let mut record = base.clone();
    for (name, value) in change.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}
