//! Ctrl-C, which reaches all processes of a terminal's job.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::process::Child;

use dp_testkit::{Context, Docker, Signal, Snapshot, processes_with, unique, wait_until};
use rustix::process::{Pid, kill_process_group};

use crate::by_sh;

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_interrupted_script_ends_at_once_and_leaves_nothing() {
    let docker = Docker::new();
    let name = unique("stopped");
    let text = format!("FROM dp-base/busybox\nCOPY R /R\nRUN echo {name}; sleep 300; true\n");
    let context = Context::new(&text).with("R/log.R", "# a log\n");
    let folder = tempfile::tempdir().unwrap();
    let before = objects(&docker);
    for (script, args) in [("optimize-layers.sh", &["."][..]), ("performance-testing.sh", &["."])] {
        let mut command = by_sh(script, args);
        command.current_dir(context.path()).env("TMPDIR", folder.path()).process_group(0);
        let mut job = Job(command.spawn().unwrap());
        wait_until("the build runs", || runs_in_a_container(&name));
        job.signal(Signal::INT);
        assert_eq!(job.0.wait().unwrap().code(), Some(130), "{script}");
        wait_until("the step has ended", || !runs_in_a_container(&name));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{script}");
        assert!(!context.path().join("dp-results").exists(), "{script}");
    }
    assert_eq!(objects(&docker), before);
}

/// What is on the engine, but for the build cache: the steps that were done stay
/// there, as after any build.
fn objects(docker: &Docker) -> Snapshot {
    Snapshot { cache: BTreeSet::new(), ..Snapshot::take(docker) }
}

/// A script with all that it started; stopped if the test forgets it.
struct Job(Child);

impl Job {
    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).unwrap();
        let _ = kill_process_group(group, signal);
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.0.try_wait().unwrap().is_none() {
            self.signal(Signal::INT);
            let _ = self.0.wait();
        }
    }
}

/// The shell of the step, whose command line begins with its program.
fn runs_in_a_container(name: &str) -> bool {
    processes_with(name).iter().any(|line| line.starts_with("/bin/sh -c echo"))
}
