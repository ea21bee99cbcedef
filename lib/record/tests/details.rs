//! Details of every kind, made at random from the committed schema: they are
//! read, written and handed on without loss, whatever a newer version adds, and
//! wrong ones are refused in one sentence.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dp_record::{Content, Detail, LineProblem, Reader, Record, SCHEMA, kind};
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The part of the schema that a `$ref` names; any other part itself.
fn resolved<'s>(schema: &'s Value, part: &'s Value) -> &'s Value {
    match part["$ref"].as_str() {
        Some(reference) => resolved(schema, schema.pointer(&reference[1..]).unwrap()),
        None => part,
    }
}

/// The schema of a kind's detail.
fn of_kind<'s>(schema: &'s Value, kind: &str) -> &'s Value {
    let rules = schema["allOf"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["if"]["properties"]["kind"]["const"] == kind);
    let rule = rule.unwrap_or_else(|| {
        panic!(
            "no {kind} in the schema (SNAPSHOTS=overwrite cargo test -p dp-record --lib adds it)"
        )
    });
    let detail = &rule["then"]["properties"]["detail"]["anyOf"][0];
    resolved(schema, detail)
}

/// Any value that a part of the schema allows. Absent is one of them.
fn allowed(schema: &Value, part: &Value) -> BoxedStrategy<Value> {
    let part = resolved(schema, part);
    if let Some(choices) = part["anyOf"].as_array() {
        let choices = choices.iter().map(|choice| allowed(schema, choice));
        return Union::new(choices).boxed();
    }
    let types: Vec<&str> = match &part["type"] {
        Value::Array(types) => types.iter().map(|name| name.as_str().unwrap()).collect(),
        name => name.as_str().into_iter().collect(),
    };
    let of_type = |name: &&str| match *name {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "string" if part["format"] == "date-time" => (0_i64..4_000_000_000)
            .prop_map(|second| jiff::Timestamp::from_second(second).unwrap().to_string().into())
            .boxed(),
        "string" => word(part),
        "integer" if part["format"] == "uint32" => any::<u32>().prop_map(Value::from).boxed(),
        "integer" if part["minimum"] == 0 => (0_u64..1 << 53).prop_map(Value::from).boxed(),
        "integer" => (-1_i64 << 53..1 << 53).prop_map(Value::from).boxed(),
        "number" => {
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from).boxed()
        }
        "array" => prop::collection::vec(allowed(schema, &part["items"]), 0..3)
            .prop_map(Value::from)
            .boxed(),
        "object" => object(schema, part),
        other => panic!("{other}: {part}"),
    };
    Union::new(types.iter().map(of_type)).boxed()
}

/// One of the words that the schema names, or any other.
fn word(part: &Value) -> BoxedStrategy<Value> {
    let known: Vec<Value> = part["examples"].as_array().cloned().unwrap_or_default();
    let any = any::<String>().prop_map(Value::from);
    if known.is_empty() {
        any.boxed()
    } else {
        prop_oneof![prop::sample::select(known), any].boxed()
    }
}

fn object(schema: &Value, part: &Value) -> BoxedStrategy<Value> {
    if let Some(values) = part.get("additionalProperties") {
        return prop::collection::btree_map("[a-z_]{1,9}", allowed(schema, values), 0..3)
            .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into())
            .boxed();
    }
    let required: Vec<&str> = part["required"]
        .as_array()
        .map(|names| names.iter().map(|name| name.as_str().unwrap()).collect())
        .unwrap_or_default();
    let fields: Vec<BoxedStrategy<(String, Option<Value>)>> = part["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let (name, value) = (name.clone(), allowed(schema, value));
            let value = if required.contains(&name.as_str()) {
                value.prop_map(Some).boxed()
            } else {
                prop::option::weighted(0.6, value).boxed()
            };
            value.prop_map(move |value| (name.clone(), value)).boxed()
        })
        .collect();
    let known = |(name, value): (String, Option<Value>)| Some((name, value?));
    fields
        .prop_map(move |fields| fields.into_iter().filter_map(known).collect::<Map<_, _>>().into())
        .boxed()
}

/// A kind and a detail that the schema allows.
fn detail() -> BoxedStrategy<(&'static str, Value)> {
    let schema = schema();
    let of = |kind: &&'static str| {
        let kind = *kind;
        allowed(&schema, of_kind(&schema, kind)).prop_map(move |detail| (kind, detail)).boxed()
    };
    Union::new(kind::ALL.iter().map(of)).boxed()
}

fn line(kind: &str, detail: &Value) -> Value {
    json!({"dp": "1.0", "kind": kind, "at": "2026-01-02T03:04:05Z", "outcome": "ok", "detail": detail})
}

/// What the reader makes of one line.
fn read(line: &str) -> Result<Record, LineProblem> {
    match Reader::new("test", line.as_bytes()).next_line().unwrap().unwrap().content {
        Content::Record(record) => Ok(*record),
        Content::Bad(problem) => Err(problem),
        Content::Blank => panic!("{line}"),
    }
}

/// All that is in `one` and not null is in `other`, as the same.
fn is_within(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, _) => true,
        (Value::Object(one), Value::Object(_)) => {
            one.iter().all(|(name, value)| is_within(value, &other[name]) || is_default(value))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_within(one, other))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// What a record need not write.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Adds a field that no version knows to every object that has known ones.
fn extend(schema: &Value, part: &Value, value: &mut Value) {
    let part = resolved(schema, part);
    if let Some(choices) = part["anyOf"].as_array() {
        for choice in choices {
            let fits = |choice: &Value| match resolved(schema, choice)["type"].as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                _ => false,
            };
            if fits(choice) {
                return extend(schema, choice, value);
            }
        }
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                extend(schema, &part["items"], item);
            }
        }
        Value::Object(fields) if part.get("additionalProperties").is_none() => {
            for (name, field) in fields.iter_mut() {
                extend(schema, &part["properties"][name.as_str()], field);
            }
            fields.insert("of_a_newer_version".to_owned(), json!({"a": [1, null, {"b": "c"}]}));
        }
        _ => {}
    }
}

/// The paths of all values below `value`.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                paths(item, &format!("{path}/{at}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                paths(
                    field,
                    &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        _ => {}
    }
}

/// A value of some other type.
fn wrong() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("x"),
        json!(true),
        json!(null),
        json!(-1),
        json!(1.5),
        json!([{"a": 1}]),
        json!({"a": 1}),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_detail_is_read_and_written_without_loss((kind, value) in detail()) {
        let detail = Detail::from_value(kind, value.clone()).unwrap();
        let written = detail.to_value();
        prop_assert!(is_within(&value, &written), "{value}\n{written}");
        prop_assert_eq!(&Detail::from_value(kind, written).unwrap(), &detail);
        let record = read(&line(kind, &value).to_string()).unwrap();
        prop_assert_eq!(record.detail, Some(detail));
    }

    #[test]
    fn a_kind_that_comes_after_the_detail_makes_no_difference((kind, value) in detail()) {
        let mut late = line(kind, &value);
        let kind = late.as_object_mut().unwrap().shift_remove("kind").unwrap();
        late["kind"] = kind.clone();
        prop_assert_eq!(read(&late.to_string()), read(&line(kind.as_str().unwrap(), &value).to_string()));
    }

    #[test]
    fn what_a_newer_version_adds_is_ignored_and_handed_on((kind, value) in detail()) {
        let schema = schema();
        let mut newer = value.clone();
        extend(&schema, of_kind(&schema, kind), &mut newer);
        let mut newer = line(kind, &newer);
        newer["dp"] = json!("1.9");
        newer["added"] = json!([{}]);
        let text = format!("{newer}\n");
        let mut handed_on = Vec::new();
        let mut reader = Reader::new("test", text.as_bytes());
        let content = reader.next_line_to(&mut handed_on).unwrap().unwrap().content;
        prop_assert_eq!(handed_on, text.as_bytes());
        let Content::Record(record) = content else { panic!("{content:?}: {text}") };
        prop_assert_eq!(record.detail, Some(Detail::from_value(kind, value).unwrap()));
    }

    #[test]
    fn a_wrong_value_is_refused_in_one_sentence_for_people(
        (kind, value) in detail(),
        at in any::<prop::sample::Index>(),
        wrong in wrong(),
    ) {
        let mut changed = value;
        let mut found = Vec::new();
        paths(&changed, "", &mut found);
        let path = &found[at.index(found.len())];
        *changed.pointer_mut(path).unwrap() = wrong;
        let line = line(kind, &changed);
        let valid = validator().is_valid(&line);
        match read(&line.to_string()) {
            // serde takes a list of values for an object too.
            Ok(_) => prop_assert!(valid || line.to_string().contains(r#"[{"a":1}]"#), "{line}"),
            Err(problem) => {
                prop_assert!(!valid, "{problem}: {line}");
                let text = problem.to_string();
                prop_assert!(text.starts_with("not a dp record: "), "{text}");
                prop_assert!(text.contains("\"detail") || text.contains("the record"), "{text}");
                for word in ["struct ", ", expected", "unknown variant", "u64", "f64", "`", "\n"] {
                    prop_assert!(!text.contains(word), "{text}");
                }
            }
        }
    }
}

fn validator() -> &'static jsonschema::Validator {
    static VALIDATOR: std::sync::OnceLock<jsonschema::Validator> = std::sync::OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::validator_for(&schema()).unwrap())
}

#[test]
fn each_mistake_in_a_detail_is_named_by_its_path() {
    let cases = [
        ("build", json!([]), r#""detail" must be an object, and is a list"#),
        ("build", json!("x"), r#""detail" must be an object, and is the string "x""#),
        (
            "build",
            json!({"steps": [{}, {"line": "7"}]}),
            r#""detail.steps[1].line" must be a whole number, 0 or more, and is the string "7""#,
        ),
        (
            "build",
            json!({"steps": [{"line": -7}]}),
            r#""detail.steps[0].line" must be a whole number, 0 or more, and is -7"#,
        ),
        ("build", json!({"steps": {}}), r#""detail.steps" must be a list, and is an object"#),
        ("size", json!({"findings": [{"bytes": 1}]}), r#""detail.findings[0]" has no "code""#),
        (
            "size",
            json!({"layers": [{"n": 1.5}]}),
            r#""detail.layers[0].n" must be a whole number, 0 or more, and is 1.5"#,
        ),
        (
            "start",
            json!({"marks": [{"seconds": null}]}),
            r#""detail.marks[0].seconds" must be a number, and is null"#,
        ),
        (
            "stats",
            json!({"own_group": "yes"}),
            r#""detail.own_group" must be true or false, and is the string "yes""#,
        ),
        (
            "stats",
            json!({"limits": {"pids": [1]}}),
            r#""detail.limits.pids" must be a number, 0 or more, or the word "none""#,
        ),
        ("env", json!({"plan": {"subjects": [], "runs": 1}}), r#""detail.plan" has no "kind""#),
    ];
    for (kind, detail, expected) in cases {
        let expected = format!("not a dp record: {expected}");
        let line = line(kind, &detail);
        assert_eq!(read(&line.to_string()).unwrap_err().to_string(), expected);
        let mut late = line;
        let kind = late.as_object_mut().unwrap().shift_remove("kind").unwrap();
        late["kind"] = kind;
        assert_eq!(read(&late.to_string()).unwrap_err().to_string(), expected, "kind at the end");
    }
}
