//! The processes of this machine: which there are, what they hold, what they use.

use std::fs;
use std::path::PathBuf;

/// The folders in /proc: one for each process, and some others.
pub(crate) fn process_folders() -> impl Iterator<Item = PathBuf> {
    fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path())
}

/// Command lines of the processes, other than this one, that have the word in
/// them.
pub fn processes_with(word: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let others = pids.filter(|pid| *pid != own && pid.bytes().all(|byte| byte.is_ascii_digit()));
    // A process that has ended meanwhile has no command line any more.
    let lines = others.filter_map(|pid| fs::read(format!("/proc/{pid}/cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(word)).collect()
}

/// Whether a process holds a file open whose path has the word in it.
pub fn has_open(process: u32, word: &str) -> bool {
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let mut files = open.filter_map(|one| fs::read_link(one.path()).ok());
    files.any(|file| file.display().to_string().contains(word))
}

/// Most resident memory of a process so far, in bytes (`VmHWM` of
/// `/proc/PID/status`, proc(5)). One that is ending has none.
pub fn peak_bytes(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
