//! What is not there any more: the engine, the cache that was primed, room on the disk.

use std::path::Path;
use std::process::Command;

use dp_record::Record;
use dp_record::detail::cache::InvalidationCause;
use dp_testkit::{
    OwnEngine, Ran, Tool, of_kind, processes_with, shown_elsewhere, skip, unmount_below, wait_until,
};

use crate::project::{Project, detail, ran};

fn cache_records(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "cache").into_iter().cloned().collect()
}

fn on(own: &OwnEngine, project: &Project, args: &[&str], temporary: &Path) -> Tool {
    let tool = project.dp_cache(args).args([format!("--host={}", own.host())]);
    tool.env("TMPDIR", temporary.to_str().unwrap())
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_dies_in_mid_build_is_told_and_no_copy_is_left() {
    if shown_elsewhere() {
        return;
    }
    let (data, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(mut own) = OwnEngine::start(data.path()) else { return };
    let project = Project::new(
        "dying",
        "FROM dp-base/busybox\nCOPY a.c /\nRUN : UNIQUE-step; sleep 600; :\n",
        &["a.c"],
    );
    let running = on(&own, &project, &["--scenario", "code"], temporary.path()).start();
    let marker = format!("{}-step", project.name);
    let runs = || processes_with(&marker).iter().any(|line| line.contains("sleep 600"));
    wait_until("the step runs", runs);
    own.kill();
    let ended = running.wait();
    assert!(matches!(ended.code, Some(3 | 4)), "{ended:?}");
    for record in cache_records(&ended) {
        assert_eq!(record.error.unwrap().code, "engine_lost", "{}", ended.stderr);
    }
    assert!(ended.output().contains("engine"), "{ended:?}");
    assert!(is_empty(temporary.path()), "a copy is left: {}", ended.stderr);
}

/// The engine may throw away what was primed whenever it wants: all steps run then.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cache_that_the_engine_throws_away_meanwhile_saves_nothing() {
    if shown_elsewhere() {
        return;
    }
    let (data, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(own) = OwnEngine::start(data.path()) else { return };
    let dockerfile = "FROM dp-base/busybox\nRUN echo UNIQUE > /a\nRUN echo UNIQUE > /b\n";
    let project = Project::new("thrown", dockerfile, &[]);
    let thrown = format!("thrown=cmd:docker --host {} builder prune --all --force >&2", own.host());
    let ended = on(&own, &project, &["--scenario", &thrown], temporary.path()).run().expect(0);
    let records = cache_records(&ended);
    assert_eq!((records.len(), ran(&records[0])), (1, vec![2, 3]), "{}", ended.stderr);
    let lost = &detail(&records[0]).invalidated;
    assert_eq!(
        (lost.len(), lost[0].line, &lost[0].cause),
        (1, Some(2), &InvalidationCause::Unknown)
    );
    let left = own.docker(&["buildx", "du", "--format", "{{.ID}} {{.Description}}"]);
    assert_eq!(String::from_utf8_lossy(&left.stdout), "");
    assert!(is_empty(temporary.path()), "{}", ended.stderr);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_full_disk_is_told_with_the_way_out_and_no_copy_is_left() {
    if shown_elsewhere() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(folder.path());
    let mounted = mount.output().unwrap();
    if !mounted.status.success() {
        skip("no file system can be mounted");
        return;
    }
    let project = Project::new("full", "FROM dp-base/busybox\nCOPY a.c /\n", &[]);
    project.write("a.c", &"int a;\n".repeat(20_000));
    let tool = project.dp_cache(&["--scenario", "code"]);
    let ended = tool.env("TMPDIR", folder.path().to_str().unwrap()).run();
    let left = !is_empty(folder.path());
    unmount_below(folder.path());
    let ended = ended.expect(2);
    assert_eq!(
        ended.stderr.lines().last(),
        Some(
            "dp-cache: cannot copy a.c of the build context: No space left on device (set TMPDIR to a folder with room)"
        )
    );
    assert!(!left && ended.stdout.is_empty(), "{ended:?}");
}
