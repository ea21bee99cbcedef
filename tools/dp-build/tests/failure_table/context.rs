//! What goes wrong with the files that are built.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;

use dp_record::Outcome;
use dp_testkit::{Tool, wait_until};

use crate::site::{ALL, Site, builds};

/// What becomes of a pipe and a socket that are copied: nobody reads them, and
/// what is left differs between builders, as it does without dp.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn pipes_and_sockets_in_the_context_are_built_as_docker_builds_them() {
    for backend in ALL {
        let site = Site::new("nodes");
        let made = Command::new("mkfifo").arg(site.path("pipe")).status().unwrap();
        assert!(made.success(), "mkfifo: {made}");
        let _socket = UnixListener::bind(site.path("socket")).unwrap();
        // The old builder leaves sockets out, BuildKit makes files of them; that
        // of 20.10 leaves pipes out.
        let check = match (backend, site.docker.is_newer()) {
            ("legacy", _) => "test -p pipe && test ! -e socket",
            (_, true) => "test -p pipe && test -f socket && test ! -s socket",
            (_, false) => "test ! -e pipe && test -f socket && test ! -s socket",
        };
        let copy = "FROM dp-base/busybox\nWORKDIR /UNIQUE\nCOPY . .\n";
        site.write("Dockerfile", &format!("{copy}RUN {check}\n"));
        let records = builds(&site.dp_build(backend, &["--discard", "UNIQUE=."]).run().expect(0));
        assert_eq!(records[0].outcome, Outcome::Ok, "{backend}");
    }
}

/// A process's memory is a file that not even root can read from its beginning.
/// buildx 0.29 itself never ends then; dp-build stops it. The old builder knows
/// `.dockerignore` alone, which cannot be written there: it gets a folder whose
/// files cannot be read, all of them.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_file_that_cannot_be_read_is_named() {
    for backend in ALL {
        let site = Site::new("unreadable");
        site.write("Dockerfile", "FROM dp-base/busybox\nCOPY mem /UNIQUE\n");
        site.write("Dockerfile.dockerignore", "*\n!mem\n");
        let process = format!("UNIQUE=/proc/{}", std::process::id());
        let (context, file) = match backend {
            "legacy" => (format!("{process}/attr"), "current"),
            _ => (process, "mem"),
        };
        let args = ["--discard", "-f", "Dockerfile", &context];
        let records = builds(&site.dp_build(backend, &args).run().expect(4));
        let error = records[0].error.as_ref().unwrap();
        assert_eq!(error.code, "context_unreadable", "{backend}: {}", error.message);
        let says = format!("cannot read {file}: ");
        assert!(error.message.contains(&says), "{backend}: {}", error.message);
        assert!(!error.message.contains("(line"), "{backend}: {}", error.message);
    }
}

/// buildx 0.29 sends an empty file in its place; who is not told believes that
/// this is what was built. Any other backend refuses.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn files_that_may_not_be_read_are_counted_where_they_are_sent_as_empty_ones() {
    for backend in ALL {
        let site = Site::new("forbidden");
        let check = "test $(cat /UNIQUE/* | wc -c) = 4";
        let text = format!("FROM dp-base/busybox\nCOPY *.txt /UNIQUE/\nRUN {check}\n");
        site.write("Dockerfile", &text);
        site.write("open.txt", "open");
        site.write(".dockerignore", "unneeded.txt\n");
        for name in ["secret.txt", "more.txt", "unneeded.txt"] {
            site.write(name, "secret");
            let none = fs::Permissions::from_mode(0o000);
            fs::set_permissions(site.path(name), none).unwrap();
        }
        let tool = Tool::heeding_permissions("dp-build");
        let args = ["--discard", "--runs", "2", "UNIQUE=."];
        let ran = site.at(tool, backend, &args).run();
        let records = builds(&ran);
        let (build, detail) = (&records[0], dp_testkit::detail(&records[0]));
        if backend == "buildx" {
            let warning =
                "buildx sends files that it may not read as empty ones: more.txt and 1 more (";
            assert_eq!(ran.expect(0).stderr.matches(warning).count(), 1);
            assert_eq!(detail["context_unreadable_files"], 2);
        } else {
            let error = build.error.as_ref().unwrap();
            assert_eq!(error.code, "context_unreadable", "{backend}: {}", error.message);
            assert!(!ran.expect(4).stderr.contains("empty"), "{backend}");
            assert!(detail.get("context_unreadable_files").is_none(), "{backend}: {detail}");
        }
    }
}

/// Depending on the moment the folder or its Dockerfile is what is missed first.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_context_that_vanishes_between_two_runs_is_a_failed_record() {
    for backend in ALL {
        let site = Site::new("vanishing");
        site.write("folder/Dockerfile", "FROM dp-base/busybox\nRUN echo UNIQUE\n");
        let running = site.dp_build(backend, &["-r", "1000", "UNIQUE=folder"]).start();
        wait_until("a run has named its image", || !site.image_names().is_empty());
        fs::rename(site.path("folder"), site.path("elsewhere")).unwrap();
        let ran = running.wait().expect(4);
        let records = builds(&ran);
        let (last, good) = records.split_last().unwrap();
        assert!(good.iter().all(|one| one.outcome == Outcome::Ok), "{backend}");
        let error = last.error.as_ref();
        let error = error.unwrap_or_else(|| panic!("{backend}: no record: {}", ran.stderr));
        let codes = ["context_unreadable", "dockerfile_missing"];
        assert!(codes.contains(&error.code.as_str()), "{backend}: {error:?}");
    }
}
