//! One subject per context x file x target: their names, what they build, and
//! the plan that says so beforehand.

use std::collections::BTreeSet;

use dp_record::Record;
use dp_testkit::shown_elsewhere;

use crate::project::{Project, builds};
use crate::steps::step;

/// Two contexts with two files of two stages each; every stage says which it is.
fn project() -> Project {
    let project = Project::empty("subjects");
    for folder in ["main", "head"] {
        for file in ["Dockerfile", "Slim"] {
            let text = format!(
                "FROM dp-base/busybox AS first\nWORKDIR /UNIQUE/{folder}/{file}/first\n\
                 FROM dp-base/busybox AS second\nWORKDIR /UNIQUE/{folder}/{file}/second\n"
            );
            project.write(&format!("{folder}/{file}"), &text);
        }
    }
    project
}

fn names(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(|record| record.subject.as_ref().unwrap().name.clone()).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn contexts_files_and_targets_are_multiplied_and_each_builds_its_own() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let contexts = ["one=main", "two=head", "-f", "Dockerfile", "-f", "Slim"];
    let targets = ["--target", "first", "--target", "second", "--discard"];
    let records = project.measure(&[&contexts[..], &targets].concat());
    assert_eq!(records.len(), 8);
    for (name, folder) in [("one", "main"), ("two", "head")] {
        for file in ["Dockerfile", "Slim"] {
            for stage in ["first", "second"] {
                let full = format!("{name}/{file}/{stage}");
                let named = |one: &&Record| one.subject.as_ref().unwrap().name == full;
                let record = records.iter().find(named).unwrap();
                let _ = step(record, &format!("/{folder}/{file}/{stage}"));
                let subject = record.subject.as_ref().unwrap();
                assert_eq!(subject.target.as_deref(), Some(stage));
                assert_eq!(subject.context.as_deref(), Some(folder));
                assert_eq!(subject.dockerfile.as_deref(), Some(&*format!("{folder}/{file}")));
            }
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn all_targets_are_the_named_stages() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    project.write(
        "Dockerfile",
        "FROM dp-base/busybox AS Builder\nWORKDIR /UNIQUE/1\n\
         FROM dp-base/busybox\nWORKDIR /UNIQUE/2\n\
         FROM dp-base/busybox AS runtime\nWORKDIR /UNIQUE/3\n",
    );
    let records = project.measure(&["--all-targets", "--discard", "."]);
    assert_eq!(names(&records), BTreeSet::from(["builder".to_owned(), "runtime".to_owned()]));
    for record in &records {
        let expected = match record.subject.as_ref().unwrap().name.as_str() {
            "builder" => "/1",
            _ => "/3",
        };
        let _ = step(record, &format!("WORKDIR /{}{expected}", project.name));
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_names_win_and_his_words_stand_in_every_record() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let files = ["-f", "Dockerfile", "-n", "before", "-f", "Slim", "-n", "after", "main"];
    let args = [&files[..], &["--discard", "--meta", "branch=main", "--no-detail"]].concat();
    let all = project.dp_build(&args).run().expect(0).records();
    let records = builds(&all);
    assert_eq!(names(&records), BTreeSet::from(["after".to_owned(), "before".to_owned()]));
    assert!(all.iter().all(|record| record.meta["branch"] == "main"));
    assert!(records.iter().all(|record| record.detail.is_none()));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_plan_says_beforehand_what_comes() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let args = ["one=main", "two=head", "--warm", "-r", "2", "--seed", "7", "--discard"];
    let all = project.dp_build(&args).run().expect(0).records();
    assert_eq!(all[0].kind, "env");
    let env = all[0].env_detail().unwrap();
    let planned: Vec<_> = env.plan.subjects.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(planned, ["one", "two"]);
    assert!(env.plan.subjects.iter().all(|one| one.scenario.as_deref() == Some("warm")));
    assert_eq!((env.plan.runs, env.plan.warmup, env.seed), (2, 1, Some(7)));
    assert_eq!((env.plan.kind.as_str(), env.tool.as_str()), ("build", "dp-build"));
    let records = builds(&all);
    assert_eq!(records.len(), 6);
    for record in &records {
        assert_eq!(record.subject.as_ref().unwrap().scenario.as_deref(), Some("warm"));
        assert_eq!(record.env, all[0].env);
        assert_eq!(record.run.as_ref().unwrap().batch, all[0].run.as_ref().unwrap().batch);
    }
}
