//! Another program, and what it takes.

use std::ffi::OsStr;
use std::process::Command;

use serde_json::Value;

/// Runs what stands behind it and prints what that took: only the system knows how much
/// memory a process had at most when it has ended.
const MEASURE: &str = "\
import json, os, subprocess, sys, time
began = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - began
code = os.waitstatus_to_exitcode(status)
cpu = used.ru_utime + used.ru_stime
print(json.dumps({'code': code, 'cpu': cpu, 'wall': wall, 'peak': used.ru_maxrss * 1024 / 1e6}))";

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// CPU time of all its processes, in seconds.
    pub(crate) cpu: f64,
    /// Seconds until it ended.
    pub(crate) wall: f64,
    /// Most resident memory of one of its processes, in MB.
    pub(crate) peak: f64,
}

/// Runs a command to its end.
pub(crate) fn run(command: &[impl AsRef<OsStr>]) -> Taken {
    let output = Command::new("python3").args(["-c", MEASURE]).args(command).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let taken: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{errors}"));
    assert_eq!(taken["code"], 0, "{errors}");
    let number = |name: &str| taken[name].as_f64().unwrap();
    Taken { cpu: number("cpu"), wall: number("wall"), peak: number("peak") }
}
