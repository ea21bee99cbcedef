//! Figures of other days: batches of the baseline, and what is measured anew.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod batches;

use std::path::Path;

use batches::{Batch, about};
use dp_testkit::{Ran, Signal, Tool, wait_until};
use serde_json::Value;

/// Levels of the baseline's batches: machines drift by about 3 %.
const DAYS: [f64; 8] = [2.00, 2.06, 1.95, 2.03, 1.98, 2.08, 1.96, 2.01];

fn day(id: &str, day: u32, level: f64) -> String {
    Batch { id, day, meta: &[], subjects: &[("app", &about(level))] }.lines()
}

/// So many batches of the baseline.
fn baseline(count: u32) -> String {
    let days = (1..).zip(DAYS).take(count as usize);
    days.map(|(number, level)| day(&format!("b{number}"), number, level)).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn tool(&self, args: &[&str]) -> Tool {
        Tool::new("dp-report").args(args).at(self.path())
    }

    fn report(&self, args: &[&str]) -> Ran {
        self.tool(args).run()
    }

    /// The only verdict record of a report.
    fn verdict(&self, args: &[&str]) -> Value {
        let ran = self.report(&[args, &["--format", "jsonl"]].concat());
        let records = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        let details = records.map(|record: Value| record["detail"].clone());
        let mut judged = details.filter(|detail| !detail["verdict"].is_null());
        judged.next().unwrap_or_else(|| panic!("{}{}", ran.stdout, ran.stderr))
    }
}

/// A folder with so many batches of the baseline, and a new one of this level.
fn folder(batches: u32, level: f64) -> Folder {
    let folder = Folder::new();
    folder.write("old.jsonl", &baseline(batches));
    folder.write("new.jsonl", &day("n1", 20, level));
    folder
}

const ARGS: [&str; 3] = ["new.jsonl", "--baseline", "old.jsonl"];

#[test]
fn five_batches_of_the_baseline_judge_a_time_and_four_do_not() {
    let five = folder(5, 3.0).verdict(&ARGS);
    assert_eq!(five["verdict"], "regressed", "{five}");
    assert_eq!(
        (&five["method"], &five["batches"], &five["baseline_batches"]),
        (&"between_batches".into(), &1.into(), &5.into())
    );
    let _ = folder(5, 3.0).report(&ARGS).expect(1);
    let four = folder(4, 3.0).verdict(&ARGS);
    assert_eq!(four["verdict"], "inconclusive");
    let reason = four["reason"].as_str().unwrap();
    assert!(reason.contains("4 other batches") && reason.contains("--confirm"), "{reason}");
    let _ = folder(4, 3.0).report(&ARGS).expect(0);
    let _ = folder(4, 3.0).report(&[&ARGS[..], &["--inconclusive", "fail"]].concat()).expect(1);
}

#[test]
fn what_got_faster_improved() {
    assert_eq!(folder(8, 1.4).verdict(&ARGS)["verdict"], "improved");
}

#[test]
fn equal_builds_of_another_day_never_fail() {
    let fail = [&ARGS[..], &["--inconclusive", "fail"]].concat();
    for level in DAYS {
        let folder = folder(8, level);
        let ran = folder.report(&fail).expect(0);
        assert!(!ran.stdout.contains("regressed"), "{}", ran.stdout);
    }
    // The spread is wider than the floor: unchanged cannot be shown, and the reason
    // says that there is no sign of a change.
    let verdict = folder(5, 2.04).verdict(&ARGS);
    assert_eq!(verdict["verdict"], "inconclusive");
    let reason = verdict["reason"].as_str().unwrap();
    assert!(reason.contains("no sign of a change"), "{reason}");
}

#[test]
fn a_steady_machine_shows_that_nothing_changed() {
    let folder = Folder::new();
    let days = [2.0, 2.004, 1.998, 2.002, 2.001, 1.999];
    let old: String = (1..).zip(days).map(|(n, level)| day(&format!("b{n}"), n, level)).collect();
    folder.write("old.jsonl", &old);
    folder.write("new.jsonl", &day("n1", 20, 2.003));
    assert_eq!(folder.verdict(&ARGS)["verdict"], "unchanged");
}

#[test]
fn what_may_worsen_by_a_share_is_not_broken_by_the_noise_of_days() {
    let folder = folder(8, 2.0);
    folder.write("b.toml", "[[rule]]\nmetric = \"wall_seconds\"\nworsen = \"5%\"\n");
    let args = [&ARGS[..], &["--budget", "b.toml", "--inconclusive", "fail"]].concat();
    let _ = folder.report(&args).expect(0);
    folder.write("new.jsonl", &day("n1", 20, 3.0));
    let _ = folder.report(&args).expect(1);
    // With too few batches there is nothing to hold the demand against.
    folder.write("old.jsonl", &baseline(3));
    let _ = folder.report(&[&ARGS[..], &["--budget", "b.toml"]].concat()).expect(4);
}

#[test]
fn the_batches_may_be_in_several_files() {
    let folder = folder(8, 3.0);
    let mut args = vec!["new.jsonl"];
    let names: Vec<String> = (1..=5).map(|number| format!("d{number}.jsonl")).collect();
    for (name, (number, level)) in names.iter().zip((1..).zip(DAYS)) {
        folder.write(name, &day(&format!("b{number}"), number, level));
        args.extend(["--baseline", name]);
    }
    let ran = folder.report(&args).expect(1);
    assert!(ran.stdout.contains("file d1.jsonl and 4 more"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 v 5 batches"), "{}", ran.stdout);
}

/// A batch of both sides, measured in the same rounds.
fn both(old: f64, new: f64) -> String {
    let subjects: [(&str, &[f64]); 2] = [("old", &about(old)), ("app", &about(new))];
    Batch { id: "c1", day: 21, meta: &[], subjects: &subjects }.lines()
}

fn confirmed(folder: &Folder, more: &[&str]) -> Ran {
    folder.report(&[&ARGS[..], &["--confirm", "echo ran >> log; cat both.jsonl"], more].concat())
}

fn runs(folder: &Folder) -> usize {
    std::fs::read_to_string(folder.path().join("log")).map_or(0, |text| text.lines().count())
}

#[test]
fn what_would_fail_is_measured_anew_and_judged_by_that() {
    // The whole machine is slower today: both sides are.
    let folder = folder(5, 3.0);
    folder.write("both.jsonl", &both(3.0, 3.01));
    let ran = confirmed(&folder, &[]).expect(0);
    assert_eq!(runs(&folder), 1);
    let note = "build app warm: wall_seconds measured anew, both sides in one batch: unchanged (across batches: regressed)";
    assert!(ran.stdout.replace("\n   ", " ").contains(note), "{}", ran.stdout);
    assert!(ran.stdout.contains("10 rounds"), "{}", ran.stdout);
    // It is the subject that is slower.
    folder.write("both.jsonl", &both(2.0, 3.0));
    let _ = confirmed(&folder, &[]).expect(1);
}

#[test]
fn what_cannot_be_judged_is_measured_anew() {
    let folder = folder(1, 2.0);
    folder.write("both.jsonl", &both(2.0, 2.6));
    let _ = confirmed(&folder, &["--against", "old"]).expect(1);
    folder.write("both.jsonl", &both(2.0, 2.0));
    let _ = confirmed(&folder, &["--against", "old", "--inconclusive", "fail"]).expect(0);
    assert_eq!(runs(&folder), 2);
}

#[test]
fn what_is_not_in_doubt_is_not_measured_anew() {
    for level in [2.0, 1.2] {
        let folder = folder(8, level);
        folder.write("both.jsonl", &both(2.0, 2.0));
        let _ = confirmed(&folder, &[]).expect(0);
        assert_eq!(runs(&folder), 0);
    }
}

#[test]
fn a_star_in_the_name_of_the_baseline_is_the_name_of_the_subject() {
    let folder = Folder::new();
    let subjects = |scale: f64| -> Vec<(&str, Vec<f64>)> {
        ["api", "web"].map(|name| (name, about(2.0 * scale))).to_vec()
    };
    let lines = |id: &str, day: u32, subjects: &[(&str, Vec<f64>)]| {
        let subjects: Vec<(&str, &[f64])> =
            subjects.iter().map(|(name, seconds)| (*name, seconds.as_slice())).collect();
        Batch { id, day, meta: &[], subjects: &subjects }.lines()
    };
    folder.write("old.jsonl", &lines("b1", 1, &subjects(1.0)));
    folder.write("new.jsonl", &lines("n1", 2, &subjects(1.0)));
    let twice: Vec<(&str, Vec<f64>)> =
        ["old-api", "api", "old-web", "web"].map(|name| (name, about(2.0))).to_vec();
    folder.write("both.jsonl", &lines("c1", 3, &twice));
    let ran = confirmed(&folder, &["--against", "old-*"]).expect(0);
    assert!(ran.stdout.contains("2 unchanged"), "{}", ran.stdout);
    let ran = confirmed(&folder, &[]).expect(2);
    assert!(ran.stderr.contains("name it by --against NAME"), "{}", ran.stderr);
}

#[test]
fn a_command_that_fails_is_no_answer_and_no_regression() {
    let folder = folder(5, 3.0);
    for (command, told) in [
        ("exit 7", "the command ended with 7: exit 7"),
        ("kill -9 $$", "signal 9 ended the command"),
        ("true", "no records"),
    ] {
        let ran = folder.report(&[&ARGS[..], &["--confirm", command]].concat());
        let code = if command == "true" { 2 } else { 4 };
        let ran = ran.expect(code);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert!(ran.stdout.contains("1 inconclusive"), "{}", ran.stdout);
    }
    let none = folder.report(&["new.jsonl", "--confirm", "true"]).expect(2);
    assert!(none.stderr.contains("--confirm goes with"), "{}", none.stderr);
}

#[test]
fn a_signal_ends_the_whole_command() {
    let folder = folder(5, 3.0);
    // A pipe of two processes, each of which tells its number.
    let command = "sh -c 'echo $$ > one; exec sleep 1000' | sh -c 'echo $$ > two; exec sleep 1000'";
    let mut running = folder.tool(&[&ARGS[..], &["--confirm", command]].concat()).start();
    let number = |name: &str| {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        text.trim().parse::<u32>().ok()
    };
    wait_until("the command runs", || number("one").is_some() && number("two").is_some());
    let (one, two) = (number("one").unwrap(), number("two").unwrap());
    running.signal(Signal::TERM);
    let ran = running.wait();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    for process in [one, two] {
        wait_until("it is gone", || !Path::new(&format!("/proc/{process}/cwd")).exists());
    }
}

/// Two commits under the same names.
fn commits() -> Folder {
    let folder = Folder::new();
    let of = |id: &str, day: u32, commit: &str, level: f64| {
        let (seconds, meta) = (about(level), [("commit", commit)]);
        Batch { id, day, meta: &meta, subjects: &[("app", &seconds)] }.lines()
    };
    let days = (1..).zip(DAYS).take(5);
    let mut text: String =
        days.map(|(n, level)| of(&format!("b{n}"), n, "0a1b2c3d4e5f", level)).collect();
    text.push_str(&of("n1", 20, "ffff000011112222", 3.0));
    folder.write("all.jsonl", &text);
    folder
}

#[test]
fn records_of_a_commit_are_the_baseline_of_the_others() {
    let folder = commits();
    for against in ["meta.commit=0a1b2c3d4e5f", "rev=0a1b2c3"] {
        let ran = folder.report(&["all.jsonl", "--against", against]).expect(1);
        let baseline = format!("baseline: records with {against}");
        assert!(ran.stdout.contains(&baseline), "{}", ran.stdout);
        assert!(ran.stdout.contains("1 v 5 batches"), "{}", ran.stdout);
    }
    let none = folder.report(&["all.jsonl", "--against", "rev=9999999"]).expect(2);
    let told =
        "--against rev=9999999: no record has that (there are: 0a1b2c3d4e5f, ffff000011112222)";
    assert!(none.stderr.contains(told), "{}", none.stderr);
    let twice = ["all.jsonl", "--against", "rev=0a1b2c3", "--baseline", "all.jsonl"];
    let _ = folder.report(&twice).expect(2);
}

#[test]
fn further_fields_keep_series_apart() {
    let folder = commits();
    let lumped = folder.report(&["all.jsonl"]).expect(0);
    assert!(lumped.stdout.contains(" 60 "), "{}", lumped.stdout);
    let apart = folder.report(&["all.jsonl", "--by", "meta.commit"]).expect(0);
    for (word, count) in [("commit=0a1b2c3d4e5f", " 50 "), ("commit=ffff000011112222", " 10 ")] {
        let line = apart.stdout.lines().find(|line| line.contains(word));
        assert!(line.is_some_and(|line| line.contains(count)), "{}", apart.stdout);
    }
    let by_batch = folder.report(&["all.jsonl", "--by", "meta.commit,batch"]).expect(0);
    assert!(by_batch.stdout.contains("batch=n1"), "{}", by_batch.stdout);
    let against = ["all.jsonl", "--by", "meta.commit", "--against", "commit=0a1b2c3d4e5f"];
    let ran = folder.report(&against).expect(1);
    assert!(ran.stdout.contains("regressed"), "{}", ran.stdout);
    let unknown = folder.report(&["all.jsonl", "--by", "commit"]).expect(2);
    assert!(unknown.stderr.contains("meta.KEY"), "{}", unknown.stderr);
}
