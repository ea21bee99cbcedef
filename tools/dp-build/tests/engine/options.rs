//! Every option of `docker buildx build` that dp-build has: by each backend it
//! either shows in what is built, or is refused.

use std::fs;
use std::os::unix::net::UnixListener;

use dp_record::Outcome;
use serde_json::{Value, json};

use crate::project::{Project, builds};

const ALL: [&str; 3] = ["buildx", "engine", "legacy"];
const BUILDX: [&str; 1] = ["buildx"];

/// A step that succeeds only if the option is honoured.
struct Row {
    words: &'static [&'static str],
    check: &'static str,
    /// Who honours it; all others refuse it.
    by: &'static [&'static str],
    /// Whether the engine's own `BuildKit` ignores it in 20.10.
    newer: bool,
}

/// Where 20.10's `BuildKit` ignores an option.
const NEWER: bool = true;
const EVERY: bool = false;

const ROWS: [Row; 8] = [
    Row {
        words: &["--build-arg", "WORD=told"],
        check: "ARG WORD\nRUN test \"$WORD\" = told",
        by: &ALL,
        newer: EVERY,
    },
    Row {
        words: &["--network", "none"],
        check: "RUN test \"$(ls /sys/class/net)\" = lo",
        by: &ALL,
        newer: EVERY,
    },
    Row {
        words: &["--network=host"],
        check: "RUN test $(ls /sys/class/net | wc -l) -gt 2",
        by: &ALL,
        newer: EVERY,
    },
    Row {
        words: &["--add-host", "some.test:192.0.2.7"],
        check: "RUN grep -q '^192.0.2.7.*some.test' /etc/hosts",
        by: &ALL,
        newer: EVERY,
    },
    Row {
        words: &["--shm-size", "8m"],
        check: "RUN df -k /dev/shm | grep -q ' 8192 '",
        by: &ALL,
        newer: NEWER,
    },
    Row {
        words: &["--ulimit", "nofile=123:456"],
        check: "RUN test $(ulimit -S -n) = 123 && test $(ulimit -H -n) = 456",
        by: &BUILDX,
        newer: NEWER,
    },
    Row {
        words: &["--secret", "id=word,src=secret.txt"],
        check: "RUN --mount=type=secret,id=word grep -q can4ry /run/secrets/word",
        by: &BUILDX,
        newer: EVERY,
    },
    Row {
        words: &["--ssh", "default=agent.sock"],
        check: "RUN --mount=type=ssh test -S \"$SSH_AUTH_SOCK\"",
        by: &BUILDX,
        newer: EVERY,
    },
];

/// A project with one more step, which is new to every engine.
fn project(check: &str) -> Project {
    let project = Project::empty("options");
    project.write("Dockerfile", &format!("FROM dp-base/busybox\n{check} && : UNIQUE\n"));
    project.write(".dockerignore", "*\n!file\n");
    project.write("file", "UNIQUE");
    project.write("secret.txt", "can4ry");
    project
}

/// The option is wrong usage with this backend, in one line that names it.
fn assert_refused(project: &Project, backend: &str, words: &[&str], why: &str) {
    let args = [&["--backend", backend, "--discard"], words, &["."]].concat();
    let ran = project.dp_build(&args).run().expect(2);
    let name = words[0].split('=').next().unwrap();
    assert!(ran.stderr.contains(&format!("{name} {why}")), "{backend}: {}", ran.stderr);
    assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{backend}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_asked_for_a_step_is_there_while_it_runs() {
    for row in ROWS {
        let project = project(row.check);
        let _agent = UnixListener::bind(project.context.path().join("agent.sock")).unwrap();
        // Without the option the step fails: it shows what it is to show.
        let _ = project.dp_build(&["--discard", "."]).run().expect(4);
        for backend in ALL {
            if !row.by.contains(&backend) {
                assert_refused(&project, backend, row.words, "needs buildx");
            } else if row.newer && backend != "legacy" && !project.docker.is_newer() {
                assert_refused(
                    &project,
                    backend,
                    row.words,
                    "is ignored by the BuildKit of engine",
                );
            } else {
                let args = [&["--backend", backend, "--discard"], row.words, &["."]].concat();
                assert_eq!(project.measure(&args).len(), 1, "{backend}: {:?}", row.words);
            }
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_base_that_is_here_is_looked_for_elsewhere_with_pull() {
    let mut project = project("RUN true");
    // Nobody listens there.
    let base = format!("127.0.0.1:9/{}", project.name);
    project.docker.ok(&["tag", "dp-base/busybox", &base]);
    project.docker.remove_at_end(&base);
    project.write("Dockerfile", &format!("FROM {base}\nRUN : UNIQUE\n"));
    for backend in ALL {
        let args = ["--backend", backend, "--discard", "."];
        assert_eq!(project.measure(&args).len(), 1, "{backend}");
        let ran = project.dp_build(&[&args[..], &["--pull"]].concat()).run().expect(4);
        let records = builds(&ran.records());
        let error = records[0].error.as_ref().unwrap();
        assert_eq!(error.code, "base_unavailable", "{backend}: {}", error.message);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_image_is_for_the_platform() {
    for backend in ALL {
        let project = project("");
        project.write("Dockerfile", "FROM scratch\nCOPY file /\n");
        let _ = project.measure(&["--backend", backend, "--platform", "linux/arm64", "UNIQUE=."]);
        let image = project.docker.image(&project.image()).unwrap();
        assert_eq!(image["Architecture"], "arm64", "{backend}");
    }
}

/// Names of vertexes that are no steps.
fn other(record: &dp_record::Record) -> String {
    dp_testkit::detail(record)["other"].to_string()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cache_is_imported_from_an_image_and_exported_into_it() {
    let project = project("RUN true");
    let to = ["--cache-to", "type=inline", "UNIQUE=."];
    let _ = project.measure(&[&["--backend", "buildx"], &to[..]].concat());
    let image = project.image();
    let saved = project.docker.run(&["save", &image]).stdout;
    assert!(String::from_utf8_lossy(&saved).contains("moby.buildkit.cache"), "no cache in it");
    for backend in ["buildx", "engine"] {
        let from = ["--backend", backend, "--discard", "--cache-from", &image, "."];
        let record = &project.measure(&from)[0];
        let importing = other(record).contains("importing cache manifest from");
        assert!(importing, "{backend}: {}", other(record));
    }
    for backend in ["engine", "legacy"] {
        assert_refused(&project, backend, &["--cache-to", "type=inline"], "needs buildx");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_result_goes_where_output_says_and_no_image_stays() {
    let project = project("RUN echo UNIQUE > /made");
    let record = &project.measure(&["--output", "type=local,dest=out", "UNIQUE=."])[0];
    assert_eq!(record.outcome, Outcome::Ok);
    let made = fs::read_to_string(project.context.path().join("out/made")).unwrap();
    assert_eq!(made.trim(), project.name);
    assert_eq!(project.image_names(), [""; 0]);
    for backend in ["engine", "legacy"] {
        assert_refused(&project, backend, &["--output", "type=cacheonly"], "needs buildx");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_files_that_tell_of_the_image_are_written() {
    let project = project("RUN true");
    let files = ["--iidfile", "id.txt", "--metadata-file", "metadata.json"];
    let record = &project.measure(&[&files[..], &["UNIQUE=."]].concat())[0];
    let id = record.subject.as_ref().unwrap().image.clone().unwrap();
    let read = |name| fs::read_to_string(project.context.path().join(name)).unwrap();
    let metadata: Value = serde_json::from_str(&read("metadata.json")).unwrap();
    let [config, digest] = ["containerimage.config.digest", "containerimage.digest"];
    if project.docker.has_containerd_store() {
        // The image has the id of its manifest, and buildx writes that of its configuration.
        assert_eq!(
            (&metadata[digest], &metadata[config]),
            (&json!(id), &json!(read("id.txt").trim()))
        );
    } else {
        assert_eq!(read("id.txt").trim(), id);
        // That of 20.10 has one digest only.
        assert!([config, digest].iter().any(|name| metadata[name] == id), "{metadata}");
    }
    for backend in ["engine", "legacy"] {
        assert_refused(&project, backend, &files[..2], "needs buildx");
        assert_refused(&project, backend, &files[2..], "needs buildx");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_builder_that_is_named_builds() {
    let project = project("RUN true");
    assert_eq!(project.measure(&["--builder", "default", "--discard", "."]).len(), 1);
    for backend in ["engine", "legacy"] {
        assert_refused(&project, backend, &["--builder", "default"], "needs buildx");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_stands_behind_two_dashes_reaches_buildx() {
    let project = project("RUN true");
    let words = [".", "--", "--label", "dp.test=UNIQUE"];
    let _ = project.measure(&[&["-t", "UNIQUE"], &words[..]].concat());
    let image = project.docker.image(&project.name).unwrap();
    assert_eq!(image["Config"]["Labels"]["dp.test"], Value::from(project.name.clone()));
    for backend in ["engine", "legacy"] {
        let args = [&["--backend", backend], &words[..]].concat();
        let ran = project.dp_build(&args).run().expect(2);
        assert!(ran.stderr.contains("--label needs buildx"), "{backend}: {}", ran.stderr);
    }
}
