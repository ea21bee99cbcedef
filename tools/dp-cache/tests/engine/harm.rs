//! Whatever happens, the user's files, images, build cache and cache mounts are
//! left as they were.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

use dp_testkit::{Signal, Snapshot, processes_with, skip, wait_until};
use fastrand::Rng;

use crate::project::Project;

/// A step that fails unless its cache mount holds what it wants to find there.
const DOCKERFILE: &str = "\
FROM dp-base/busybox
ARG WANT
COPY package.json /app/
RUN --mount=type=cache,id=UNIQUE,target=/m test \"$(cat /m/f)\" = \"$WANT\" && echo full > /m/f
COPY src /app/src
RUN echo UNIQUE > /made
";

fn project(word: &str) -> Project {
    let project = Project::of_user(word, DOCKERFILE, &["src/a.c"]);
    // A step with another mount but the same files would be the same step.
    project.write("package.json", "{\"name\": \"UNIQUE\"}\n");
    project
}

/// Path and content of all files.
fn files(project: &Project) -> BTreeMap<String, String> {
    let read = |path: &str| {
        (path.to_owned(), fs::read_to_string(project.context.path().join(path)).unwrap())
    };
    ["Dockerfile", "package.json", "src/a.c"].map(read).into()
}

/// Folders of ours in the temporary folder.
fn left(temporary: &std::path::Path) -> usize {
    fs::read_dir(temporary).unwrap().count()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_cache_mounts_images_and_files_survive_all_scenarios() {
    let project = project("harm");
    let image = project.build("WANT=");
    let before = Snapshot::take(&project.docker);
    let (mine, temporary) = (files(&project), tempfile::tempdir().unwrap());
    for backend in project.backends() {
        // Ours find their own mounts empty, then filled by the priming build.
        let args = [
            "--backend",
            backend,
            "-r",
            "2",
            "--build-arg",
            "WANT=",
            "--scenario",
            "cold",
            "--scenario",
            "warm",
            "--scenario",
            "code",
            "--scenario",
            "filled=arg:WANT=full",
        ];
        let tool = project.dp_cache(&args).env("TMPDIR", temporary.path().to_str().unwrap());
        let ran = tool.run().expect(0);
        assert_eq!(ran.records().len(), 9);
        before.assert_unchanged(&project.docker, backend);
    }
    assert_eq!((files(&project), left(temporary.path())), (mine, 0));
    // The user's next build is answered from the cache, with the image as before.
    assert_eq!(project.build("WANT="), image);
    // The user's mount is what the first build made of it.
    project.build("WANT=full");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn where_the_users_cached_steps_would_be_forgotten_it_refuses_and_leaves_all_as_it_is() {
    let project = Project::new("refused", "FROM dp-base/busybox\nRUN echo UNIQUE > /a\n", &["a"]);
    if !project.docker.has_containerd_store() {
        return skip("only an engine with the containerd image store forgets");
    }
    let image = project.build("A=");
    let before = Snapshot::take(&project.docker);
    let ran = project.dp_cache(&["--scenario", "warm"]).run().expect(2);
    let reason = "on the containerd image store, removing what they add would make the engine forget 1 cached step of yours";
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    before.assert_unchanged(&project.docker, "a refusal");
    assert_eq!(project.build("A="), image);
    // What the reason says is true: any removal loses that step.
    project.docker.ok(&["builder", "prune", "--force", "--filter", "type=source.local"]);
    assert_ne!(project.build("A="), image);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stop_at_any_moment_leaves_everything_as_it_was() {
    let project = project("stopped");
    let _ = project.build("WANT=");
    let mut before = Snapshot::take(&project.docker);
    let (mine, temporary) = (files(&project), tempfile::tempdir().unwrap());
    let args = [
        "--build-arg",
        "WANT=",
        "-r",
        "1",
        "--scenario",
        "cold",
        "--scenario",
        "warm",
        "--scenario",
        "code",
    ];
    let tool = || project.dp_cache(&args).env("TMPDIR", temporary.path().to_str().unwrap());
    let begin = Instant::now();
    let _ = tool().run().expect(0);
    let whole = begin.elapsed();
    let mut random = Rng::with_seed(7);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::INT, Signal::TERM, Signal::INT] {
        let mut running = tool().start();
        // It is the moment that is random, not what is waited for.
        let moment = whole.mul_f64(random.f64());
        std::thread::sleep(moment);
        running.signal(signal);
        let ran = running.wait();
        assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{ran:?}");
        let said = format!("{signal:?} after {moment:?}: {}", ran.stderr);
        before = before.assert_unchanged_but_held(&project.docker, &said);
        assert_eq!((files(&project), left(temporary.path())), (mine.clone(), 0), "{signal:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stop_while_a_step_or_a_command_runs_ends_both() {
    let project = project("endless");
    let before = Snapshot::take(&project.docker);
    // A last command would take the place of the shell.
    let word = format!("sleep 300; echo {}", project.name);
    for scenario in
        [format!("endless=cmd:{word}"), format!("endless=cmd:echo 'RUN {word}' >> Dockerfile")]
    {
        let args = ["--build-arg", "WANT=", "--scenario", &scenario];
        let mut running = project.dp_cache(&args).start();
        wait_until("it runs", || {
            processes_with(&word).iter().any(|line| !line.contains("dp-cache"))
        });
        running.signal(Signal::INT);
        let _ = running.wait().expect(130);
        wait_until("it ends", || processes_with(&word).is_empty());
        before.assert_unchanged(&project.docker, &scenario);
    }
}

/// Killed, dp-cache cannot clean up; what it left goes with `make clean-engine`.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_a_killed_dp_cache_leaves_goes_with_clean_engine() {
    let project = project("killed");
    let _ = project.build("WANT=");
    let (mine, temporary) = (files(&project), tempfile::tempdir().unwrap());
    let temporary = temporary.path();
    let clean_engine = || {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/clean-engine");
        let cleaned = Command::new(script).env("TMPDIR", temporary).output().unwrap();
        let said = String::from_utf8_lossy(&[cleaned.stdout, cleaned.stderr].concat()).into_owned();
        assert_eq!(cleaned.status.code(), Some(0), "{said}");
        said
    };
    // What others left goes first: two at once cannot tell whose a step is that both ran.
    let _ = clean_engine();
    let before = Snapshot::take(&project.docker);
    let args = ["--build-arg", "WANT=", "-r", "1", "--scenario", "cold", "--scenario", "code"];
    let tool = || project.dp_cache(&args).env("TMPDIR", temporary.to_str().unwrap());
    let begin = Instant::now();
    let _ = tool().run().expect(0);
    let whole = begin.elapsed();
    let mut random = Rng::with_seed(11);
    let mut copies = 0;
    for _ in 0..2 {
        let mut running = tool().start();
        // It is the moment that is random, not what is waited for.
        let moment = whole.mul_f64(random.f64());
        std::thread::sleep(moment);
        running.signal(Signal::KILL);
        let ran = running.wait();
        assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{ran:?}");
        copies += left(temporary);
        let after = format!("a kill after {moment:?}: {}", clean_engine());
        assert_eq!((files(&project), left(temporary)), (mine.clone(), 0), "{after}");
        if project.docker.is_newer() {
            before.assert_unchanged(&project.docker, &after);
        } else {
            // It does not tell which build made which record, but whose a mount is.
            let mut now = Snapshot::take(&project.docker);
            let known = |record: &String| before.cache.contains(record);
            now.cache.retain(|record| known(record) || record.contains("with id \"dp-"));
            assert_eq!(now, before, "{after}");
        }
    }
    assert!(copies > 0, "none was killed while it had a copy of the context");
}
