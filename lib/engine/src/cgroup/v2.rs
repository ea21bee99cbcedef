//! Version 2 (Documentation/admin-guide/cgroup-v2.rst of the kernel).

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{Usage, number};

/// Reads the group in this folder. `memory.peak` is there since Linux 5.19.
pub(super) fn usage(folder: &Path) -> Usage {
    let stat = fs::read_to_string(folder.join("cpu.stat")).unwrap_or_default();
    let micros =
        stat.lines().find_map(|line| line.strip_prefix("usage_usec ")?.trim().parse().ok());
    Usage {
        cpu: micros.map(Duration::from_micros),
        memory_peak_bytes: number(&folder.join("memory.peak")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_files_of_a_group() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("cpu.stat"), "usage_usec 1500001\nuser_usec 1\nsystem_usec 2\n")
            .unwrap();
        fs::write(root.path().join("memory.peak"), "105730048\n").unwrap();
        let usage = usage(root.path());
        assert_eq!(usage.cpu, Some(Duration::from_micros(1_500_001)));
        assert_eq!(usage.memory_peak_bytes, Some(105_730_048));
    }

    #[test]
    fn an_older_kernel_has_no_peak() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("cpu.stat"), "usage_usec 5\n").unwrap();
        assert_eq!(usage(root.path()).memory_peak_bytes, None);
    }
}
