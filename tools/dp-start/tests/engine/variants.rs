//! Variants, several at once, and a subject against itself.

use std::collections::BTreeMap;

use dp_record::Record;
use dp_testkit::{Tool, Truth, of_kind, shown_elsewhere};

use crate::service::{detail, dp_start, left, starts};

fn by_variant(records: &[Record]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in records {
        let variant = record.subject.as_ref().unwrap().variant.clone();
        *counts.entry(variant.unwrap_or_default()).or_default() += 1;
    }
    counts
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_variant_is_started_in_each_round_and_is_planned() {
    let truth = Truth::new();
    let options = ["-r", "3", "--variant", "plain=", "--variant", "none=--network none -- exit=0"];
    let ran = dp_start(&truth, &options, &["listen=0"]).run().expect(0);
    let expected = [("none".to_owned(), 3), ("plain".to_owned(), 3)];
    assert_eq!(by_variant(&starts(&ran)), BTreeMap::from(expected));
    let records = ran.records();
    let plan = &detail(of_kind(&records, "env")[0])["plan"];
    assert_eq!(plan["subjects"].as_array().unwrap().len(), 2);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_subject_against_itself_is_a_variant_of_its_own() {
    let truth = Truth::new();
    let ran = dp_start(&truth, &["-r", "2", "--aa"], &["listen=0"]).run().expect(0);
    let expected = [(String::new(), 2), ("aa".to_owned(), 2)];
    assert_eq!(by_variant(&starts(&ran)), BTreeMap::from(expected));
    let first = starts(&ran).iter().filter(|one| detail(one)["first_start"] == true).count();
    assert_eq!(first, 1);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn several_at_once_are_one_observation_that_waits_for_the_last() {
    let truth = Truth::new();
    let options = ["-r", "2", "--parallel", "3", "--ready", "http=8080/"];
    let ran = dp_start(&truth, &options, &["listen=50"]).run().expect(0);
    let records = starts(&ran);
    assert_eq!(records.len(), 2);
    assert_eq!(truth.stamps("answer").len(), 6);
    for (record, answers) in records.iter().zip(truth.stamps("answer").chunks(3)) {
        let last = answers.iter().max().unwrap();
        assert!(crate::service::ready_at(record) >= *last);
        assert_eq!(detail(record)["others"].as_array().unwrap().len(), 2);
        assert_eq!(record.subject.as_ref().unwrap().scenario.as_deref(), Some("parallel-3"));
    }
    assert!(left(&truth).is_empty());
}

/// The service answers 400 ms later in one of them.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_known_difference_of_variants_is_found_and_that_of_a_subject_to_itself_is_not() {
    // What is shown is in the statistics.
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let variants = ["--variant", "fast=", "--variant", "slow=-- listen=400"];
    let options = [&["-r", "8", "--ready", "http=8080/", "--aa"], &variants[..]].concat();
    let ran = dp_start(&truth, &options, &["listen=0"]).run().expect(0);
    let report = Tool::new("dp-report").args(["--against", "fast", "--format", "jsonl"]);
    let report = report.stdin(ran.stdout).run();
    assert!(matches!(report.code, Some(0 | 1)), "{}", report.output());
    let verdict = |variant: &str| {
        let of_variant = |record: &&Record| {
            let subject = record.subject.as_ref().unwrap();
            subject.variant.as_deref() == Some(variant)
                && detail(record)["metric"] == "ready_seconds"
        };
        let records = report.records();
        let found = records.iter().find(of_variant).unwrap().clone();
        let shift = detail(&found)["change"].as_f64().unwrap();
        (detail(&found)["verdict"].as_str().unwrap().to_owned(), shift)
    };
    let (slow, shift) = verdict("slow");
    assert!(shift > 0.2, "{shift}");
    // On a machine so noisy that equal subjects differ by as much, nobody knows.
    assert!(["regressed", "inconclusive"].contains(&slow.as_str()), "{slow}");
    let (same, _) = verdict("fast aa");
    assert!(["unchanged", "inconclusive"].contains(&same.as_str()), "{same}");
}
