//! Builds over the engine's own API, against those of buildx.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod backend;

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use backend::{Backend, Project, assert_all, failure, runs, steps, wait_until};
use dp_builds::{
    Analysis, BuildOptions, BuildRun, Clock, Event, FailureCode, Keep, LegacyStage, VertexKind,
    VertexState,
};
use rustix::fs::{CWD, FileType, XattrFlags, makedev, mknodat, setxattr};

const ALL: &str = "FROM dp-base/busybox\nCOPY . /context/\nRUN cat /context/token\n";

/// A context with everything that a file system has.
fn odd_files(project: &Project) {
    project.write("token", "@TOKEN@");
    project.write("a/deep/er/file", "x");
    project.write("a.txt", "sorted behind a/");
    project.write("ünï cödé/☃", "snow");
    project.write(&"long".repeat(60), "a name of 240 bytes");
    let place = |name: &str| project.path().join(name);
    fs::create_dir(place("empty")).unwrap();
    fs::hard_link(place("a.txt"), place("twin")).unwrap();
    symlink("a/deep", place("link")).unwrap();
    symlink("/no/where", place("dangling")).unwrap();
    for (name, mode) in [("a", 0o2700), ("token", 0o4751), ("empty", 0o1777), ("a.txt", 0o400)] {
        fs::set_permissions(place(name), Permissions::from_mode(mode)).unwrap();
    }
    // CAP_NET_BIND_SERVICE, permitted and effective, as version 2 of the attribute has it.
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let name = "security.capability";
    setxattr(place("a/deep/er/file"), name, &capability, XattrFlags::empty()).unwrap();
    mknodat(CWD, place("pipe"), FileType::Fifo, 0o640.into(), 0).unwrap();
    mknodat(CWD, place("device"), FileType::CharacterDevice, 0o640.into(), makedev(1, 3)).unwrap();
    drop(std::os::unix::net::UnixListener::bind(place("socket")).unwrap());
    let big: Vec<u8> = (0..=255).cycle().take(3_000_001).collect();
    fs::write(place("big"), big).unwrap();
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn what_buildx_has_built_is_found_whole_in_the_cache_and_the_other_way_round() {
    for (first, second) in [(Backend::Buildx, Backend::Api), (Backend::Api, Backend::Buildx)] {
        let project = Project::new(ALL).await;
        odd_files(&project);
        assert_all(&project.build(first).await, VertexState::Executed);
        let image = project.image_id();
        let again = project.build(second).await;
        assert_all(&again, VertexState::Cached);
        assert_eq!(project.image_id(), image);
        assert_eq!(again.clock, Clock::Engine);
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn only_what_has_changed_is_sent_again() {
    let project = Project::new(ALL).await;
    odd_files(&project);
    let sent = |run: &BuildRun| Analysis::of(&run.trace).context_sent_bytes.unwrap();
    let first = sent(&project.build(Backend::Api).await);
    assert!((3_000_000..3_100_000).contains(&first), "{first}");
    project.write("a/deep/er/file", "another");
    let second = project.build(Backend::Api).await;
    assert_all(&second, VertexState::Executed);
    assert!(sent(&second) < 10_000, "{}", sent(&second));
    assert_all(&project.build(Backend::Buildx).await, VertexState::Cached);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_changed_dockerfile_of_the_same_length_is_seen() {
    let project = Project::new("FROM dp-base/busybox\nRUN echo @TOKEN@ 1\n").await;
    project.build(Backend::Api).await;
    project.write("Dockerfile", "FROM dp-base/busybox\nRUN echo @TOKEN@ 2\n");
    let second = project.build(Backend::Api).await;
    assert_eq!(steps(&second)[0].0, format!("RUN echo {} 2", project.token));
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_old_builder_gets_all_but_sockets() {
    let list = "cd /context && stat -c '%n %F %a %s' * a/deep/er/file */* && cat big | md5sum";
    let project =
        Project::new(&format!("FROM dp-base/busybox\nCOPY . /context/\nRUN {list}\n")).await;
    odd_files(&project);
    let run = project.build(Backend::Legacy).await;
    assert_all(&run, VertexState::Executed);
    assert_eq!(run.clock, Clock::Client);
    let listed = run.trace.vertexes.last().unwrap().log_tail.join("\n");
    for line in [
        "a directory 2700",
        // The builder changes the owner, by which Linux takes the set-user-id bit away.
        "token regular file 751",
        "empty directory 1777",
        "a.txt regular file 400 16",
        "twin regular file 400 16",
        "link symbolic link 777 6",
        "ünï cödé/☃ regular file 644 4",
        &format!("{} regular file 644 19", "long".repeat(60)),
        "a/deep/er/file regular file 644 1",
    ] {
        assert!(listed.contains(line), "no {line:?} in\n{listed}");
    }
    let sum = std::process::Command::new("md5sum").arg(project.path().join("big")).output();
    let sum = String::from_utf8(sum.unwrap().stdout).unwrap();
    assert!(listed.contains(sum.split(' ').next().unwrap()), "{listed}");
    assert!(!listed.contains("socket"), "{listed}");
    assert_all(&project.build(Backend::Legacy).await, VertexState::Cached);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_stopped_build_stops_on_the_engine() {
    for backend in [Backend::Api, Backend::Legacy] {
        let project =
            Project::new("FROM dp-base/busybox\nRUN : @TOKEN@-step; sleep 300; :\n").await;
        let marker = format!("{}-step", project.token);
        let stop = Cell::new(false);
        let mut on_event = |event: Event<'_>| {
            let Event::Status(status) = event else { return };
            let begun = |name: &str| name.contains("] RUN ");
            if !stop.get() && status.vertexes.iter().any(|v| begun(&v.name) && v.started.is_some())
            {
                stop.set(true);
            }
        };
        let stop_now = || stop.get() && runs(&marker);
        let run = project.build_with(backend, &|_, _| Keep::Yes, &stop_now, &mut on_event).await;
        assert!(run.cancelled && !run.succeeded);
        wait_until("the step runs on", || !runs(&marker));
        assert!(steps(&run).iter().all(|step| step.1 != VertexState::Executed));
        assert_eq!(failure(&run).code, FailureCode::Cancelled, "{backend:?}");
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn failures_are_told_apart() {
    use FailureCode::{
        BaseUnavailable, DockerfileInvalid, SourceMissing, StepFailed, TargetMissing,
    };
    for (dockerfile, target, code) in [
        ("FROM dp-base/busybox\nRUN echo @TOKEN@; exit 7\n", None, StepFailed),
        ("FROM dp-base/busybox\nCOPY no-such-file /\n", None, SourceMissing),
        ("FROM dp-base/busybox\nNONSENSE\n", None, DockerfileInvalid),
        ("FROM dp-base/busybox AS a\nRUN true\n", Some("b"), TargetMissing),
        ("FROM registry.invalid/no/such\nRUN true\n", None, BaseUnavailable),
    ] {
        for backend in [Backend::Api, Backend::Legacy] {
            let mut project = Project::new(dockerfile).await;
            project.options.target = target.map(str::to_owned);
            let failure = failure(&project.build(backend).await);
            assert_eq!(failure.code, code, "{backend:?}: {}", failure.message);
            if code == StepFailed {
                assert_eq!(failure.exit_code, Some(7));
                assert_eq!(failure.log, [project.token.as_str()]);
            }
            if code == DockerfileInvalid {
                assert_eq!(failure.line, Some(2), "{backend:?}: {}", failure.message);
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_context_that_cannot_be_sent_whole_fails_the_build() {
    for backend in [Backend::Api, Backend::Legacy] {
        let project = Project::new("FROM dp-base/busybox\nCOPY . /\n").await;
        project.write("file", "a few bytes");
        // The filter is asked when the size is known and the content is not.
        let grow = |path: &str, _: bool| {
            if path == "file" {
                project.write("file", "some more bytes");
            }
            Keep::Yes
        };
        let failed = failure(&project.build_with(backend, &grow, &|| false, &mut |_| {}).await);
        assert_eq!(failed.code, FailureCode::ContextUnreadable, "{}", failed.message);
        assert!(failed.message.contains("file changed while it was sent"), "{}", failed.message);

        let remove = |path: &str, _: bool| {
            if path == "file" {
                fs::remove_file(project.path().join(path)).unwrap();
            }
            Keep::Yes
        };
        let failed = failure(&project.build_with(backend, &remove, &|| false, &mut |_| {}).await);
        assert_eq!(failed.code, FailureCode::ContextUnreadable, "{}", failed.message);

        fs::remove_dir_all(project.path()).unwrap();
        let failed = failure(&project.build(backend).await);
        assert_eq!(failed.code, FailureCode::ContextUnreadable, "{}", failed.message);
        fs::create_dir(project.path()).unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn options_reach_the_engine() {
    for backend in [Backend::Api, Backend::Legacy] {
        let text = "FROM dp-base/busybox AS one\nARG V\nRUN echo @TOKEN@ $V; cat /etc/hosts; \
                    ip addr; df /dev/shm; cat /proc/self/cgroup\nFROM dp-base/busybox\nRUN false\n";
        let mut project = Project::new(text).await;
        project.options = BuildOptions {
            target: Some("one".into()),
            build_args: vec![("V".into(), "a \"b\" & ü".into())],
            network: Some("none".into()),
            add_hosts: vec!["example.invalid:127.0.0.9".into()],
            shm_size_bytes: Some(16 << 20),
            cgroup_parent: Some("/dp-test".into()),
            ..project.options.clone()
        };
        let run = project.build(backend).await;
        assert_all(&run, VertexState::Executed);
        let mut vertexes = run.trace.vertexes.iter();
        let log = vertexes.find(|vertex| vertex.name.contains("] RUN echo")).unwrap();
        let log = log.log_tail.join("\n");
        assert!(log.contains(&format!("{} a \"b\" & ü", project.token)), "{log}");
        assert!(log.contains("127.0.0.9"), "{log}");
        assert!(!log.contains("eth0"), "{log}");
        let is_legacy = backend == Backend::Legacy;
        if is_legacy || project.engine.version().version.starts_with("28") {
            assert!(log.contains("16384"), "{log}");
        }
        assert_eq!(log.contains("/dp-test/"), is_legacy, "{log}");
        project.options.no_cache = true;
        assert_all(&project.build(backend).await, VertexState::Executed);
        project.options.no_cache = false;
        assert_all(&project.build(backend).await, VertexState::Cached);
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_old_builder_takes_the_dockerfile_out_of_the_context_again() {
    let project =
        Project::new("FROM dp-base/busybox\nCOPY . /context/\nRUN ls -A /context\n").await;
    project.write("token", "@TOKEN@");
    project.write(".dockerignore", "Dockerfile\n.dockerignore\n");
    let ignored = ["Dockerfile", ".dockerignore"];
    let keep = |path: &str, _: bool| {
        if ignored.contains(&path) { Keep::Unneeded } else { Keep::Yes }
    };
    let run = project.build_with(Backend::Legacy, &keep, &|| false, &mut |_| {}).await;
    assert_all(&run, VertexState::Executed);
    assert_eq!(run.trace.vertexes.last().unwrap().log_tail, ["token"]);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_old_builder_s_steps_have_times_of_our_clock() {
    let text = "FROM dp-base/busybox AS unused\nRUN : @TOKEN@; sleep 1\nFROM dp-base/busybox\n\
                LABEL a=b\nRUN : @TOKEN@; sleep 2; echo 'Step 6/6 : RUN nothing'\n";
    let mut project = Project::new(text).await;
    let stage = |needed| LegacyStage { needed, steps: 2 };
    project.stages = vec![stage(false), stage(true)];
    let run = project.build(Backend::Legacy).await;
    assert_eq!(steps(&run).len(), 1, "an unused stage counts");
    let trace = &run.trace;
    let unused = trace.vertexes.iter().filter(|v| v.name.contains("unused stage")).count();
    assert_eq!(unused, 2);
    let step = trace.vertexes.iter().find(|v| v.name.contains("sleep 2")).unwrap();
    assert!(step.name.starts_with("[stage-1 2/2] RUN "), "{}", step.name);
    let seconds = step.intervals[0].length().as_secs_f64();
    // A sleep is never shorter than was asked for.
    assert!(seconds >= 2.0 && seconds <= run.wall.as_secs_f64() - 1.0, "{seconds}");
    let analysis = Analysis::of(trace);
    assert!(analysis.critical_path_length >= std::time::Duration::from_secs(3));
    assert!(analysis.span_length() <= run.wall);
    assert!(trace.vertexes.iter().all(|v| v.kind != VertexKind::Other), "{trace:?}");
    assert!(analysis.context_sent_bytes.unwrap() >= 512);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn only_the_files_that_are_copied_are_sent() {
    let project =
        Project::new("FROM dp-base/busybox\nCOPY small sub/*.txt /\nRUN : @TOKEN@\n").await;
    odd_files(&project);
    project.write("small", "@TOKEN@");
    project.write("sub/a.txt", "a");
    // A pattern among them: all is sent.
    assert_all(&project.build(Backend::Api).await, VertexState::Executed);
    project.write("Dockerfile", "FROM dp-base/busybox\nCOPY small link/er /\nCOPY sub/a.txt /b\n");
    // A link among them: all is sent.
    assert_all(&project.build(Backend::Api).await, VertexState::Executed);
    project.write("Dockerfile", "FROM dp-base/busybox\nCOPY small /c\nCOPY sub/a.txt a/deep /b/\n");
    let run = project.build(Backend::Api).await;
    assert_all(&run, VertexState::Executed);
    let sent = Analysis::of(&run.trace).context_sent_bytes.unwrap();
    assert!(sent < 10_000, "{sent}");
    assert_all(&project.build(Backend::Buildx).await, VertexState::Cached);
    assert!(Path::new(project.path()).exists());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_engine_behind_tcp_builds_as_well_and_stops() {
    for backend in [Backend::Api, Backend::Legacy] {
        let mut project = Project::new(ALL).await;
        odd_files(&project);
        project.behind_tcp().await;
        assert_all(&project.build(backend).await, VertexState::Executed);
        assert_all(&project.build(backend).await, VertexState::Cached);
        project.write("Dockerfile", "FROM dp-base/busybox\nRUN : @TOKEN@-step; sleep 300; :\n");
        let marker = format!("{}-step", project.token);
        let stop = || runs(&marker);
        let run = project.build_with(backend, &|_, _| Keep::Yes, &stop, &mut |_| {}).await;
        assert!(run.cancelled);
        wait_until("the step runs on", || !runs(&marker));
    }
}
