//! After a change in one stage: what runs again, and what matches by content.

use crate::project::Project;
use crate::steps::{counts, metric, step};

const DOCKERFILE: &str = "\
FROM dp-base/busybox AS changing
COPY input.txt /
RUN sleep 1; cp /input.txt /changed; echo UNIQUE > /same
FROM dp-base/busybox
WORKDIR /UNIQUE
COPY --from=changing /same .
RUN cat same
COPY --from=changing /changed .
RUN cat changed
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn steps_that_match_by_content_are_cached_behind_the_one_that_ran() {
    let project = Project::new("late", DOCKERFILE);
    project.write("input.txt", "one UNIQUE");
    let first = project.measure(&["--discard", "."]);
    assert_eq!(counts(&first[0]), [7, 0, 7]);
    project.write("input.txt", "two UNIQUE");
    let record = &project.measure(&["--discard", "."])[0];
    for (words, state) in [
        ("COPY input.txt", "executed"),
        ("RUN sleep 1", "executed"),
        ("WORKDIR", "cached"),
        ("COPY --from=changing /same", "cached"),
        ("RUN cat same", "cached"),
        ("COPY --from=changing /changed", "executed"),
        ("RUN cat changed", "executed"),
    ] {
        assert_eq!(step(record, words).state, state, "{words}");
    }
    assert_eq!(counts(record), [7, 3, 4]);
    assert!((metric(record, "cache_hit_ratio") - 3.0 / 7.0).abs() < 1e-12);
    // Only when the sleeping step was done could its result be compared.
    let slept = step(record, "RUN sleep 1").end();
    let matched = step(record, "COPY --from=changing /same").started_seconds.unwrap();
    assert!(slept >= 1.0 && matched >= slept, "{matched} {slept}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_critical_path_leads_through_what_ran_again() {
    let project = Project::new("late", DOCKERFILE);
    project.write("input.txt", "one UNIQUE");
    let _ = project.measure(&["--discard", "."]);
    project.write("input.txt", "two UNIQUE");
    let record = &project.measure(&["--discard", "."])[0];
    for words in ["COPY input.txt", "RUN sleep 1", "/changed .", "RUN cat changed"] {
        assert!(step(record, words).critical, "{words}");
    }
    assert!(metric(record, "critical_path_seconds") >= 1.0);
}
