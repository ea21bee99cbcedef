//! The memory of a process.

use std::fs;

/// Most resident memory of a process so far, in bytes (`VmHWM` of
/// `/proc/PID/status`, proc(5)). One that is ending has none.
pub fn peak_bytes(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
