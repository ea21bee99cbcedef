//! A history: what is kept from day to day, and what is told of it.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod batches;

use std::path::Path;

use batches::{Batch, about};
use dp_testkit::{Ran, Signal, Tool, assert_records, wait_until};
use serde_json::Value;

fn day(number: u32, level: f64) -> String {
    let (id, commit) = (format!("b{number}"), format!("c{number:03}"));
    let (seconds, meta) = (about(level), [("commit", commit.as_str())]);
    Batch { id: &id, day: number, meta: &meta, subjects: &[("app", &seconds)] }.lines()
}

fn tool(folder: &Path, args: &[&str]) -> Tool {
    Tool::new("dp-report").args(args).at(folder)
}

/// One report a day, kept in `h.jsonl`; answers the last one.
fn keep(folder: &Path, levels: &[f64]) -> Ran {
    let report = |(number, level): (u32, &f64)| {
        std::fs::write(folder.join("new.jsonl"), day(number, *level)).unwrap();
        tool(folder, &["new.jsonl", "--history", "h.jsonl", "--alert", "alert"]).run().expect(0)
    };
    (1..).zip(levels).map(report).last().unwrap()
}

fn alert(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("alert")).unwrap()
}

const STEADY: [f64; 12] = [2.0, 2.01, 1.99, 2.02, 2.0, 1.98, 2.01, 2.0, 1.99, 2.01, 2.0, 2.02];

#[test]
fn every_line_is_a_verdict_record_with_batch_commit_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), &STEADY[..3]);
    let text = std::fs::read_to_string(folder.path().join("h.jsonl")).unwrap();
    assert_eq!(assert_records(&text).len(), 3);
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["run"]["batch"], "b3");
    assert_eq!(last["meta"]["commit"], "c003");
    assert_eq!(last["env"], "e1");
    assert_eq!(last["at"], "2026-01-03T10:00:10Z");
    let detail = &last["detail"];
    assert_eq!(
        (&detail["kind"], &detail["metric"], &detail["n"]),
        (&"build".into(), &"wall_seconds".into(), &10.into())
    );
    assert!((detail["median"].as_f64().unwrap() / 1.99 - 1.0).abs() < 0.002, "{detail}");
}

#[test]
fn the_same_batch_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), &STEADY[..1]);
    keep(folder.path(), &STEADY[..1]);
    let text = std::fs::read_to_string(folder.path().join("h.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_steady_series_crosses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ran = keep(folder.path(), &STEADY);
    assert_eq!(alert(folder.path()), "");
    assert!(ran.stdout.contains("history of app (warm) in h.jsonl"), "{}", ran.stdout);
    let row = ran.stdout.lines().find(|line| line.starts_with("build.wall_seconds")).unwrap();
    let words: Vec<&str> = row.split_whitespace().take(8).collect();
    assert_eq!(words, ["build.wall_seconds", "12", "2.00", "s", "2.00", "s", "2.02", "s"], "{row}");
}

#[test]
fn what_leaves_its_level_is_told_once_with_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let slower = [&STEADY[..], &[3.0]].concat();
    let ran = keep(folder.path(), &slower);
    let told = alert(folder.path());
    assert!(told.starts_with("worse: build app warm wall_seconds: 3.00 s, +50.0 % (+1.00 s) from the level of 2.00 s (12 runs), "), "{told}");
    assert!(told.ends_with("since 2026-01-13, batch b13, commit c013\n"), "{told}");
    assert!(
        ran.stdout.contains("worse: app warm (build.wall_seconds) just left its level"),
        "{}",
        ran.stdout
    );
    // The next run is as slow: hooks have heard of it.
    let again = [&slower[..], &[3.01]].concat();
    keep(folder.path(), &again);
    assert_eq!(alert(folder.path()), "");
}

#[test]
fn a_change_of_level_is_found_with_its_run_and_the_good_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let slower: Vec<f64> = STEADY[..6].iter().map(|level| level * 1.2).collect();
    let ran = keep(folder.path(), &[&STEADY[..], &slower].concat());
    let text = ran.stdout.replace("\n   ", " ");
    let change = "last change (worse): 2.40 s, +20.0 % (+400 ms) from the level of 2.00 s (12 runs), since 2026-01-13, batch b13, commit c013";
    assert!(text.contains(change), "{}", ran.stdout);
    let row = ran.stdout.lines().find(|line| line.starts_with("build.wall_seconds 18"));
    let row = row.or_else(|| ran.stdout.lines().find(|line| line.contains(" 18 "))).unwrap();
    assert!(row.contains("2.00 s"), "{row}");
}

#[test]
fn the_history_alone_is_shown_without_new_records_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), &STEADY);
    let before = std::fs::read(folder.path().join("h.jsonl")).unwrap();
    for format in ["text", "markdown", "html"] {
        let ran = tool(folder.path(), &["--history", "h.jsonl", "--trend", "--format", format])
            .run()
            .expect(0);
        assert!(ran.stdout.contains("history of app"), "{format}: {}", ran.stdout);
    }
    assert_eq!(std::fs::read(folder.path().join("h.jsonl")).unwrap(), before);
    let none =
        tool(folder.path(), &["--history", "h.jsonl", "--trend", "--where", "name==web"]).run();
    assert!(none.expect(2).stderr.contains("h.jsonl: the history has no such series"));
    let _ = tool(folder.path(), &["--trend"]).run().expect(2);
    let _ = tool(folder.path(), &["--history", "nowhere.jsonl", "--trend"]).run().expect(2);
}

#[test]
fn a_page_has_the_history_too() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), &STEADY);
    let page = "{% for it in report.history %}{{ it.name }} {{ it.metric }} {{ it.runs }} {{ it.latest | show(it.unit) }} {{ it.points[0].meta.commit }} {{ it.levels | length }}{% endfor %}\n";
    std::fs::write(folder.path().join("page.md.in"), page).unwrap();
    let ran = tool(folder.path(), &["--history", "h.jsonl", "--trend", "--template", "page.md.in"])
        .run()
        .expect(0);
    assert_eq!(ran.stdout, "app wall_seconds 12 2.02 s c001 1");
}

#[test]
fn a_line_that_a_crash_left_is_cut_off_and_told() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), &STEADY[..2]);
    let path = folder.path().join("h.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 20]).unwrap();
    std::fs::write(folder.path().join("new.jsonl"), day(3, 2.0)).unwrap();
    let ran = tool(folder.path(), &["new.jsonl", "--history", "h.jsonl", "-q"]).run().expect(0);
    assert!(ran.stderr.contains("h.jsonl:2: cut off a line of"), "{}", ran.stderr);
    let text = std::fs::read_to_string(&path).unwrap();
    let batches: Vec<String> =
        assert_records(&text).into_iter().filter_map(|it| Some(it.run?.batch)).collect();
    assert_eq!(batches, ["b1", "b3"]);
}

#[test]
fn writers_that_are_killed_leave_no_torn_line_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.jsonl");
    let input = |number: u32| {
        let name = format!("new{number}.jsonl");
        std::fs::write(
            folder.path().join(&name),
            day(1, 2.0).replace("\"b1\"", &format!("\"k{number}\"")),
        )
        .unwrap();
        name
    };
    let names: Vec<String> = (0..40).map(input).collect();
    // Ten at once, each second one killed as soon as the file has grown.
    for names in names.chunks(10) {
        let length = || std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let before = length();
        let mut running: Vec<_> = names
            .iter()
            .map(|name| tool(folder.path(), &[name, "--history", "h.jsonl"]).start())
            .collect();
        wait_until("somebody wrote", || length() > before);
        for writer in running.iter_mut().step_by(2) {
            writer.signal(Signal::KILL);
        }
        for (index, writer) in running.into_iter().enumerate() {
            let ran = writer.wait();
            assert!(index % 2 == 0 || ran.code == Some(0), "{}", ran.stderr);
        }
    }
    std::fs::write(folder.path().join("new.jsonl"), day(2, 2.0)).unwrap();
    let _ = tool(folder.path(), &["new.jsonl", "--history", "h.jsonl"]).run().expect(0);
    let text = std::fs::read_to_string(&path).unwrap();
    let records = assert_records(&text);
    let has = |batch: &str| {
        records.iter().any(|it| it.run.as_ref().is_some_and(|run| run.batch == batch))
    };
    for number in (1..40).step_by(2) {
        assert!(has(&format!("k{number}")), "k{number}");
    }
    assert!(has("b2"));
}

#[test]
fn lines_of_others_in_a_history_are_an_error_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("h.jsonl"), "hello\n").unwrap();
    std::fs::write(folder.path().join("new.jsonl"), day(1, 2.0)).unwrap();
    let ran = tool(folder.path(), &["new.jsonl", "--history", "h.jsonl"]).run().expect(2);
    assert!(ran.stderr.contains("h.jsonl:1: not a dp record"), "{}", ran.stderr);
    let text = std::fs::read_to_string(folder.path().join("h.jsonl")).unwrap();
    assert!(text.starts_with("hello\n") && text.lines().count() == 2, "{text}");
    // The report is there though its history is not.
    let nowhere =
        tool(folder.path(), &["new.jsonl", "--history", "no/where.jsonl"]).run().expect(2);
    assert!(nowhere.stdout.contains("wall_seconds"), "{}", nowhere.stdout);
    assert!(nowhere.stderr.contains("cannot open the history"), "{}", nowhere.stderr);
    // The records of the input are no place to keep it.
    let onto = tool(folder.path(), &["new.jsonl", "--history", "new.jsonl"]).run().expect(2);
    assert!(onto.stderr.contains("would be written over new.jsonl"), "{}", onto.stderr);
}
