//! Groups of a real host with version 2 only, recorded by `scripts/vm record`,
//! read as they would be there. What the loads did is known beforehand; the first
//! line of each record names kernel and load.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::folders::Folders;
use super::group_files::GroupFiles;
use super::mounts::Mounts;
use super::{CgroupError, Figure, Group, Io, Limit, Limits, Network, Reason, Sample, Version};

const MIB: u64 = 1 << 20;
/// What a container uses besides its load, and what the kernel charges in batches.
const SLACK: u64 = 2 * MIB;

/// The files of a record, as the host had them, below a folder of ours.
struct Host {
    root: TempDir,
    pid: u32,
    container: String,
}

impl Host {
    fn recorded(name: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = format!("{}/tests/files/cgroup-v2/{name}.group", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        let mut host = Self { root, pid: 0, container: String::new() };
        for file in text.split("==> ").skip(1) {
            let (path, content) = file.split_once(" <==\n").unwrap();
            host.put(path.trim_start_matches('/'), content);
        }
        host
    }

    fn put(&mut self, path: &str, content: &str) {
        let target = self.root.path().join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(&target, content).unwrap();
        let process = path.strip_prefix("proc/").and_then(|path| path.strip_suffix("/cgroup"));
        if let Some(pid) = process {
            self.pid = pid.parse().unwrap();
            let name = content.trim_end().rsplit('/').next().unwrap();
            // systemd names a scope after it.
            let id = name.strip_prefix("docker-").and_then(|name| name.strip_suffix(".scope"));
            id.unwrap_or(name).clone_into(&mut self.container);
        }
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn group(&self) -> Group {
        Group::of_container_below(self.path(), &self.container, self.pid).unwrap()
    }

    /// The group of this name that outlived its containers.
    fn parent(&self, name: &str) -> Group {
        let mounts = Mounts::below(self.path()).unwrap();
        assert!(!mounts.has_controllers());
        let version = Version::V2;
        let folders = Folders::named(&mounts, version, name).unwrap();
        Group::open(GroupFiles { version, folders }).unwrap()
    }
}

fn assert_within(value: Option<u64>, truth: u64, slack: u64) {
    assert!(value.is_some_and(|value| (truth..=truth + slack).contains(&value)), "{value:?}");
}

#[test]
fn a_hundred_mebibytes_that_are_held_are_anonymous_memory() {
    let host = Host::recorded("memory-100");
    let mut group = host.group();
    assert_eq!(group.version(), Version::V2);
    let sample = group.sample().unwrap();
    assert_within(sample.anonymous_bytes, 100 * MIB, SLACK);
    assert_within(sample.memory_bytes, 100 * MIB, SLACK);
    assert_within(sample.working_set_bytes(), 100 * MIB, SLACK);
    assert_within(group.totals().memory_peak_bytes, sample.memory_bytes.unwrap(), SLACK);
    assert_eq!((sample.swap_bytes, sample.pids), (Some(0), Some(1)));
}

#[test]
fn a_file_that_was_written_is_page_cache_outside_the_working_set() {
    let host = Host::recorded("cache-80");
    let mut group = host.group();
    let sample = group.sample().unwrap();
    assert_within(sample.cache_bytes, 80 * MIB, SLACK);
    assert_within(sample.memory_bytes, 80 * MIB, 2 * SLACK);
    assert!(sample.working_set_bytes().unwrap() < 2 * SLACK, "{sample:?}");
    // Buffered writes are charged to the writer.
    assert_within(group.totals().io.map(|io| io.write_bytes), 80 * MIB, 0);
}

#[test]
fn direct_writes_are_counted_to_the_byte() {
    let host = Host::recorded("direct-16");
    let group = host.group();
    assert_within(group.totals().io.map(|io| io.write_bytes), 16 * MIB, 0);
}

#[test]
fn a_group_that_wrote_nothing_wrote_zero_bytes() {
    let io = Host::recorded("processes-20").group().totals().io;
    assert_eq!(io.map(|Io { write_bytes, .. }| write_bytes), Some(0));
}

#[test]
fn limits_and_throttling_are_those_that_docker_was_given() {
    let host = Host::recorded("limited");
    let mut group = host.group();
    let Limits { memory_bytes, cpu_cores, pids, .. } = group.limits();
    assert_eq!(memory_bytes, Some(Limit::At(200 * MIB)));
    assert_eq!(cpu_cores, Some(Limit::At(0.5)));
    assert_eq!(pids, Some(Limit::At(64)));
    let Sample { cpu, throttling, .. } = group.sample().unwrap();
    // It burnt 3 s at half a core: 30 whole periods of 50 ms at the least, 60 in all.
    let (cpu, throttling) = (cpu.unwrap(), throttling.unwrap());
    assert!(cpu >= Duration::from_secs(3), "{cpu:?}");
    assert!(throttling.periods >= 59, "{throttling:?}");
    assert!((30..=throttling.periods).contains(&throttling.throttled_periods), "{throttling:?}");
    assert!(throttling.throttled > Duration::from_secs(1), "{throttling:?}");
    // A task that is throttled waits for a CPU.
    let pressure = group.totals().cpu_pressure.unwrap();
    assert!(pressure.some > Duration::from_secs(1), "{pressure:?}");
}

#[test]
fn a_container_without_limits_is_known_to_have_none() {
    let Limits { memory_bytes, swap_bytes, cpu_cores, pids } =
        Host::recorded("memory-100").group().limits();
    assert_eq!((memory_bytes, swap_bytes), (Some(Limit::Unlimited), Some(Limit::Unlimited)));
    assert_eq!((cpu_cores, pids), (Some(Limit::Unlimited), Some(Limit::Unlimited)));
}

#[test]
fn processes_are_counted_now_and_at_their_peak() {
    let host = Host::recorded("processes-20");
    let mut group = host.group();
    assert_eq!(group.sample().unwrap().pids, Some(21));
    assert_within(group.totals().pids_peak, 21, 9);
}

#[test]
fn datagrams_are_counted_with_their_headers() {
    let host = Host::recorded("datagrams-64");
    let folder = host.path().join(format!("proc/{}", host.pid));
    let network = Network::below(&folder).unwrap();
    // 1,000 bytes, UDP 8, IPv4 20, Ethernet 14; and to find the gateway, ARP 42.
    assert_within(Some(network.tx_bytes), 64 * 1042, 2 * 42);
    assert_within(Some(network.tx_packets), 64, 2);
}

#[test]
fn a_parent_group_knows_a_peak_that_nobody_saw() {
    let host = Host::recorded("spike-300");
    let mut group = host.parent("spike-300");
    assert_within(group.totals().memory_peak_bytes, 300 * MIB, SLACK);
    assert!(group.sample().unwrap().memory_bytes.unwrap() < MIB);
}

#[test]
fn a_parent_group_knows_the_cpu_time_of_what_has_ended() {
    let host = Host::recorded("burn-2000");
    let mut group = host.parent("burn-2000");
    let cpu = group.sample().unwrap().cpu.unwrap();
    // An emulated machine needs up to a second more to start and end a container.
    assert!((2.0..4.0).contains(&cpu.as_secs_f64()), "{cpu:?}");
}

#[test]
fn where_systemd_makes_the_groups_they_are_read_in_its_scopes_and_in_a_slice_of_ours() {
    let host = Host::recorded("systemd-memory-100");
    assert_eq!(host.container.len(), 64);
    let sample = host.group().sample().unwrap();
    assert_within(sample.anonymous_bytes, 100 * MIB, SLACK);
    let host = Host::recorded("systemd-spike-300");
    let group = host.parent("systemd_spike_300.slice");
    assert_within(group.totals().memory_peak_bytes, 300 * MIB, SLACK);
    let host = Host::recorded("systemd-burn-2000");
    let mut group = host.parent("systemd_burn_2000.slice");
    let cpu = group.sample().unwrap().cpu.unwrap();
    assert!((2.0..4.0).contains(&cpu.as_secs_f64()), "{cpu:?}");
}

#[test]
fn a_parent_group_knows_who_was_killed_below_it() {
    let host = Host::recorded("killed");
    let group = host.parent("killed");
    let totals = group.totals();
    assert_eq!(totals.oom_kills, Some(1));
    assert_within(totals.memory_peak_bytes, 50 * MIB - SLACK, 2 * SLACK);
    assert!(totals.memory_pressure.is_some_and(|pressure| pressure.some > Duration::ZERO));
    assert_eq!(Host::recorded("memory-100").group().totals().oom_kills, Some(0));
}

#[test]
fn what_an_older_kernel_lacks_is_absent_and_says_why() {
    let host = Host::recorded("memory-100");
    let group = host.group();
    assert_eq!(group.totals().swap_peak_bytes, None);
    let reason = group.why_absent(Figure::SwapPeak);
    assert_eq!(reason, Reason::OldKernel { file: "memory.swap.peak", since: "6.5" });
}

#[test]
fn a_controller_that_is_not_enabled_is_the_reason() {
    let host = Host::recorded("memory-100");
    let folder = host.path().join(format!("sys/fs/cgroup/docker/{}", host.container));
    for file in ["cpu.max", "pids.current", "pids.max", "pids.peak"] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    fs::write(folder.join("cgroup.controllers"), "memory io\n").unwrap();
    fs::write(folder.join("cpu.stat"), "usage_usec 5\nuser_usec 5\nsystem_usec 0\n").unwrap();
    let mut group = host.group();
    let sample = group.sample().unwrap();
    assert_eq!((sample.pids, sample.throttling), (None, None));
    assert_eq!(sample.cpu, Some(Duration::from_micros(5)));
    assert_eq!(group.limits().cpu_cores, None);
    assert_eq!(group.why_absent(Figure::Pids), Reason::Disabled("pids"));
    assert_eq!(group.why_absent(Figure::Throttling), Reason::Disabled("cpu"));
}

#[test]
fn a_process_of_another_container_is_refused() {
    let host = Host::recorded("memory-100");
    let found = Group::of_container_below(host.path(), &"0".repeat(64), host.pid);
    assert!(matches!(found, Err(CgroupError::NotOfContainer { .. })), "{found:?}");
    let found = Group::of_container_below(host.path(), &host.container, host.pid + 1);
    assert!(matches!(found, Err(CgroupError::Gone(_))), "{found:?}");
}

#[test]
fn a_group_that_no_mount_shows_is_not_guessed() {
    let host = Host::recorded("memory-100");
    let mounts = host.path().join("proc/self/mountinfo");
    fs::write(mounts, "33 22 0:29 /other /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n").unwrap();
    let found = Group::of_container_below(host.path(), &host.container, host.pid);
    assert!(matches!(found, Err(CgroupError::NotMounted(_))), "{found:?}");
}
