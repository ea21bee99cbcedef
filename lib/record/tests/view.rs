//! A record that is borrowed from its line says what one with texts of its own says, and
//! the same lines are refused: compared with a reader of the plainest kind.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt;

use dp_record::{
    Content, Detail, Failure, Host, Metrics, Outcome, Record, RecordView, Run, Subject,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// A record as serde reads it without our help.
#[derive(Deserialize)]
struct Plain {
    dp: String,
    kind: String,
    at: Timestamp,
    subject: Option<Subject>,
    #[serde(default)]
    meta: BTreeMap<String, String>,
    run: Option<Run>,
    outcome: Outcome,
    error: Option<Failure>,
    #[serde(default)]
    metrics: Once,
    detail: Option<Value>,
    host: Option<Host>,
    env: Option<String>,
    #[serde(default)]
    units: BTreeMap<String, String>,
}

/// Numbers, of which none is there twice.
#[derive(Default)]
struct Once(BTreeMap<String, f64>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnceVisitor;
        impl<'de> Visitor<'de> for OnceVisitor {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut numbers = BTreeMap::new();
                while let Some((name, number)) = map.next_entry::<String, f64>()? {
                    if numbers.insert(name, number).is_some() {
                        return Err(A::Error::custom("twice"));
                    }
                }
                Ok(Once(numbers))
            }
        }
        deserializer.deserialize_map(OnceVisitor)
    }
}

/// What the plain reader takes from a line; none where it refuses it.
fn plain(line: &[u8]) -> Option<Record> {
    let text = std::str::from_utf8(line).ok()?;
    let plain: Plain = serde_json::from_str(text).ok().filter(|_| text.trim().starts_with('{'))?;
    let mut record = Record::new(&plain.kind, plain.at);
    record.dp = plain.dp.parse().ok()?;
    record.subject = plain.subject;
    record.meta = plain.meta;
    record.run = plain.run;
    record.outcome = plain.outcome;
    record.error = plain.error;
    record.metrics = plain.metrics.0.into_iter().collect::<Metrics>();
    record.detail =
        plain.detail.map(|detail| Detail::from_value(&plain.kind, detail)).transpose().ok()?;
    record.host = plain.host;
    record.env = plain.env;
    record.units = plain.units;
    let is_failed = record.outcome == Outcome::Failed;
    let objects = [
        record.error.as_ref().and_then(|error| error.partial.as_ref()),
        match &record.detail {
            Some(Detail::Other(value)) => Some(value),
            _ => None,
        },
    ];
    let holds = record.dp.is_readable()
        && !record.kind.is_empty()
        && is_failed == record.error.is_some()
        && (!is_failed || record.metrics.is_empty())
        && objects.into_iter().flatten().all(Value::is_object);
    holds.then_some(record)
}

fn view(line: &[u8]) -> Option<RecordView<'_>> {
    match Content::of_line(line) {
        Content::Record(record) => Some(record),
        Content::Blank | Content::Bad(_) => None,
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9:/._-]{0,12}", any::<String>()]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|z|[+-]0[0-9]:00)",
        Just("2026-06-30T23:59:60Z".to_owned()),
        text(),
    ]
}

/// A number as somebody may write it.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
        "0|[1-9][0-9]{0,2}"
    ]
}

prop_compose! {
    /// The fields of a record, most of them as they should be.
    fn fields()(
        kind in prop_oneof!["their-[a-z]{1,8}", Just("build".to_owned()), text()],
        at in time(),
        subject in of((text(), of(text()), of(text()))),
        meta in btree_map(text(), text(), 0..3),
        run in of((text(), of(any::<u32>()), any::<bool>())),
        failed in any::<bool>(),
        metrics in btree_map("[a-z_]{1,12}", any::<i32>(), 0..30),
        has_detail in any::<bool>(),
        load1 in of(any::<i16>()),
        env in of(text()),
    ) -> Map<String, Value> {
        let Value::Object(mut fields) = json!({"dp": "1.1", "kind": kind, "at": at}) else { unreachable!() };
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some((name, scenario, variant)) = subject {
            set("subject", json!({"name": name, "scenario": scenario, "variant": variant}));
        }
        set("meta", json!(meta));
        if let Some((batch, n, warmup)) = run {
            set("run", json!({"batch": batch, "n": n, "warmup": warmup}));
        }
        if failed {
            set("outcome", json!("failed"));
            set("error", json!({"code": "x", "message": "m", "partial": {"a": 1}}));
        } else {
            set("outcome", json!("ok"));
            set("metrics", json!(metrics));
        }
        if has_detail {
            set("detail", json!({"steps": [{"name": "a", "line": 3}]}));
        }
        if let Some(load1) = load1 {
            set("host", json!({"load1": load1}));
        }
        set("env", json!(env));
        set("units", json!({"a": "seconds"}));
        fields
    }
}

/// A change of a line.
#[derive(Debug, Clone)]
enum Change {
    /// A byte becomes another one.
    Byte(Index, u8),
    /// Some bytes go.
    Cut(Index, usize),
    /// Some bytes are there twice.
    Twice(Index, usize),
    /// Something stands there, too.
    Put(Index, &'static str),
}

/// What is put somewhere.
const WORDS: [&str; 10] =
    ["null", "\\u0061", "1e999", "{}", "[]", "\"\"", ",", " ", "\"x\":1,", "\"kind\":\"a\","];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Cut(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Twice(at, count)),
        (any::<Index>(), select(&WORDS[..])).prop_map(|(at, word)| Change::Put(at, word)),
    ]
}

impl Change {
    fn make(&self, line: &mut Vec<u8>) {
        if line.is_empty() {
            return;
        }
        let length = line.len();
        match self {
            Self::Byte(at, byte) => line[at.index(length)] = *byte,
            Self::Cut(at, count) => {
                let at = at.index(length);
                line.drain(at..length.min(at + count));
            }
            Self::Twice(at, count) => {
                let at = at.index(length);
                let again = line[at..length.min(at + count)].to_vec();
                line.splice(at..at, again);
            }
            Self::Put(at, word) => {
                let at = at.index(length);
                line.splice(at..at, word.bytes());
            }
        }
    }
}

fn line(fields: &Map<String, Value>, is_wide: bool) -> Vec<u8> {
    let line = if is_wide { serde_json::to_vec_pretty(fields) } else { serde_json::to_vec(fields) };
    line.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_view_says_what_a_record_says(
        fields in fields(),
        order in 0..13_usize,
        is_wide in any::<bool>(),
        changes in vec(change(), 0..3),
    ) {
        let mut entries: Vec<_> = fields.into_iter().collect();
        // Fields come in any order.
        let count = entries.len();
        entries.rotate_left(order % count);
        let mut line = line(&entries.into_iter().collect(), is_wide);
        for change in &changes {
            change.make(&mut line);
        }
        // Of two in a detail the plain reader takes the last.
        if matches!(Content::of_line(&line), Content::Bad(why) if why.to_string().contains(" twice")) {
            return Ok(());
        }
        let (view, plain) = (view(&line), plain(&line));
        let shown = String::from_utf8_lossy(&line);
        prop_assert_eq!(view.clone().map(RecordView::into_owned), plain.clone(), "{}", shown);
        // A record and the view of it are alike, too.
        if let Some(plain) = plain {
            prop_assert_eq!(RecordView::from(&plain).into_owned(), plain);
        }
    }

    #[test]
    fn a_number_is_the_nearest_there_is(number in number()) {
        let line = format!(r#"{{"dp":"1.0","kind":"a","at":"2026-01-02T03:04:05Z","outcome":"ok","metrics":{{"m":{number}}}}}"#);
        let read = view(line.as_bytes()).and_then(|record| record.metrics.get("m"));
        let expected: f64 = number.parse().unwrap();
        // What is too large is refused.
        prop_assert_eq!(read.map(f64::to_bits), Some(expected.to_bits()).filter(|_| expected.is_finite()));
    }
}

#[test]
fn texts_are_borrowed_unless_they_are_escaped() {
    let line = br#"{"dp":"1.0","kind":"a","at":"2026-01-02T03:04:05Z","subject":{"name":"b\u0062","scenario":"c"},"outcome":"ok"}"#;
    let view = view(line).unwrap();
    let subject = view.subject.as_ref().unwrap();
    let within = |text: &str| line.as_ptr_range().contains(&text.as_ptr());
    assert_eq!((&*subject.name, subject.scenario.as_deref()), ("bb", Some("c")));
    assert!(within(&view.kind) && within(subject.scenario.as_deref().unwrap()));
    assert!(!within(&subject.name));
}

#[test]
fn of_very_many_metrics_one_that_is_there_twice_is_found() {
    let of = |last: &str| {
        let names: Vec<String> = (0..100_000).map(|at| format!("\"m{at}\":{at},")).collect();
        let names = names.concat();
        format!(
            r#"{{"dp":"1.0","kind":"a","at":"2026-01-02T03:04:05Z","outcome":"ok","metrics":{{{names}"{last}":1}}}}"#
        )
    };
    assert_eq!(view(of("n").as_bytes()).unwrap().metrics.get("m99999"), Some(99_999.0));
    assert!(view(of("m50000").as_bytes()).is_none());
}

#[test]
fn what_is_there_twice_is_refused_in_a_detail_too() {
    let line = |detail: &str| {
        format!(
            r#"{{"dp":"1.0","kind":"build","at":"2026-01-02T03:04:05Z","outcome":"ok","detail":{detail}}}"#
        )
    };
    assert!(view(line(r#"{"steps":[{"name":"a"}]}"#).as_bytes()).is_some());
    assert!(view(line(r#"{"steps":[{"name":"a","name":"a"}]}"#).as_bytes()).is_none());
}
