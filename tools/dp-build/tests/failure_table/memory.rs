//! A step that the kernel kills for its memory.

use std::fs;
use std::path::PathBuf;

use dp_testkit::{skip, wait_until};

use crate::site::{Site, builds};

/// A memory group of ours, with this limit.
struct Group(PathBuf);

impl Group {
    /// None where this kernel or user cannot have one.
    fn new(name: &str, limit_bytes: u32) -> Option<Self> {
        let folder = PathBuf::from("/sys/fs/cgroup/memory").join(name);
        fs::create_dir(&folder).ok()?;
        let group = Self(folder);
        let limit = group.0.join("memory.limit_in_bytes");
        fs::write(limit, limit_bytes.to_string()).ok().map(|()| group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // BuildKit leaves a group of its own in it, which is empty once the step
        // is gone.
        wait_until("the group is free", || {
            let _ = fs::remove_dir(self.0.join("buildkit"));
            fs::remove_dir(&self.0).is_ok()
        });
    }
}

/// 137 alone does not prove a lack of memory: only the exit code is told.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_step_that_is_killed_for_its_memory_has_exit_code_137() {
    let site = Site::new("memory");
    if !site.docker.is_newer() {
        return skip("engines before 28 give steps no parent cgroup");
    }
    let Some(_group) = Group::new(&site.name, 40_000_000) else {
        return skip("no memory cgroup (version 1) can be made here");
    };
    let step = "RUN : UNIQUE; dd if=/dev/zero of=/dev/null bs=200M count=1; exit $?\n";
    site.write("Dockerfile", &format!("FROM dp-base/busybox\n\n{step}"));
    let args = ["--discard", "UNIQUE=.", "--", "--cgroup-parent=/UNIQUE"];
    let records = builds(&site.dp_build("buildx", &args).run().expect(4));
    let error = records[0].error.as_ref().unwrap();
    assert_eq!(error.code, "step_failed", "{}", error.message);
    assert!(error.message.ends_with("(line 3): exit code 137"), "{}", error.message);
}
