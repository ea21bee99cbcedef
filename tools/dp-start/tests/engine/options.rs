//! Run options reach the container, as the container itself tells.

use std::collections::BTreeMap;

use dp_testkit::{BASE, Docker, Ran, Tool, unique};

use crate::service::starts;

/// The lines that a shell in the base image wrote, which must fail: a failed
/// record has them.
fn told(options: &[&str], script: &str) -> Vec<String> {
    let script = format!("{script}; exit 9");
    let ran = Tool::new("dp-start")
        .args(["-q", "-r", "1", "--ready", "exit", BASE])
        .args(options)
        .args(["--", "sh", "-c", &script])
        .run()
        .expect(4);
    log(&ran)
}

fn log(ran: &Ran) -> Vec<String> {
    let error = starts(ran)[0].error.clone().unwrap();
    assert_eq!(error.code, "nonzero_exit", "{}", error.message);
    error.log
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_option_is_honoured() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "of the host\n").unwrap();
    std::fs::write(folder.path().join("env"), "FROM_FILE=1\n# note\n").unwrap();
    let mount = format!("{}:/mnt:ro", folder.path().display());
    let env_file = folder.path().join("env").display().to_string();
    let cases: &[(&[&str], &str, &str)] = &[
        (&["-e", "A=b"], "echo $A | tr b c", "c"),
        (&["--env-file", &env_file], "echo $FROM_FILE", "1"),
        (&["-v", &mount], "cat /mnt/file", "of the host"),
        (&["-v", &mount], "touch /mnt/x 2>/dev/null; echo $?", "1"),
        (&["--tmpfs", "/t:size=1m"], "grep -c ' /t tmpfs' /proc/mounts", "1"),
        (&["--network", "none"], "ls /sys/class/net", "lo"),
        (&["--add-host", "name:1.2.3.4"], "grep -c '1.2.3.4.*name' /etc/hosts", "1"),
        (&["--user", "7:8"], "echo $(id -u) $(id -g)", "7 8"),
        (&["--workdir", "/etc"], "pwd", "/etc"),
        (&["--init"], "test $$ -ne 1; echo $?", "0"),
        (&["--run-option", "--hostname h"], "hostname", "h"),
        (&["--run-option=--ulimit nofile=99"], "ulimit -n", "99"),
        (&["--run-option=--read-only"], "touch /x 2>/dev/null; echo $?", "1"),
        (
            &["--run-option=--cap-drop ALL"],
            "grep CapEff /proc/self/status | tr -d '\\t'",
            "CapEff:0000000000000000",
        ),
        (
            &["--run-option=--shm-size 1m"],
            "df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2",
            "1024",
        ),
    ];
    let mut wrong = BTreeMap::new();
    for (options, script, expected) in cases {
        let told = told(options, script);
        if told != [*expected] {
            wrong.insert(format!("{options:?}"), told);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn limits_reach_the_kernel() {
    let memory =
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null";
    assert_eq!(told(&["--memory", "64m"], memory), ["67108864"]);
    let oom = ["--memory", "8m", "--run-option=--memory-swap 8m"];
    // The container outlives the kill: 20.10 is often too late to see one that
    // ends with it, and then says nothing of memory.
    let script = "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; sleep 6; exit 1";
    let ran = Tool::new("dp-start")
        .args(["-q", "-r", "1", "--ready", "exit", BASE])
        .args(oom)
        .args(["--", "sh", "-c", script])
        .run()
        .expect(4);
    assert_eq!(starts(&ran)[0].error.as_ref().unwrap().code, "oom_killed");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_given_to_a_container_stands_in_no_record() {
    let word = unique("can4ry");
    let ran = Tool::new("dp-start")
        .args(["-r", "1", "--ready", "exit", BASE, "-e", &format!("TOKEN={word}")])
        .args(["--", "sh", "-c", "echo $TOKEN; echo $TOKEN >&2; exit 1"])
        .run()
        .expect(4);
    assert_eq!(starts(&ran)[0].error.as_ref().unwrap().log, ["***", "***"]);
    assert!(!ran.output().contains(&word));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn credentials_in_addresses_stand_in_no_output() {
    let (user, token, image) = (unique("can4ry"), unique("t0ken"), unique("proxied"));
    let mut docker = Docker::new();
    docker.remove_at_end(&image);
    let made = docker.ok(&["create", BASE]);
    let env = format!("ENV http_proxy=http://me:{user}@proxy:3128");
    docker.ok(&["commit", "-c", &env, made.trim(), &image]);
    docker.ok(&["rm", made.trim()]);
    let ready = format!("http=8080/health?access_token={token}");
    // It prints what it was given: as it is, and each part alone.
    let script =
        format!("env | grep -i proxy; echo {token} {user}; echo 'GET /?token={token}'; exit 1");
    for option in
        [format!("HTTPS_PROXY=https://u:{user}@proxy"), format!("ALL_PROXY=u:{user}@proxy")]
    {
        let tool = Tool::new("dp-start")
            .args(["-r", "1", "--progress", "plain", "--ready", &ready, &image, "-e", &option])
            .args(["--", "sh", "-c", &script]);
        let ran = tool.run().expect(4);
        let record = &starts(&ran)[0];
        let log = &record.error.as_ref().unwrap().log;
        assert!(log.contains(&"*** ***".to_owned()), "{log:?}");
        assert_eq!(crate::service::detail(record)["ready"], "http=8080/health?access_token=***");
        assert!(
            !ran.output().contains(&user) && !ran.output().contains(&token),
            "{}",
            ran.output()
        );
    }
}
