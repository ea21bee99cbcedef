//! A planned run that never came is found, whatever came beside it.

use dp_record::{
    EnvDetail, Failure, Ids, Missing, Plan, PlanCheck, PlannedSubject, Record, RecordView, Run,
    Subject,
};
use jiff::Timestamp;

fn env(batch: &str, names: &[&str], runs: u32) -> Record {
    let subjects = names
        .iter()
        .map(|name| PlannedSubject { name: (*name).to_owned(), ..PlannedSubject::default() });
    let plan = Plan { kind: "build".to_owned(), subjects: subjects.collect(), runs, warmup: 1 };
    EnvDetail { plan, ..EnvDetail::default() }.into_record(Timestamp::UNIX_EPOCH, batch, "e")
}

fn build(batch: &str, name: &str, warmup: bool) -> Record {
    let mut record = Record::new("build", Timestamp::UNIX_EPOCH);
    record.subject = Some(Subject { name: name.to_owned(), ..Subject::default() });
    record.run = Some(Run { batch: batch.to_owned(), warmup, ..Run::default() });
    record
}

fn check(records: &[Record]) -> (Vec<Missing>, u64) {
    let (mut ids, mut check) = (Ids::default(), PlanCheck::default());
    for record in records.iter().map(RecordView::from) {
        check.observe(ids.of(&record), &record);
    }
    (check.missing(&ids), check.failed())
}

#[test]
fn a_whole_batch_misses_nothing() {
    let records = [env("1", &["a", "b"], 1), build("1", "a", false), build("1", "b", false)];
    assert_eq!(check(&records).0, []);
}

#[test]
fn warm_ups_and_other_batches_do_not_fill_the_plan() {
    let records = [
        env("1", &["a"], 2),
        build("1", "a", true),
        build("2", "a", false),
        build("1", "a", false),
    ];
    let (missing, _) = check(&records);
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].planned, missing[0].seen), (2, 1));
    assert_eq!(missing[0].key.name, "a");
}

#[test]
fn failed_runs_came_and_are_counted_apart() {
    let mut failed = build("1", "a", false);
    failed.fail(Failure { code: "x".to_owned(), message: "m".to_owned(), ..Failure::default() });
    assert_eq!(check(&[env("1", &["a"], 1), failed]), (Vec::new(), 1));
}

#[test]
fn an_env_record_opens_its_batch_under_the_id_that_it_is_given() {
    let one = env("1", &["a"], 1);
    assert_eq!(one.env.as_deref(), Some("e"));
    assert_eq!(one.run.unwrap().batch, "1");
}

#[test]
fn a_plan_may_come_behind_its_runs_and_batches_are_told_by_their_names() {
    let runs = ["z", "a", "z", "b"].map(|batch| build(batch, "app", false));
    let plans = ["z", "b", "a"].map(|batch| env(batch, &["app", "other"], 2));
    let (missing, _) = check(&[&runs[..], &plans[..], &[env("none", &["app"], 1)]].concat());
    let told: Vec<(&str, &str, u32)> =
        missing.iter().map(|one| (one.batch.as_str(), one.key.name.as_str(), one.seen)).collect();
    let expected = [
        ("a", "app", 1),
        ("a", "other", 0),
        ("b", "app", 1),
        ("b", "other", 0),
        ("none", "app", 0),
        ("z", "other", 0),
    ];
    assert_eq!(told, expected);
}
