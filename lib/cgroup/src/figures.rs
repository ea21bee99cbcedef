//! What is read of a group. What is not counted here is absent, never zero.

use std::time::Duration;

use super::pressure::Pressure;

/// The version of control groups that counts memory and CPU time; a hybrid host
/// counts by version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A hierarchy for each controller.
    V1,
    /// One hierarchy.
    V2,
}

/// Something that is read of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Figure {
    /// [`Sample::memory_bytes`].
    Memory,
    /// [`Sample::anonymous_bytes`], [`Sample::cache_bytes`],
    /// [`Sample::inactive_file_bytes`].
    MemoryKinds,
    /// [`Sample::swap_bytes`].
    Swap,
    /// [`Sample::cpu`].
    Cpu,
    /// [`Sample::throttling`].
    Throttling,
    /// [`Sample::pids`].
    Pids,
    /// [`Totals::memory_peak_bytes`].
    MemoryPeak,
    /// [`Totals::swap_peak_bytes`].
    SwapPeak,
    /// [`Totals::pids_peak`].
    PidsPeak,
    /// [`Totals::oom_kills`].
    OomKills,
    /// [`Totals::io`].
    Io,
    /// [`Totals::memory_pressure`].
    MemoryPressure,
    /// [`Totals::cpu_pressure`].
    CpuPressure,
    /// [`Totals::io_pressure`].
    IoPressure,
    /// [`Limits::memory_bytes`].
    MemoryLimit,
    /// [`Limits::swap_bytes`].
    SwapLimit,
    /// [`Limits::cpu_cores`].
    CpuLimit,
    /// [`Limits::pids`].
    PidsLimit,
}

/// What changes all the time, of the group and all below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sample {
    /// Memory charged to the group in bytes, page cache and the kernel's own
    /// included (v1 `memory.usage_in_bytes`, v2 `memory.current`). The kernel
    /// charges in batches per CPU: up to 64 pages a CPU above the truth.
    pub memory_bytes: Option<u64>,
    /// Anonymous memory in bytes: heaps, stacks, no page cache and no shared
    /// memory (v1 `total_rss`, v2 `anon` of `memory.stat`).
    pub anonymous_bytes: Option<u64>,
    /// Page cache in bytes, tmpfs and shared memory included (v1 `total_cache`,
    /// v2 `file` of `memory.stat`).
    pub cache_bytes: Option<u64>,
    /// Page cache in bytes that was not used lately and goes first (v1
    /// `total_inactive_file`, v2 `inactive_file` of `memory.stat`).
    pub inactive_file_bytes: Option<u64>,
    /// Swap in use in bytes (v1 `total_swap` of `memory.stat`, v2
    /// `memory.swap.current`).
    pub swap_bytes: Option<u64>,
    /// CPU time (v1 `cpuacct.usage` in ns, v2 `usage_usec` of `cpu.stat` in us).
    pub cpu: Option<Duration>,
    /// Throttling by the group's own quota, not by those above or below it
    /// (`cpu.stat`).
    pub throttling: Option<Throttling>,
    /// Processes and threads (`pids.current`).
    pub pids: Option<u64>,
}

impl Sample {
    /// The working set in bytes, as the docker CLI shows memory: what is charged
    /// without inactive page cache; all of it where the latter is not less (the
    /// two are read one after the other).
    pub fn working_set_bytes(&self) -> Option<u64> {
        let (all, inactive) = (self.memory_bytes?, self.inactive_file_bytes?);
        Some(if inactive < all { all - inactive } else { all })
    }
}

/// How a CPU quota was enforced, since the group was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttling {
    /// Periods in which something wanted to run (`nr_periods`); 0 without a quota.
    pub periods: u64,
    /// Those in which the quota was used up (`nr_throttled`).
    pub throttled_periods: u64,
    /// How long run queues were held back, summed over CPUs (v1 `throttled_time`
    /// in ns, v2 `throttled_usec` in us).
    pub throttled: Duration,
}

/// What only grows, since the group was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Peak of [`Sample::memory_bytes`], by the kernel, in bytes (v1
    /// `memory.max_usage_in_bytes`, v2 `memory.peak`).
    pub memory_peak_bytes: Option<u64>,
    /// Peak of swap in bytes (v2 `memory.swap.peak`; v1 has only that of memory
    /// and swap together, which is another figure).
    pub swap_peak_bytes: Option<u64>,
    /// Peak of processes and threads (`pids.peak`).
    pub pids_peak: Option<u64>,
    /// Processes that were killed for want of memory (v1 `oom_kill` of
    /// `memory.oom_control`, of this group alone; v2 `oom_kill` of
    /// `memory.events`, of all below too).
    pub oom_kills: Option<u64>,
    /// Block input and output.
    pub io: Option<Io>,
    /// Waiting for memory (`memory.pressure`).
    pub memory_pressure: Option<Pressure>,
    /// Waiting for a CPU (`cpu.pressure`).
    pub cpu_pressure: Option<Pressure>,
    /// Waiting for input and output (`io.pressure`).
    pub io_pressure: Option<Pressure>,
}

/// Bytes from and to block devices, all devices together (v1
/// `blkio.throttle.io_service_bytes_recursive`, v2 `io.stat`). Stacked devices
/// (device mapper, loop) count on each level. Buffered writes are charged to
/// the writer on v2 only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Io {
    /// Read.
    pub read_bytes: u64,
    /// Written.
    pub write_bytes: u64,
}

/// What the kernel counted for a group and all below it. What a version or a
/// kernel does not count is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time.
    pub cpu: Option<Duration>,
    /// Peak of memory, page cache included.
    pub memory_peak_bytes: Option<u64>,
}

/// A limit that is known to be set, or known not to be.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Limit<T> {
    /// At most this.
    At(T),
    /// None.
    Unlimited,
}

/// The group's own limits; those of groups above it may be lower.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Memory in bytes (v1 `memory.limit_in_bytes`, v2 `memory.max`).
    pub memory_bytes: Option<Limit<u64>>,
    /// Swap in bytes (v1 `memory.memsw.limit_in_bytes` less the memory limit,
    /// v2 `memory.swap.max`).
    pub swap_bytes: Option<Limit<u64>>,
    /// CPU in cores: quota over period (v1 `cpu.cfs_quota_us` over
    /// `cpu.cfs_period_us`, v2 `cpu.max`).
    pub cpu_cores: Option<Limit<f64>>,
    /// Processes and threads (`pids.max`).
    pub pids: Option<Limit<u64>>,
}

impl<T> Limit<T> {
    /// A number of a file that says `max` where there is no limit.
    pub(crate) fn parse(text: &str) -> Option<Self>
    where
        T: std::str::FromStr,
    {
        match text.trim_end() {
            "max" => Some(Self::Unlimited),
            number => number.parse().ok().map(Self::At),
        }
    }
}

impl Limit<f64> {
    /// Cores of a quota and a period of the same unit.
    pub(crate) fn cores(quota: f64, period: f64) -> Option<Self> {
        (period > 0.0).then(|| Self::At(quota / period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_set_is_what_the_docker_cli_shows() {
        let sample = |memory, inactive| Sample {
            memory_bytes: Some(memory),
            inactive_file_bytes: inactive,
            ..Sample::default()
        };
        assert_eq!(sample(1000, Some(300)).working_set_bytes(), Some(700));
        assert_eq!(sample(1000, Some(0)).working_set_bytes(), Some(1000));
        assert_eq!(sample(1000, Some(1000)).working_set_bytes(), Some(1000));
        assert_eq!(sample(1000, None).working_set_bytes(), None);
    }

    #[test]
    fn no_limit_is_not_an_unknown_limit() {
        assert_eq!(Limit::parse("max\n"), Some(Limit::<u64>::Unlimited));
        assert_eq!(Limit::parse("64\n"), Some(Limit::At(64_u64)));
        assert_eq!(Limit::<u64>::parse(""), None);
        assert_eq!(Limit::cores(50_000.0, 100_000.0), Some(Limit::At(0.5)));
        assert_eq!(Limit::cores(50_000.0, 0.0), None);
    }
}
