//! Version 1 (Documentation/admin-guide/cgroup-v1 of the kernel).

use std::path::PathBuf;
use std::time::Duration;

use super::{Usage, number};

/// Reads a group whose folder in the hierarchy of a controller `folder` knows.
pub(super) fn usage(folder: impl Fn(&str) -> Option<PathBuf>) -> Usage {
    let read = |controller: &str, file: &str| number(&folder(controller)?.join(file));
    Usage {
        cpu: read("cpuacct", "cpuacct.usage").map(Duration::from_nanos),
        memory_peak_bytes: read("memory", "memory.max_usage_in_bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_controller_from_its_own_hierarchy() {
        let root = tempfile::tempdir().unwrap();
        for (controller, file, text) in [
            ("cpuacct", "cpuacct.usage", "1500000001\n"),
            ("memory", "memory.max_usage_in_bytes", "105730048\n"),
        ] {
            std::fs::create_dir_all(root.path().join(controller)).unwrap();
            std::fs::write(root.path().join(controller).join(file), text).unwrap();
        }
        let usage = usage(|controller| Some(root.path().join(controller)));
        assert_eq!(usage.cpu, Some(Duration::from_nanos(1_500_000_001)));
        assert_eq!(usage.memory_peak_bytes, Some(105_730_048));
    }

    #[test]
    fn what_is_not_mounted_is_absent() {
        assert_eq!(usage(|_| None), Usage::default());
    }
}
