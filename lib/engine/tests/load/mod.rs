//! Containers whose load is known beforehand: `load.c` does what it is told.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dp_cgroup::Group;

const PROGRAM: &str = include_str!("../../../testkit/programs/load.c");
const DOCKERFILE: &str = "\
FROM dp-base/gcc AS build
COPY load.c /
RUN gcc -static -O1 -Wall -Wextra -Werror -o /load /load.c
FROM dp-base/busybox
COPY --from=build /load /load
ENTRYPOINT [\"/load\"]
";

/// Only ends a test that fails.
const BOUND: Duration = Duration::from_mins(2);

/// What a docker command prints; it must succeed.
pub(crate) fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "docker {args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A word that no other test run uses.
pub(crate) fn unique() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("{:012x}", now & 0xffff_ffff_ffff)
}

/// An image of `load.c`; its name is taken away when this is dropped.
pub(crate) struct Image(pub(crate) String);

impl Image {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("load.c"), PROGRAM).unwrap();
        std::fs::write(folder.path().join("Dockerfile"), DOCKERFILE).unwrap();
        let image = Self(format!("dp-test-load-{}", unique()));
        docker(&["build", "--quiet", "--tag", &image.0, folder.path().to_str().unwrap()]);
        image
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", &self.0]).output();
    }
}

/// A container that does what `load.c` is told; removed when this is dropped.
pub(crate) struct Load {
    pub(crate) id: String,
    pub(crate) pid: u32,
    _image: Image,
}

impl Load {
    /// `docker run OPTIONS IMAGE WORDS`, until it says that it is done.
    pub(crate) fn done(options: &[&str], words: &[&str]) -> Self {
        let image = Image::new();
        let run = ["run", "--detach", "--label", "dp.session=test"];
        let id = docker(&[&run, options, &[image.0.as_str()], words].concat());
        let mut load = Self { id, pid: 0, _image: image };
        let begin = Instant::now();
        while !docker(&["logs", &load.id]).contains("done") {
            assert!(begin.elapsed() < BOUND, "the load did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        load.pid = load.inspected("{{.State.Pid}}").parse().unwrap();
        load
    }

    pub(crate) fn inspected(&self, format: &str) -> String {
        docker(&["inspect", "--format", format, &self.id])
    }

    pub(crate) fn group(&self) -> Group {
        Group::of_container(&self.id, self.pid).unwrap()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "--force", "--volumes", &self.id]).output();
    }
}
