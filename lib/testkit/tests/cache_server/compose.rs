//! The profiles of the compose file, each brought up and used.

use std::process::Output;

use dp_testkit::{shown_elsewhere, wait_until};

use crate::{PATCH, System, assert_that_it_serves, build_name};

/// The compose project of a system; nothing of it is left at the end.
struct Compose<'s>(&'s System);

impl Compose<'_> {
    fn run(&self, args: &[&str]) -> Output {
        let file = self.0.path("compose.yml");
        let project = ["compose", "--project-name", &self.0.name, "--file", file.to_str().unwrap()];
        // Ports that nobody has.
        let mut command = std::process::Command::new("docker");
        command.args(project).args(args).stdin(std::process::Stdio::null());
        command.env("CACHE_PORT", "0").env("CACHE_DEV_PORT", "0");
        command.env("TESTS", "t/getset.t t/quit.t");
        command.output().unwrap()
    }

    /// What it prints; it must succeed.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "compose {args:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn address(&self, service: &str) -> String {
        self.ok(&["port", service, "11211"]).trim().to_owned()
    }
}

impl Drop for Compose<'_> {
    fn drop(&mut self) {
        let all = ["--profile=prod", "--profile=dev", "--profile=test"];
        self.run(&[&all[..], &["down", "--volumes", "--rmi=local", "--timeout=1"]].concat());
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_profile_prod_serves_within_its_limits() {
    if shown_elsewhere() {
        return;
    }
    let system = System::new();
    let compose = Compose(&system);
    // Until its health check is content.
    compose.ok(&["--profile=prod", "up", "--detach", "--build", "--wait"]);
    assert_that_it_serves(&compose.address("cache"));
    let inside = "echo no >/tmp/file; id -u; cat /sys/fs/cgroup/memory/memory.limit_in_bytes \
        /sys/fs/cgroup/memory.max 2>/dev/null";
    let seen = compose.run(&["exec", "-T", "cache", "sh", "-c", inside]);
    assert_eq!(String::from_utf8(seen.stdout).unwrap(), "11211\n134217728\n");
    assert!(String::from_utf8(seen.stderr).unwrap().contains("Read-only file system"));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_profile_dev_runs_the_patches_that_are_mounted_under_a_debugger() {
    if shown_elsewhere() {
        return;
    }
    let system = System::new();
    let compose = Compose(&system);
    compose.ok(&["--profile=dev", "up", "--detach", "--build"]);
    let tells = |name: &str| {
        wait_until("the server tells its build", || {
            let asked = compose.run(&["exec", "-T", "cache-dev", "/out/bin/cache-ask"]);
            asked.status.success()
                && build_name(&compose.address("cache-dev")).as_deref() == Some(name)
        });
    };
    tells("first");
    assert_that_it_serves(&compose.address("cache-dev"));
    let read = ["exec", "-T", "cache-dev", "gdb", "--batch", "-p", "1"];
    let seen = compose.ok(&[&read[..], &["-ex", "print settings.port"]].concat());
    assert!(seen.contains("$1 = 11211"), "{seen}");

    system.replace(PATCH, "\"first\"", "\"second\"");
    compose.ok(&["restart", "cache-dev"]);
    tells("second");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_profile_test_ends_with_the_code_of_the_tests() {
    if shown_elsewhere() {
        return;
    }
    let system = System::new();
    let compose = Compose(&system);
    let up = ["--profile=test", "up", "--build", "--exit-code-from=cache-test"];
    let passed = compose.ok(&up);
    assert!(passed.contains("Result: PASS") && passed.contains("Files=2"), "{passed}");
    // The assertion of a test is turned round.
    let spoil = "sed -i 's/is(scalar <$sock>, \"STORED/isnt(scalar <$sock>, \"STORED/' memcached/t/getset.t \
        && exec tools/run-tests t/getset.t";
    let file = system.path("spoilt.yml");
    let text = format!(
        "services: {{cache-test: {{command: [sh, -c, {}]}}}}\n",
        serde_json::to_string(&spoil.replace('$', "$$")).unwrap()
    );
    std::fs::write(&file, text).unwrap();
    let with = ["--file", file.to_str().unwrap()];
    let failed = compose.run(&[&with[..], &up].concat());
    let printed = String::from_utf8(failed.stdout).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{printed}");
    assert!(printed.contains("Result: FAIL"), "{printed}");
}
