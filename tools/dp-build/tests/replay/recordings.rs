//! What real engines told of the Dockerfiles in `lib/builds/tests/files`, with
//! counts and codes that follow from those Dockerfiles.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use dp_record::Outcome;

use crate::{build, recorded, replay, steps};

const ENGINES: [&str; 2] = ["20.10", "28.5"];

/// Name, steps, and how many of them were cached.
const BUILDS: [(&str, u32, RangeInclusive<u32>); 5] = [
    // 1 + 1 steps in two stages, 5 in the last one; a third stage is unused.
    // --no-cache does not reach WORKDIR: it may be cached or not.
    ("parallel", 7, 0..=1),
    ("cached", 7, 7..=7),
    // WORKDIR, the copy of the same bytes and the step behind it.
    ("late", 6, 3..=3),
    // What ADD fetches is no step of its own.
    ("added", 2, 0..=0),
    // One step, and one trigger of the base.
    ("onbuild", 2, 0..=0),
];

#[test]
fn steps_are_counted_as_the_dockerfiles_have_them() {
    for (name, steps, may_be_cached) in BUILDS {
        for engine in ENGINES {
            let record = build(&replay(&recorded(engine, name), &[]).expect(0));
            let metric = |name| record.metrics.get(name);
            let counts = |cached: u32| {
                metric("steps_cached") == Some(f64::from(cached))
                    && metric("steps_executed") == Some(f64::from(steps - cached))
                    && metric("cache_hit_ratio") == Some(f64::from(cached) / f64::from(steps))
            };
            assert_eq!(metric("steps"), Some(f64::from(steps)), "{engine} {name}");
            let mut possible = may_be_cached.clone();
            assert!(possible.any(counts), "{engine} {name}: {:?}", record.metrics);
        }
    }
}

#[test]
fn what_no_target_needs_is_not_there() {
    for engine in ENGINES {
        let record = build(&replay(&recorded(engine, "parallel"), &[]).expect(0));
        let names: Vec<_> =
            steps(&record).iter().map(|step| step["name"].as_str().unwrap().to_owned()).collect();
        assert!(names.iter().all(|name| !name.contains("sleep 30")), "{engine}: {names:?}");
    }
}

/// Name and code.
const FAILURES: [(&str, &str); 9] = [
    ("step-failed", "step_failed"),
    ("source-missing", "source_missing"),
    ("dockerfile-invalid", "dockerfile_invalid"),
    ("dockerfile-empty", "dockerfile_invalid"),
    ("dockerfile-missing", "dockerfile_missing"),
    ("target-missing", "target_missing"),
    ("base-unavailable", "base_unavailable"),
    ("hostile", "step_failed"),
    ("forged", "step_failed"),
];

#[test]
fn a_failed_build_is_a_record_with_its_code_and_without_metrics() {
    for (name, code) in FAILURES {
        for engine in ENGINES {
            let record = build(&replay(&recorded(engine, name), &[]).expect(4));
            assert_eq!(record.outcome, Outcome::Failed, "{engine} {name}");
            assert!(record.metrics.is_empty(), "{engine} {name}");
            let error = record.error.unwrap();
            assert_eq!(error.code, code, "{engine} {name}");
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{engine} {name}");
        }
    }
}

#[test]
fn a_failed_step_keeps_its_last_words() {
    for engine in ENGINES {
        let record = build(&replay(&recorded(engine, "step-failed"), &[]).expect(4));
        // stdout and stderr of a step have no order between them.
        let log: BTreeSet<_> = record.error.as_ref().unwrap().log.iter().collect();
        assert_eq!(log, BTreeSet::from([&"one".to_owned(), &"two".to_owned()]), "{engine}");
        let state = |text: &str| {
            let found = steps(&record).into_iter();
            let mut named = found.filter(|step| step["name"].as_str().unwrap().contains(text));
            named.next().unwrap()["state"].as_str().unwrap().to_owned()
        };
        assert_eq!(state("exit 7"), "failed", "{engine}");
        assert_eq!(state("sleep 20"), "canceled", "{engine}");
        assert_eq!(state("COPY --from=other"), "skipped", "{engine}");
    }
}

#[test]
fn a_failure_may_be_ignored() {
    let ran = replay(&recorded("28.5", "step-failed"), &["--ignore-failure"]).expect(0);
    assert_eq!(build(&ran).outcome, Outcome::Failed);
}
