//! The three marks by which an engine's machine is compared with ours.

use bollard::models::SystemInfo;

/// A running system, as far as an engine describes its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    kernel: String,
    host_name: String,
    memory_bytes: u64,
}

impl Machine {
    /// The engine's machine; `None` if it leaves a mark out.
    pub(crate) fn of_engine(info: &SystemInfo) -> Option<Self> {
        Some(Self {
            kernel: info.kernel_version.clone().filter(|text| !text.is_empty())?,
            host_name: info.name.clone().filter(|text| !text.is_empty())?,
            memory_bytes: info.mem_total?.try_into().ok()?,
        })
    }

    /// This machine; `None` where there is no /proc/meminfo.
    pub(crate) fn here() -> Option<Self> {
        let names = rustix::system::uname();
        Some(Self {
            kernel: names.release().to_str().ok()?.to_owned(),
            host_name: names.nodename().to_str().ok()?.to_owned(),
            memory_bytes: memory_bytes(&std::fs::read_to_string("/proc/meminfo").ok()?)?,
        })
    }
}

/// `MemTotal` of a meminfo text, in bytes: the same figure that the engine reports.
fn memory_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(kernel: &str, name: &str, memory: i64) -> SystemInfo {
        SystemInfo {
            kernel_version: Some(kernel.into()),
            name: Some(name.into()),
            mem_total: Some(memory),
            ..SystemInfo::default()
        }
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let meminfo = "MemTotal:       24684092 kB\nMemFree:        1 kB\n";
        assert_eq!(memory_bytes(meminfo), Some(25_276_510_208));
        assert_eq!(memory_bytes("MemFree: 1 kB\n"), None);
        assert_eq!(memory_bytes("MemTotal: much\n"), None);
    }

    #[test]
    fn an_engine_that_differs_in_any_mark_is_on_another_machine() {
        let ours = Machine::of_engine(&info("6.1.0", "here", 1024));
        assert!(ours.is_some());
        assert_eq!(ours, Machine::of_engine(&info("6.1.0", "here", 1024)));
        assert_ne!(ours, Machine::of_engine(&info("6.1.0-linuxkit", "here", 1024)));
        assert_ne!(ours, Machine::of_engine(&info("6.1.0", "docker-desktop", 1024)));
        assert_ne!(ours, Machine::of_engine(&info("6.1.0", "here", 2048)));
    }

    #[test]
    fn an_engine_that_leaves_a_mark_out_is_nowhere() {
        assert_eq!(Machine::of_engine(&info("", "here", 1024)), None);
        assert_eq!(Machine::of_engine(&SystemInfo::default()), None);
    }
}
