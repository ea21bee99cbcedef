//! What is written is read again, and no bytes make the reader panic.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use dp_record::{Content, Detail, Failure, Host, Outcome, Reader, Record, Run, Subject, Writer};
use jiff::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Value, json};

fn time() -> impl Strategy<Value = Timestamp> {
    (0i64..4_000_000_000, 0i32..1_000_000_000)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap())
}

fn subject() -> impl Strategy<Value = Subject> {
    (any::<String>(), of(any::<String>()), of(any::<String>())).prop_map(
        |(name, scenario, reference)| Subject { name, scenario, reference, ..Subject::default() },
    )
}

fn run() -> impl Strategy<Value = Run> {
    ("[a-z]{8}", of(any::<u32>()), any::<bool>()).prop_map(|(batch, n, warmup)| Run {
        batch,
        n,
        of: n,
        position: None,
        warmup,
    })
}

fn failure() -> impl Strategy<Value = Failure> {
    (any::<String>(), vec(any::<String>(), 0..3)).prop_map(|(message, log)| Failure {
        code: "step_failed".to_owned(),
        message,
        log,
        partial: Some(json!({"a": 1})),
    })
}

/// Every finite number, whole ones of any size among them.
fn number() -> impl Strategy<Value = f64> {
    let whole = any::<i64>().prop_map(|whole| whole as f64);
    prop_oneof![whole, any::<f64>().prop_filter("finite", |number| number.is_finite())]
}

prop_compose! {
    fn record()(
        kind in "their-[a-z]{1,8}",
        at in time(),
        subject in of(subject()),
        meta in btree_map(any::<String>(), any::<String>(), 0..3),
        run in of(run()),
        failure in of(failure()),
        metrics in btree_map("[a-z_]{1,12}", number(), 0..5),
        detail in of(any::<String>()),
        load1 in of(number()),
    ) -> Record {
        let mut record = Record::new(&kind, at);
        record.subject = subject;
        record.meta = meta;
        record.run = run;
        record.metrics = metrics.into_iter().collect();
        record.detail = detail.map(|text| Detail::Other(json!({"text": text})));
        record.host = load1.map(|load1| Host { load1: Some(load1), ..Host::default() });
        record.env = Some("0123456789ab".to_owned());
        if let Some(failure) = failure {
            record.fail(failure);
        }
        record
    }
}

fn read_all(bytes: &[u8]) -> Vec<Content> {
    let mut reader = Reader::new("test", bytes);
    std::iter::from_fn(|| reader.next_line().unwrap()).map(|line| line.content).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(records in vec(record(), 1..4)) {
        let mut writer = Writer::new(Vec::new());
        for record in &records {
            writer.write(record).unwrap();
        }
        let bytes = writer.get_mut().clone();
        prop_assert_eq!(bytes.split_inclusive(|byte| *byte == b'\n').count(), records.len());
        let read: Vec<Record> = read_all(&bytes)
            .into_iter()
            .map(|content| match content {
                Content::Record(record) => *record,
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn no_change_of_a_byte_makes_the_reader_panic(record in record(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut line = serde_json::to_vec(&record).unwrap();
        let at = at.index(line.len());
        line[at] = byte;
        read_all(&line);
    }
}

#[test]
fn fields_stand_in_the_order_of_the_contract() {
    let mut record = Record::new("build", Timestamp::UNIX_EPOCH);
    record.subject = Some(Subject { name: "a".to_owned(), ..Subject::default() });
    record.meta = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    record.run = Some(Run {
        batch: "b".to_owned(),
        n: Some(1),
        of: Some(2),
        position: Some(1),
        warmup: false,
    });
    record.metrics.set("wall_seconds", 1.5);
    record.detail = Some(Detail::Other(json!({"z": 1, "a": 2})));
    record.host = Some(Host { load1: Some(0.5), ..Host::default() });
    record.env = Some("e".to_owned());
    assert_eq!(
        serde_json::to_string(&record).unwrap(),
        r#"{"dp":"1.1","kind":"build","at":"1970-01-01T00:00:00Z","subject":{"name":"a"},"meta":{"k":"v"},"run":{"batch":"b","n":1,"of":2,"position":1,"warmup":false},"outcome":"ok","metrics":{"wall_seconds":1.5},"detail":{"z":1,"a":2},"host":{"load1":0.5},"env":"e"}"#
    );
}

#[test]
fn a_failed_record_keeps_no_metrics() {
    let mut record = Record::new("build", Timestamp::UNIX_EPOCH);
    record.metrics.set("wall_seconds", 1.5);
    record.fail(Failure { code: "x".to_owned(), message: "m".to_owned(), ..Failure::default() });
    assert_eq!(record.outcome, Outcome::Failed);
    let value: Value = serde_json::to_value(&record).unwrap();
    assert!(value.get("metrics").is_none());
}
