//! How busy the machine was just before and during a run.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;

use dp_record::Host;

use super::stat::{CpuTicks, load1, parent, process_ticks, read_cpu_ticks, some_avg10};

/// More than `/proc/PID/stat` can hold: 52 numbers, and a name of at most 63 bytes.
const STAT_BYTES: usize = 4096;

/// The state of the machine just before a run.
#[derive(Debug, Clone, Default)]
pub struct Before {
    load1: Option<f64>,
    cpu_pressure_ratio: Option<f64>,
}

impl Before {
    /// Reads load and pressure. Call it before the run causes any.
    pub fn read() -> Self {
        Self {
            load1: fs::read_to_string("/proc/loadavg").ok().and_then(|text| load1(&text)),
            cpu_pressure_ratio: fs::read_to_string("/proc/pressure/cpu")
                .ok()
                .and_then(|text| some_avg10(&text)),
        }
    }

    /// The state of a machine whose run cannot be watched: the engine is
    /// elsewhere.
    pub fn into_host(self) -> Host {
        Host { load1: self.load1, cpu_pressure_ratio: self.cpu_pressure_ratio, ..Host::default() }
    }
}

/// Watches the CPU of this machine during a run on a local engine.
#[derive(Debug)]
pub struct Watch {
    before: Before,
    engine: Option<u32>,
    all: Option<CpuTicks>,
    ours: Option<ProcessTree>,
}

/// CPU ticks of dp, of the engine, and of all that descend from either, those
/// that ended included.
#[derive(Debug)]
struct ProcessTree {
    ticks: u64,
    /// Processes that do not belong to it.
    others: BTreeSet<u32>,
}

impl Watch {
    /// Begins. `engine` is the engine's process id; without it the share of
    /// other processes stays absent.
    pub fn begin(engine: Option<u32>) -> Self {
        Self {
            before: Before::read(),
            engine,
            all: read_cpu_ticks(),
            ours: engine.and_then(|engine| ProcessTree::read(engine, &BTreeSet::new())),
        }
    }

    /// Ends. Ticks are 10 ms wide: the shares of a run below a second are
    /// rough.
    pub fn end(self) -> Host {
        let mut host = self.before.into_host();
        let spent = self.all.zip(read_cpu_ticks()).map(|(before, now)| now.since(before));
        let Some(spent) = spent.filter(|spent| spent.total > 0) else { return host };
        let total = spent.total as f64;
        host.cpu_steal_ratio = Some(spent.steal as f64 / total);
        host.other_cpu_ratio = self.ours.zip(self.engine).and_then(|(before, engine)| {
            let now = ProcessTree::read(engine, &before.others)?;
            let ours = now.ticks.saturating_sub(before.ticks);
            Some(spent.busy.saturating_sub(ours) as f64 / total)
        });
        host
    }
}

impl ProcessTree {
    /// Reads all processes but `others`, which cannot become part of the tree
    /// later. None if the engine's process cannot be read.
    fn read(engine: u32, others: &BTreeSet<u32>) -> Option<Self> {
        let own = std::process::id();
        let stats = read_processes(others);
        if !stats.iter().any(|process| process.id == engine) {
            return None;
        }
        let mut tree = BTreeSet::from([own, engine]);
        // Children may be listed before their parents: look until nothing is new.
        loop {
            let count = tree.len();
            for process in &stats {
                if tree.contains(&process.parent) {
                    tree.insert(process.id);
                }
            }
            if tree.len() == count {
                break;
            }
        }
        let (ours, rest): (Vec<&Process>, Vec<&Process>) =
            stats.iter().partition(|process| tree.contains(&process.id));
        Some(Self {
            ticks: ours.iter().map(|process| process.ticks).sum(),
            others: rest.iter().map(|process| process.id).collect(),
        })
    }
}

struct Process {
    id: u32,
    parent: u32,
    ticks: u64,
}

/// All processes but those.
fn read_processes(but: &BTreeSet<u32>) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut buffer = [0; STAT_BYTES];
    let ids = ids.filter(|id| !but.contains(id));
    ids.filter_map(|id| read_process(id, &mut buffer)).collect()
}

/// One read gives it all; there are many processes, and a run waits for this.
fn read_process(id: u32, buffer: &mut [u8]) -> Option<Process> {
    let count = File::open(format!("/proc/{id}/stat")).ok()?.read(buffer).ok()?;
    // A process can call itself anything.
    let text = String::from_utf8_lossy(&buffer[..count]);
    Some(Process { id, parent: parent(&text)?, ticks: process_ticks(&text)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_work_is_not_that_of_others() {
        let own = std::process::id();
        let ProcessTree { ticks: before, others } =
            ProcessTree::read(own, &BTreeSet::new()).unwrap();
        // At least five ticks of work of our own.
        let mut sum = 0_u64;
        while ProcessTree::read(own, &others).unwrap().ticks < before + 5 {
            sum = (0..1_000_000_u64).fold(sum, |sum, next| sum.wrapping_mul(31).wrapping_add(next));
        }
        assert_ne!(sum, 0);
    }

    #[test]
    fn an_unknown_engine_leaves_the_share_of_others_absent() {
        let host = Watch::begin(None).end();
        assert_eq!(host.other_cpu_ratio, None);
    }
}
