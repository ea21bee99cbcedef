//! Cold runs use nothing of the user's build cache, and leave it as it was.

use dp_testkit::{Signal, Snapshot, processes_with, wait_until};
use fastrand::Rng;

use crate::project::Project;
use crate::steps::{counts, steps};

/// A step that fails unless its cache mount holds what it wants to find there.
const DOCKERFILE: &str = "\
FROM dp-base/busybox
ARG WANT
COPY data /UNIQUE/
RUN --mount=type=cache,id=UNIQUE,target=/m test \"$(cat /m/f)\" = \"$WANT\" && echo full > /m/f
RUN echo UNIQUE > /made
";

fn project() -> Project {
    let project = Project::of_user("cold", DOCKERFILE);
    project.write("data", "UNIQUE");
    project
}

/// One build that wants its cache mount like this.
fn build(project: &Project, how: &[&str], want: &str) -> dp_record::Record {
    let want = format!("WANT={want}");
    project.measure(&[how, &["--build-arg", &want, "UNIQUE=."]].concat()).remove(0)
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cold_run_executes_every_step_with_empty_mounts() {
    let project = project();
    let _ = build(&project, &[], "");
    let cold = build(&project, &["--cold"], "");
    assert_eq!(counts(&cold), [3, 0, 3]);
    assert!(steps(&cold).iter().all(|step| step.state != "cached"));
    assert_eq!(cold.subject.as_ref().unwrap().scenario.as_deref(), Some("cold"));
    let found = cold.build_detail().unwrap().cold.as_ref().unwrap();
    assert!(found.was.contains(&"cache_mounts".to_owned()), "{found:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_cache_and_mounts_are_the_same_after_a_cold_run() {
    let project = project();
    let first = build(&project, &[], "");
    let before = Snapshot::take(&project.docker);
    let _ = build(&project, &["--cold", "-r", "2", "--discard"], "");
    before.assert_unchanged(&project.docker, "two cold runs");
    let again = build(&project, &[], "");
    assert_eq!(counts(&again), [3, 3, 0]);
    let id = |record: &dp_record::Record| record.subject.as_ref().unwrap().image.clone();
    assert_eq!(id(&again), id(&first));
    // The mount is what the first build made of it.
    assert_eq!(counts(&build(&project, &[], "full")), [3, 1, 2]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cold_run_that_is_stopped_at_any_moment_leaves_the_cache_as_it_was() {
    let project = project();
    let _ = build(&project, &[], "");
    project.write("Dockerfile", &format!("{DOCKERFILE}RUN echo UNIQUE; sleep 300\n"));
    let mut before = Snapshot::take(&project.docker);
    let mut random = Rng::with_seed(7);
    for _ in 0..4 {
        let mut running = project.dp_build(&["--cold", "UNIQUE=."]).start();
        wait_until("the build runs", || !processes_with("buildx build").is_empty());
        std::thread::sleep(std::time::Duration::from_millis(random.u64(..1500)));
        running.signal(Signal::TERM);
        let ran = running.wait().expect(130);
        before = before.assert_unchanged_but_held(&project.docker, &ran.stderr);
    }
}
