//! Where the kernel's files cannot be read: an engine that is reached by TCP, as
//! if it were another machine's, and a user who may not make groups.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use dp_testkit::{Load, Relay, Tool, assert_records, far_engine, shown_elsewhere, tool};

use crate::job::{MIB, assert_within, detail, metric, of_load, one};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_elsewhere_is_asked_once_a_second() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let id = load.run(&[], &["memory=100"]);
    let options = ["-q", "--host", &far_engine(), "--for", "6s", &id];
    let record = one(&Tool::new("dp-stats").args(options).run().expect(0));
    assert_within(&record, "memory_rss_max_bytes", 100.0 * MIB, 2.0 * MIB);
    assert_within(&record, "memory_working_set_bytes", 100.0 * MIB, 2.0 * MIB);
    assert!(metric(&record, "samples") >= 2.0);
    let detail = detail(&record);
    assert_eq!(detail["source"], "the engine's stats API, once a second");
    assert_eq!((&detail["interval_seconds"], &detail["own_group"]), (&1.0.into(), &false.into()));
    assert_eq!(detail["absent"]["samples"], "the engine is on another machine");
    for name in ["oom_kills", "memory_pressure_ratio", "samples_missed", "engine_cpu_seconds"] {
        assert_eq!(record.metrics.get(name), None, "{name}");
    }
    assert!(metric(&record, "observed_seconds") >= 0.9);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_job_on_an_engine_elsewhere_says_what_it_cannot_know() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let options = ["--host", &far_engine()];
    let record = of_load(&load, &options, &["memory=64", "burn=100", "wait=5000", "end"]);
    assert_within(&record, "memory_rss_max_bytes", 64.0 * MIB, 2.0 * MIB);
    assert_eq!(metric(&record, "exit_code"), 0.0);
    assert!(metric(&record, "run_seconds") >= 5.0);
    assert_eq!(detail(&record)["absent"]["own_group"], "the engine is on another machine");
    assert_eq!(detail(&record)["period"], "from the engine's first reading to its last");
}

/// Kernel files of the container may be read by all here; groups are made by
/// root alone.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_user_without_rights_gets_what_can_be_read() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine");
    let relay = Relay::new(socket.clone());
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
    // The tool itself may stand where only root can go.
    let program = folder.path().join("dp-stats");
    fs::copy(tool("dp-stats"), &program).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&program)
        .args(["-q", &load.image, "--host", &relay.host()])
        .args(["--", "memory=64", "wait=500", "end"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    let record = assert_records(&text).pop().unwrap();
    let detail = detail(&record);
    assert_eq!(detail["own_group"], false);
    assert!(detail["absent"]["own_group"].is_string(), "{detail}");
    assert_within(&record, "memory_rss_max_bytes", 64.0 * MIB, 2.0 * MIB);
    assert_within(&record, "memory_peak_bytes", 64.0 * MIB, 4.0 * MIB);
}
