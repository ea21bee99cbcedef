//! A build that joins another one's steps: nothing of the other one's time is ours.

use dp_record::Record;
use dp_record::detail::build::StepState;
use dp_testkit::{processes_with, wait_until};

use crate::project::{Project, builds};

/// The other build, whose steps have other names.
const OTHER: &str =
    "FROM dp-base/busybox AS other\nCOPY f /f\nRUN sleep 3; : UNIQUE\nRUN : after UNIQUE\n";
/// Ours: the same first two steps.
const OURS: &str = "FROM dp-base/busybox\nCOPY f /f\nRUN sleep 3; : UNIQUE\n";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_step_that_another_build_began_is_shared_and_no_figure_is_longer_than_the_wait() {
    for backend in ["buildx", "engine"] {
        let project = Project::new("shared", OURS);
        project.write("Other", OTHER);
        project.write("f", "UNIQUE");
        let step = project.name.clone();
        let other = project.dp_build(&["--discard", "-f", "Other", "."]).start();
        wait_until("the step of the other build runs", || {
            processes_with(&step).iter().any(|line| line.contains("sleep 3"))
        });
        let ran = project.dp_build(&["--discard", "--backend", backend, "."]).run().expect(0);
        let record = builds(&ran.records()).remove(0);
        check(&record, backend);
        assert!(
            ran.stderr.contains("2 steps were run by another build that began before"),
            "{}",
            ran.stderr
        );
        let other = builds(&other.wait().expect(0).records()).remove(0);
        assert_eq!(other.metrics.get("steps_shared"), Some(0.0), "{backend}");
        assert_eq!(other.metrics.get("steps_executed"), Some(3.0), "{backend}");
    }
}

fn check(record: &Record, backend: &str) {
    let metric = |name: &str| record.metrics.get(name).unwrap_or_else(|| panic!("{name}"));
    let wall = metric("wall_seconds");
    for name in ["span_seconds", "critical_path_seconds"] {
        assert!(metric(name) <= wall, "{backend}: {name} {} of {wall}", metric(name));
    }
    let counts = ["steps", "steps_shared", "steps_executed", "steps_cached"].map(metric);
    assert!((counts[0] - 2.0).abs() < 1e-9 && (counts[1] - 2.0).abs() < 1e-9, "{counts:?}");
    assert_eq!(record.metrics.get("cache_hit_ratio"), None, "{backend}");
    let steps = &record.build_detail().unwrap().steps;
    let steps: Vec<_> = steps.iter().filter(|step| step.state != StepState::Base).collect();
    let found: Vec<_> = steps.iter().map(|step| (step.line, step.state.clone())).collect();
    let expected = [(Some(2), StepState::Shared), (Some(3), StepState::Shared)];
    assert!(expected.iter().all(|one| found.contains(one)), "{backend}: {found:?}");
    assert!(steps.iter().all(|step| step.seconds.is_some_and(|seconds| seconds <= wall)));
}
