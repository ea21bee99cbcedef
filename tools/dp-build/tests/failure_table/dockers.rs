//! A docker CLI whose buildx is too old, not there, or broken.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use dp_record::Outcome;
use dp_testkit::Tool;

use crate::site::{Site, builds, told};

const OLD: &str = "echo github.com/docker/buildx v0.12.1 542e5d8";
const NONE: &str = r#"echo "docker: 'buildx' is not a docker command." >&2; exit 1"#;
const BROKEN: &str = "echo 'exec format error' >&2; exit 126";

/// Builds by printing something that is no progress, and ends well.
const GARBAGE: &str = r#"case "$*" in
*"buildx version"*) echo github.com/docker/buildx v0.20.0 abc ;;
*) printf '{"vertexes":3}\n\000\377{[[\n#1 [internal] load\n' >&2 ;;
esac"#;

/// Ended by the kernel while it builds.
const KILLED: &str = r#"case "$*" in
*"buildx version"*) echo github.com/docker/buildx v0.20.0 abc ;;
*) kill -9 $$ ;;
esac"#;

/// Sends the context until a file cannot be read, and says no more of it than
/// buildx 0.29 does when the engine notices that.
const GAVE_UP: &str = r#"case "$*" in
*"buildx version"*) echo github.com/docker/buildx v0.29.1 abc ;;
*) echo '{"vertexes":[{"digest":"sha256:1","name":"[internal] load build context","started":"2026-01-01T00:00:00Z"}]}' >&2
   echo 'ERROR: failed to build: failed to solve: error from sender: context canceled' >&2
   exit 1 ;;
esac"#;

fn site() -> Site {
    let site = Site::new("docker");
    site.write("Dockerfile", "FROM dp-base/busybox\nRUN echo UNIQUE\n");
    site
}

/// dp-build of this context with this script as the first `docker` on PATH.
fn dp_build(site: &Site, script: &str, backend: &str, context: &str) -> Tool {
    let docker = site.path("bin/docker");
    site.write("bin/docker", &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&docker, Permissions::from_mode(0o755)).unwrap();
    let mut path = OsString::from(docker.parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let tool = site.dp_build(backend, &["--discard", "-f", "Dockerfile", context]);
    tool.env("PATH", path.to_str().unwrap())
}

/// Script, and a part of what is told.
const UNFIT: [(&str, &str); 3] =
    [(OLD, "buildx 0.12.1 is too old"), (NONE, "no buildx plugin"), (BROKEN, "exec format error")];

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_buildx_that_was_asked_for_and_cannot_build_is_status_3() {
    let site = site();
    for (script, says) in UNFIT {
        let ran = dp_build(&site, script, "buildx", ".").run().expect(3);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn without_a_buildx_that_can_build_the_engine_builds_and_says_so() {
    let site = site();
    for (script, says) in UNFIT {
        let ran = dp_build(&site, script, "auto", ".").run().expect(0);
        assert!(told(&ran)[0].contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("building over the engine's API"), "{}", ran.stderr);
        let records = builds(&ran);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].outcome, Outcome::Ok);
        assert_eq!(records[0].build_detail().unwrap().source, "engine");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_buildx_that_prints_garbage_builds_nothing() {
    let ran = dp_build(&site(), GARBAGE, "buildx", ".").run().expect(3);
    assert_eq!(builds(&ran), []);
    assert_eq!(told(&ran).len(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("printed no rawjson progress"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_buildx_that_is_killed_leaves_a_failed_record() {
    let ran = dp_build(&site(), KILLED, "buildx", ".").run().expect(4);
    let records = builds(&ran);
    let error = records[0].error.as_ref().unwrap();
    assert_eq!((records.len(), error.code.as_str()), (1, "unknown"));
    assert!(error.message.contains("signal: 9"), "{}", error.message);
}

/// A process's memory is a file that not even root can read from its beginning.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_file_at_which_a_buildx_gave_up_is_named() {
    let site = site();
    site.write("Dockerfile.dockerignore", "*\n!mem\n");
    let process = format!("/proc/{}", std::process::id());
    let ran = dp_build(&site, GAVE_UP, "buildx", &process).run().expect(4);
    let records = builds(&ran);
    let error = records[0].error.as_ref().unwrap();
    assert_eq!(error.code, "context_unreadable", "{}", error.message);
    assert!(error.message.contains("cannot read mem: "), "{}", error.message);
}
