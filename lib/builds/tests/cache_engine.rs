//! What a measurement leaves in the build cache of a real engine, and what its removal spares.
//!
//! They use the engine that the docker CLI reaches. Others may build on it at the same time: every
//! test has a token in all its steps, and looks at the records around that token only.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod cache;

use std::collections::BTreeSet;

use cache::{Build, Project, USER};
use dp_builds::cache::{LeftReason, OwnBuilds};
use dp_testkit::{processes_with, wait_until};

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_cold_measurement_leaves_the_users_cache_as_it_was() {
    let project = Project::new().await;
    let user = project.build(USER, "user", &[]);
    let marker = project.marker();
    let before = project.cache().snapshot().await.unwrap();
    let cold = project.cold(USER);
    assert_ne!(cold.image, user.image, "nothing was built anew");
    assert!(project.family().await.len() > project.family_in(&before.records).len());
    let removal = project.remove(&before, &[&cold]).await;
    assert!(removal.removed.len() >= 5, "{removal:?}");
    assert_eq!(project.family().await, project.family_in(&before.records), "{removal:?}");
    let again = project.build(USER, "user", &[]);
    assert_eq!(again.image, user.image);
    assert_eq!(again.ran(), [""; 0]);
    assert_eq!(project.marker(), marker);
    project.close().await;
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_image_of_the_measurement_outlives_its_records() {
    let project = Project::new().await;
    let before = project.cache().snapshot().await.unwrap();
    let cold = project.cold(USER);
    let removal = project.remove(&before, &[&cold]).await;
    assert!(removal.removed.len() >= 5, "{removal:?}");
    assert_eq!(project.image("cold"), cold.image);
    let printed = cache::docker(&["run", "--rm", &project.tag("cold"), "cat", "/file", "/w/last"]);
    assert_eq!(String::from_utf8_lossy(&printed.stdout), format!("content\n{}\n", project.token));
    project.close().await;
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn all_that_is_new_goes_when_nobody_else_builds() {
    // A COPY comes last: on older engines the only sign of its owner is that nobody else built.
    let dockerfile = "FROM @BASE@\nRUN echo @TOKEN@ > /a\nWORKDIR /w\nCOPY file /w/file\n";
    for _ in 0..20 {
        let project = Project::new().await;
        let before = project.cache().snapshot().await.unwrap();
        let cold = project.cold(dockerfile);
        let (steps, sources) = project.new_since(&before).await;
        assert!(steps >= 3, "RUN, WORKDIR and COPY left {steps} records");
        // The Dockerfile, .dockerignore and the context are sent, or sent again to old records.
        if steps == 3 && sources <= 3 {
            let removal = project.remove(&before, &[&cold]).await;
            assert_eq!(removal.left.len(), 0, "{removal:?}");
            assert_eq!(project.new_since(&before).await, (0, 0));
            return project.close().await;
        }
        // Somebody else built.
        project.close().await;
    }
    panic!("the engine is never alone");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn another_build_that_runs_meanwhile_keeps_its_records() {
    let other = "FROM @BASE@
        RUN sleep 3; echo @TOKEN@-other > /other
        COPY file /file
        RUN cat /proc/sys/kernel/random/uuid > /uuid; echo @TOKEN@-other";
    for over in [false, true] {
        measured_while_building(other, over).await;
    }
}

/// The user's warm build, then a cold measurement while another build runs, which is over or not
/// when the records are removed.
async fn measured_while_building(dockerfile: &str, over: bool) {
    let project = Project::new().await;
    let user = project.build(USER, "user", &[]);
    let marker = project.marker();
    let before = project.cache().snapshot().await.unwrap();
    let running = project.start(dockerfile, "other", "RUN sleep");
    let cold = project.cold(USER);
    let (other, removal) = if over {
        let other = running.finish();
        (other, project.remove(&before, &[&cold]).await)
    } else {
        let removal = project.remove(&before, &[&cold]).await;
        (running.finish(), removal)
    };
    assert!(overlap(&other, &cold), "the builds did not run at the same time");
    assert!(removal.removed.len() >= 5, "{removal:?}");
    assert_eq!(project.family().await, project.family_in(&before.records), "{removal:?}");
    let again = project.build(USER, "user", &[]);
    assert_eq!(again.image, user.image, "{removal:?}");
    assert_eq!(again.ran(), [""; 0]);
    assert_eq!(project.marker(), marker);
    let other_again = project.build(dockerfile, "other", &[]);
    assert_eq!(other_again.image, other.image, "{removal:?}");
    assert_eq!(other_again.ran(), [""; 0]);
    project.close().await;
}

fn overlap(one: &Build, other: &Build) -> bool {
    let (one, other) = (one.span(), other.span());
    one.start < other.end && other.start < one.end
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_step_that_both_builds_share_stays_for_the_other() {
    let shared = "RUN sleep 3; cat /proc/sys/kernel/random/uuid > /shared; echo @TOKEN@";
    let ours = format!("FROM @BASE@\n{shared}\nCOPY file /ours\nRUN echo @TOKEN@ ours > /a");
    let theirs = format!("FROM @BASE@\n{shared}\nCOPY file /theirs\nRUN echo @TOKEN@-other > /a");
    let project = Project::new().await;
    let before = project.cache().snapshot().await.unwrap();
    // Ours runs first, so that the other build joins it.
    let running = project.start_cold(&ours, "RUN sleep");
    let other = project.build(&theirs, "other", &[]);
    let cold = running.finish();
    assert!(overlap(&other, &cold), "the builds did not run at the same time");
    let removal = project.remove(&before, &[&cold]).await;
    assert!(!removal.removed.is_empty(), "{removal:?}");
    let needed = removal.left.values().filter(|reason| **reason == LeftReason::Needed);
    assert_eq!(needed.count(), 1, "{removal:?}");
    let other_again = project.build(&theirs, "other", &[]);
    assert_eq!(other_again.image, other.image, "{removal:?}");
    assert_eq!(other_again.ran(), [""; 0]);
    project.close().await;
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_build_that_failed_or_was_stopped_leaves_nothing_either() {
    let project = Project::new().await;
    let before = project.cache().snapshot().await.unwrap();
    let fails = "FROM @BASE@
        RUN --mount=type=cache,id=@TOKEN@,target=/c echo @TOKEN@ > /c/file
        COPY file /file
        RUN echo @TOKEN@ > /b; exit 3";
    let failed = project.start_cold(fails, "RUN echo").finish_failed();
    let stops = "FROM @BASE@
        RUN echo @TOKEN@ > /a
        RUN sleep 60; echo @TOKEN@";
    let stopping = project.start_cold(stops, "RUN sleep");
    // An engine with the containerd image store that is stopped while it makes a step ready holds
    // what that rests on until its own end.
    let is_step = |line: &String| line.contains("sleep 60");
    wait_until("the step runs", || processes_with(&project.token).iter().any(is_step));
    let stopped = stopping.stop();
    let removal = project.remove(&before, &[&failed, &stopped]).await;
    assert!(removal.removed.len() >= 4, "{removal:?}");
    assert_eq!(project.family().await, BTreeSet::new(), "{removal:?}");
    project.close().await;
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn every_form_of_step_is_known_again_by_its_record() {
    let dockerfile = r#"FROM @BASE@ AS one
        ARG N=1
        ENV V=vv
        WORKDIR /w/$V
        RUN echo @TOKEN@ "a b" $N 'q $N' \
            # a comment
            && echo   x\ y \$N ${V:-z} $(echo sub) $UNSET > /n
        RUN ["echo", "@TOKEN@ json", "$N", "a\"b"]
        SHELL ["/bin/sh", "-eu", "-c"]
        RUN --mount=type=cache,id=@TOKEN@,target=/c --mount=type=tmpfs,target=/t : @TOKEN@ > /c/x
        COPY --chown=1:1 file /file-$N
        FROM @BASE@
        COPY --from=one /n /n
        RUN true @TOKEN@
        RUN true @TOKEN@
        WORKDIR /z
        RUN echo @TOKEN@ > /l"#;
    let project = Project::new().await;
    let before = project.cache().snapshot().await.unwrap();
    let cold = project.start_args(dockerfile, "cold", &["--build-arg=N=7", "--no-cache"]).finish();
    let made = OwnBuilds::default();
    let removal = project.remove_made(&before, made, &[&cold]).await;
    // 6 RUN, 1 cache mount, and 4 to 5 of WORKDIR and COPY below a RUN.
    assert!(removal.removed.len() >= 11, "{removal:?}");
    assert_eq!(project.family().await, BTreeSet::new(), "{removal:?}");
    project.close().await;
}
