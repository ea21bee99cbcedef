//! How logs are given, and what is refused.

use std::fs;

use dp_testkit::{Context, Tool};

use crate::{build, own, recorded, replay};

#[test]
fn two_runs_print_the_same_bytes() {
    for path in [own("two-stages.rawjson"), recorded("28.5", "late"), recorded("20.10", "hostile")]
    {
        let (one, two) = (replay(&path, &[]), replay(&path, &[]));
        assert!(!one.stdout.is_empty());
        assert_eq!(one.stdout, two.stdout, "{}", path.display());
    }
}

#[test]
fn stdin_and_a_file_of_any_name_give_the_same_bytes() {
    let log = fs::read_to_string(own("two-stages.rawjson")).unwrap();
    let context = Context::empty().with("other.log", &log);
    let named = ["-n", "app"];
    let file = replay(&context.path().join("other.log"), &named).expect(0);
    let stdin = Tool::new("dp-build").args(["--log", "-"]).args(named).stdin(log).run().expect(0);
    assert_eq!(file.stdout, stdin.stdout);
    assert_eq!(file.stdout, replay(&own("two-stages.rawjson"), &named).stdout);
}

#[test]
fn a_log_is_named_by_its_file() {
    let ran = replay(&own("two-stages.rawjson"), &[]).expect(0);
    assert_eq!(build(&ran).subject.unwrap().name, "two-stages");
}

#[test]
fn several_logs_are_several_subjects_of_one_batch() {
    let logs = [recorded("20.10", "cached"), recorded("20.10", "parallel")];
    let tool = Tool::new("dp-build").args(["--log"]).args([&logs[0]]).args(["--log"]);
    let records = tool.args([&logs[1]]).run().expect(0).records();
    let names: Vec<_> = records
        .iter()
        .filter_map(|one| one.subject.as_ref())
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["cached", "parallel"]);
    let plan = &records[0].env_detail().unwrap().plan;
    let planned: Vec<_> = plan.subjects.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((planned, plan.runs, plan.warmup), (names, 1, 0));
    let batch = |at: usize| records[at].run.as_ref().unwrap().batch.clone();
    assert!(batch(0) == batch(1) && batch(1) == batch(2));
    assert!(records.iter().all(|one| one.env == records[0].env));
}

#[test]
fn words_of_the_user_stand_in_every_record() {
    let args = ["--meta", "commit=abc", "--meta", "branch=main", "--no-detail"];
    let records = replay(&own("two-stages.rawjson"), &args).expect(0).records();
    for record in &records {
        assert_eq!(record.meta["commit"], "abc");
        assert_eq!(record.meta["branch"], "main");
    }
    assert_eq!(records[1].detail, None);
    // What it is for.
    assert!(records[0].detail.is_some());
}

#[test]
fn what_means_nothing_in_a_replay_is_refused() {
    let log = own("two-stages.rawjson");
    let other = recorded("28.5", "late");
    let twice = ["--log", log.to_str().unwrap()];
    let named = ["-f", "a", "-f", "b"];
    for (args, words) in [
        (&["."][..], "cannot be used with"),
        (&["--warm"], "cannot be used with"),
        (&["-r", "3"], "cannot be used with"),
        (&["--dry-run"], "cannot be used with"),
        (&["--", "--network=none"], "cannot be used with"),
        (&twice, "two logs are called two-stages: tell them apart with --name"),
        (&["-n", "a", "-n", "b"], "--name was given 2 times for 1 logs: name all or none"),
        (&named, "the logs are of one Dockerfile: give --file once"),
        (&["-f", "nothing"], "cannot read nothing: No such file or directory"),
        (&["--log", "nothing"], "cannot read nothing: No such file or directory"),
    ] {
        let ran = replay(&log, args).expect(2);
        assert!(ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{args:?}");
    }
    let same = ["--log", other.to_str().unwrap(), "-n", "a", "-n", "b"];
    let ran = replay(&log, &same).expect(0);
    assert_eq!(ran.records().len(), 3);
}
