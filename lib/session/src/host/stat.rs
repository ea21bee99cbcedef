//! `/proc/stat`, `/proc/PID/stat`, `/proc/loadavg` and `/proc/pressure/*`
//! (proc(5), Documentation/accounting/psi.rst of the kernel). Nearly all functions
//! take the files' text, so that they are tested on recorded files.

use std::fs;

/// CPU time since boot over all CPUs, in clock ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CpuTicks {
    /// All of it.
    pub(super) total: u64,
    /// Neither idle nor waiting for input and output, nor stolen.
    pub(super) busy: u64,
    /// Taken by the hypervisor.
    pub(super) steal: u64,
}

impl CpuTicks {
    /// What was spent since an earlier reading.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            total: self.total.saturating_sub(before.total),
            busy: self.busy.saturating_sub(before.busy),
            steal: self.steal.saturating_sub(before.steal),
        }
    }
}

/// The CPU time of this machine since boot.
pub(super) fn read_cpu_ticks() -> Option<CpuTicks> {
    fs::read_to_string("/proc/stat").ok().and_then(|text| cpu_ticks(&text))
}

/// The `cpu` line of `/proc/stat`. Guest time is part of user time there.
pub(super) fn cpu_ticks(text: &str) -> Option<CpuTicks> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let [user, nice, system, idle, iowait, irq, softirq, steal] = *ticks.get(..8)? else {
        return None;
    };
    let busy = user + nice + system + irq + softirq;
    Some(CpuTicks { total: busy + idle + iowait + steal, busy, steal })
}

/// CPU ticks of one process and of all its children that ended and were waited
/// for: fields 14 to 17 of `/proc/PID/stat`.
pub(super) fn process_ticks(text: &str) -> Option<u64> {
    ticks(text).map(|ticks| ticks.iter().sum())
}

/// CPU ticks of one process alone: fields 14 and 15 of `/proc/PID/stat`.
pub(super) fn own_ticks(text: &str) -> Option<u64> {
    ticks(text).map(|[user, system, ..]| user + system)
}

/// User and system ticks of a process, and those of its children.
fn ticks(text: &str) -> Option<[u64; 4]> {
    // The name (field 2) may hold spaces and parentheses.
    let after_name = &text[text.rfind(')')? + 1..];
    let fields = after_name.split_whitespace().skip(11).take(4);
    let numbers: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    numbers.try_into().ok()
}

/// Parent of a process: field 4 of `/proc/PID/stat`.
pub(super) fn parent(text: &str) -> Option<u32> {
    let after_name = &text[text.rfind(')')? + 1..];
    after_name.split_whitespace().nth(1)?.parse().ok()
}

/// Load average over one minute: the first field of `/proc/loadavg`.
pub(super) fn load1(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

/// `some avg10` of a `/proc/pressure` file, as a ratio.
pub(super) fn some_avg10(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    let percent = line.split_whitespace().find_map(|field| field.strip_prefix("avg10="))?;
    percent.parse::<f64>().ok().map(|percent| percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_cpu_time() {
        let text = "cpu  100 1 50 800 20 2 3 24 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        let ticks = CpuTicks { total: 1000, busy: 156, steal: 24 };
        assert_eq!(cpu_ticks(text), Some(ticks));
        assert_eq!(cpu_ticks("intr 1"), None);
    }

    #[test]
    fn reads_a_process_whose_name_is_hostile() {
        let text = "42 (a) b (c) S 7 1 1 0 -1 4194560 9 9 0 0 10 20 3 4 20 0 1 0 99";
        assert_eq!((process_ticks(text), own_ticks(text)), (Some(37), Some(30)));
        assert_eq!(parent(text), Some(7));
        assert_eq!(process_ticks("42 (a) S 7"), None);
    }

    #[test]
    fn reads_load_and_pressure() {
        assert_eq!(load1("0.52 0.58 0.59 1/467 12345\n"), Some(0.52));
        let text = "some avg10=12.50 avg60=1.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(some_avg10(text), Some(0.125));
        assert_eq!(some_avg10(""), None);
    }
}
