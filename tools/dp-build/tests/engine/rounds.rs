//! The order of the runs, and which of them count.

use dp_record::Record;
use dp_testkit::shown_elsewhere;

use crate::project::Project;
use crate::steps::counts;

/// Three subjects with a step each.
fn project() -> Project {
    let project = Project::empty("rounds");
    for name in ["a", "b", "c"] {
        project.write(name, &format!("FROM dp-base/busybox\nWORKDIR /UNIQUE/{name}\n"));
    }
    project
}

const FILES: [&str; 7] = ["-f", "a", "-f", "b", "-f", "c", "--discard"];

/// Name, round, position and whether it is a warm-up, in the order of time.
fn order(records: &[Record]) -> Vec<(String, u32, u32, bool)> {
    let place = |record: &Record| {
        let run = record.run.as_ref().unwrap();
        let name = record.subject.as_ref().unwrap().name.clone();
        (name, run.n.unwrap(), run.position.unwrap(), run.warmup)
    };
    records.iter().map(place).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_round_runs_every_subject_once_in_an_order_that_the_seed_decides() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let seeded = |seed| [&FILES[..], &["-r", "2", "--seed", seed]].concat();
    let one = project.measure(&seeded("1"));
    for (at, round) in one.chunks(3).enumerate() {
        let mut names: Vec<_> = order(round).into_iter().map(|one| one.0).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "b", "c"]);
        for (record, position) in round.iter().zip(1..) {
            let run = record.run.as_ref().unwrap();
            assert_eq!((run.n, run.of), (u32::try_from(at + 1).ok(), Some(2)));
            assert_eq!((run.position, run.warmup), (Some(position), false));
        }
    }
    assert!(one.windows(2).all(|pair| pair[0].at < pair[1].at));
    assert_eq!(order(&one), order(&project.measure(&seeded("1"))));
    assert_ne!(order(&one), order(&project.measure(&seeded("2"))));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn warm_runs_are_cached_behind_a_marked_warm_up_that_was_not() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let records = project.measure(&[&FILES[..], &["--warm", "-r", "2"]].concat());
    assert_eq!(records.len(), 9);
    let (warmups, runs) = records.split_at(3);
    for record in warmups {
        let run = record.run.as_ref().unwrap();
        assert!(run.warmup && (run.n, run.of) == (Some(1), Some(1)));
        assert_eq!(counts(record), [1, 0, 1]);
    }
    for record in runs {
        assert!(!record.run.as_ref().unwrap().warmup);
        assert_eq!(counts(record), [1, 1, 0]);
        assert_eq!(record.metrics.get("cache_hit_ratio"), Some(1.0));
        assert_eq!(record.subject.as_ref().unwrap().scenario.as_deref(), Some("warm"));
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn more_warm_ups_may_be_asked_for_and_as_is_has_none() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let warm = project.measure(&["-f", "a", "--discard", "--warm", "-w", "2"]);
    let marks: Vec<_> = order(&warm).into_iter().map(|one| (one.1, one.3)).collect();
    assert_eq!(marks, [(1, true), (2, true), (1, false)]);
    let as_is = project.measure(&["-f", "b", "--discard"]);
    assert_eq!(order(&as_is), [("b".to_owned(), 1, 1, false)]);
    assert_eq!(as_is[0].subject.as_ref().unwrap().scenario.as_deref(), Some("as-is"));
    assert_eq!(counts(&as_is[0]), [1, 0, 1]);
}
