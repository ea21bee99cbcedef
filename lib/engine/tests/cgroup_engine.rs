//! Control groups of real containers, whose load is known beforehand.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod load;

use std::path::Path;
use std::time::Duration;

use dp_cgroup::{CgroupError, Figure, Group, Interfaces, Limit, ParentGroup, Reason};
use dp_engine::{Engine, Environment, Selection, resolve};
use load::{Image, Load, docker, unique};

const MIB: u64 = 1 << 20;
/// What a container has beside its load, and what the kernel charges in batches.
const SLACK: u64 = 2 * MIB;
/// runc's own part of a peak.
const START: u64 = 4 * MIB;
#[track_caller]
fn assert_within(value: Option<u64>, truth: u64, slack: u64) {
    assert!(value.is_some_and(|value| (truth..=truth + slack).contains(&value)), "{value:?}");
}

/// `104.1MiB / 23.5GiB`, of which the first in bytes.
fn shown_by_docker(usage: &str) -> f64 {
    let number = usage.split("MiB").next().unwrap();
    number.parse::<f64>().unwrap() * MIB as f64
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn memory_that_is_held_is_seen_as_it_is() {
    let load = Load::done(&["--network", "none"], &["memory=100"]);
    let mut group = load.group();
    let sample = group.sample().unwrap();
    assert_within(sample.anonymous_bytes, 100 * MIB, SLACK);
    assert_within(sample.memory_bytes, 100 * MIB, SLACK);
    assert_within(group.totals().memory_peak_bytes, sample.memory_bytes.unwrap(), START);
    let shown = docker(&["stats", "--no-stream", "--format", "{{.MemUsage}}", &load.id]);
    let ours = sample.working_set_bytes().unwrap() as f64;
    assert!((shown_by_docker(&shown) - ours).abs() < 0.5 * MIB as f64, "{shown}, not {ours}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_written_file_is_page_cache_and_no_need() {
    let load = Load::done(&["--network", "none", "--volume", "/data"], &["cache=80"]);
    let sample = load.group().sample().unwrap();
    // The kernel may take clean pages back at any time, and here and there does.
    assert_within(sample.cache_bytes, 60 * MIB, 20 * MIB + SLACK);
    assert!(sample.anonymous_bytes.unwrap() < MIB, "{sample:?}");
    assert!(sample.working_set_bytes().unwrap() < START, "{sample:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn cpu_time_and_its_quota_are_those_of_the_program() {
    let load = Load::done(&["--network", "none", "--cpus", "0.5"], &["burn=2000"]);
    let mut group = load.group();
    let sample = group.sample().unwrap();
    let cpu = sample.cpu.unwrap().as_secs_f64();
    assert!((2.0..2.2).contains(&cpu), "{cpu}");
    assert_eq!(group.limits().cpu_cores, Some(Limit::At(0.5)));
    // At most 50 ms in each period of 100 ms; part of a period at either end.
    let throttling = sample.throttling.unwrap();
    assert!(throttling.periods >= 39, "{throttling:?}");
    assert!((1..=throttling.periods).contains(&throttling.throttled_periods), "{throttling:?}");
    assert!(throttling.throttled > Duration::ZERO, "{throttling:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn processes_and_limits_are_those_that_docker_was_told() {
    let limits = ["--memory", "200m", "--memory-swap", "300m", "--pids-limit", "64"];
    let load = Load::done(&[&["--network", "none"], &limits[..]].concat(), &["processes=20"]);
    let mut group = load.group();
    assert_eq!(group.sample().unwrap().pids, Some(21));
    let found = group.limits();
    assert_eq!(found.memory_bytes, Some(Limit::At(200 * MIB)));
    assert_eq!(found.pids, Some(Limit::At(64)));
    assert_eq!(found.cpu_cores, Some(Limit::Unlimited));
    if let Some(swap) = found.swap_bytes {
        assert_eq!(swap, Limit::At(100 * MIB));
    }
    match group.totals().pids_peak {
        Some(peak) => assert_within(Some(peak), 21, 9),
        None => assert!(matches!(group.why_absent(Figure::PidsPeak), Reason::OldKernel { .. })),
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn datagrams_are_counted_with_their_headers() {
    let load = Load::done(&[], &["datagrams=64"]);
    let network = Interfaces::of_process(load.pid).unwrap().read().unwrap();
    // 1,000 bytes, UDP 8, IPv4 20, Ethernet 14; beside them ARP.
    assert_within(Some(network.tx_bytes), 64 * 1042, 1000);
    let load = Load::done(&["--network", "host"], &[]);
    let found = Interfaces::of_process(load.pid);
    assert!(matches!(found, Err(CgroupError::HostNetwork(_))), "{found:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn direct_writes_are_counted_or_absent_but_never_zero() {
    let load = Load::done(&["--network", "none", "--volume", "/data"], &["direct=16"]);
    let group = load.group();
    match group.totals().io {
        Some(io) => assert_eq!(io.write_bytes, 16 * MIB),
        None => assert!(matches!(group.why_absent(Figure::Io), Reason::NotCounted(_))),
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_kill_is_counted_while_the_container_lives() {
    let options = ["--memory", "50m", "--memory-swap", "50m", "--entrypoint", "/bin/sh"];
    let words = ["-c", "/load memory=100; echo done; sleep 1000"];
    let load = Load::done(&[&["--network", "none", "--init"], &options[..]].concat(), &words);
    let group = load.group();
    let totals = group.totals();
    assert_eq!(totals.oom_kills, Some(1));
    assert_within(totals.memory_peak_bytes, 50 * MIB - SLACK, SLACK);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn pressure_is_there_wherever_the_container_has_a_unified_group() {
    let load = Load::done(&["--network", "none"], &[]);
    let memberships = std::fs::read_to_string(format!("/proc/{}/cgroup", load.pid)).unwrap();
    let unified = memberships.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let is_there = |root: &str| Path::new(&format!("{root}{unified}/cpu.pressure")).exists();
    let expected = unified.contains(&load.id)
        && (is_there("/sys/fs/cgroup") || is_there("/sys/fs/cgroup/unified"));
    let totals = load.group().totals();
    for pressure in [totals.cpu_pressure, totals.memory_pressure, totals.io_pressure] {
        assert_eq!(pressure.is_some(), expected, "{totals:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_group_of_a_container_that_was_removed_is_gone() {
    let load = Load::done(&["--network", "none"], &[]);
    let mut group = load.group();
    assert!(group.sample().is_ok());
    docker(&["rm", "--force", &load.id]);
    let found = group.sample();
    assert!(matches!(found, Err(CgroupError::Gone(_))), "{found:?}");
    let found = Group::of_container(&load.id, load.pid);
    let gone = matches!(found, Err(CgroupError::Gone(_) | CgroupError::NotOfContainer { .. }));
    assert!(gone, "{found:?}");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_parent_group_has_exact_figures_after_the_exit() {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    let facts = Engine::connect(&endpoint).await.unwrap().facts().await.unwrap();
    let driver = facts.cgroup_driver.unwrap();
    let name = format!("dp-{}-1-0", unique());
    let parent = ParentGroup::new(&name, &driver).expect("run as root");
    let made = !matches!(parent.group(), Err(CgroupError::Gone(_)));
    assert_eq!(made, driver == "systemd", "who makes it when");
    let image = Image::new();
    let within = format!("--cgroup-parent={}", parent.parent());
    let words = ["spike=300", "burn=1000", "processes=20", "end"];
    let run = ["run", "--rm", "--network", "none", &within, &image.0];
    docker(&[&run[..], &words].concat());
    let mut group = parent.group().unwrap();
    let (sample, totals) = (group.sample().unwrap(), group.totals());
    assert_within(totals.memory_peak_bytes, 300 * MIB, SLACK + START);
    let cpu = sample.cpu.unwrap().as_secs_f64();
    assert!((1.0..1.5).contains(&cpu), "{cpu}");
    if let Some(peak) = totals.pids_peak {
        assert_within(Some(peak), 21, 9);
    }
    let usage = parent.usage(facts.cgroup_version.unwrap());
    assert_eq!((usage.cpu, usage.memory_peak_bytes), (sample.cpu, totals.memory_peak_bytes));
    drop(parent);
    assert!(matches!(group.sample(), Err(CgroupError::Gone(_))), "it is left");
}
