//! Metrics of `stats` records.

use super::{Better, Metric, bytes, count, headlined, time};
use crate::kind::STATS;

pub(super) const METRICS: &[Metric] = &[
    headlined(memory(
        "memory_peak_bytes",
        Better::Lower,
        "Peak of all memory that was charged to the container, page cache included, so never to be called need; of a stack's sum, that of the control group around it, which is no sum of peaks.",
    )),
    // Beside the peak: who filled the page cache first does not matter here.
    headlined(memory(
        "memory_rss_max_bytes",
        Better::Lower,
        "Largest sampled anonymous memory: heaps and stacks, no page cache and no shared memory.",
    )),
    headlined(Metric {
        floor: 0.01,
        ..time(
            STATS,
            "cpu_seconds",
            "CPU time of the container or stack, as the kernel counted it.",
        )
    }),
    time(
        STATS,
        "load_seconds",
        "From the start of the load command to its end, by our monotonic clock.",
    ),
    time(
        STATS,
        "run_seconds",
        "From the container's start to its own end, for one that ended by itself, by the engine's stamps on a local engine (a busy one stamps the start some ms late).",
    ),
    Metric {
        better: Better::None,
        ..time(STATS, "observed_seconds", "Length of the time that the figures describe.")
    },
    memory(
        "memory_working_set_bytes",
        Better::Lower,
        "Median of the sampled working set: what is charged without inactive page cache, as docker stats shows it.",
    ),
    memory("memory_working_set_max_bytes", Better::Lower, "Largest sampled working set."),
    memory(
        "memory_cache_bytes",
        Better::None,
        "Median of the sampled page cache, tmpfs and shared memory included, which the kernel may take back.",
    ),
    Metric {
        exact: true,
        ..memory(
            "memory_limit_bytes",
            Better::None,
            "The container's own limit of memory; absent without one.",
        )
    },
    memory(
        "memory_fit_bytes",
        Better::Lower,
        "Limit of memory, swap included, under which the work passed three times more after it was found (--fit memory).",
    ),
    memory(
        "memory_fit_passing_bytes",
        Better::Lower,
        "Smallest limit of memory that was seen to pass, of those above all that failed.",
    ),
    memory(
        "memory_fit_failing_bytes",
        Better::None,
        "Largest limit of memory that was seen to fail; absent where none did.",
    ),
    Metric {
        floor_ratio: 0.05,
        floor: 0.05,
        ..ratio("cpu_cores", Better::None, "CPU time over the observed time.")
    },
    Metric {
        exact: true,
        ..ratio(
            "cpu_limit_cores",
            Better::None,
            "The container's own CPU quota over its period; absent without one.",
        )
    },
    ratio(
        "cpu_throttled_ratio",
        Better::Lower,
        "Scheduling periods in which the CPU quota was used up over those in which something wanted to run.",
    ),
    time(
        STATS,
        "cpu_throttled_seconds",
        "How long run queues were held back by the CPU quota, summed over CPUs.",
    ),
    io(
        "io_read_bytes",
        "Bytes read from block devices; absent where the kernel does not count them.",
    ),
    io(
        "io_write_bytes",
        "Bytes written to block devices; absent where the kernel does not count them (buffered writes only with cgroup v2).",
    ),
    io(
        "net_rx_bytes",
        "Bytes received by the container's interfaces but its loopback, link headers included.",
    ),
    io(
        "net_tx_bytes",
        "Bytes sent by the container's interfaces but its loopback, link headers included.",
    ),
    noisy("pids_max", Better::Lower, "Most processes and threads at once."),
    noisy("oom_kills", Better::Lower, "Processes that were killed for want of memory."),
    noisy("exit_code", Better::None, "Exit code of a container that ended by itself."),
    ratio(
        "memory_pressure_ratio",
        Better::Lower,
        "Share of the time in which a task of the container waited for memory (PSI, some).",
    ),
    ratio(
        "cpu_pressure_ratio",
        Better::Lower,
        "Share of the time in which a task of the container waited for a CPU (PSI, some).",
    ),
    ratio(
        "io_pressure_ratio",
        Better::Lower,
        "Share of the time in which a task of the container waited for input or output (PSI, some).",
    ),
    probe("probe_p50_seconds", "Median time from when a probe was due to its answer."),
    probe(
        "probe_p95_seconds",
        "95th percentile of the time from when a probe was due to its answer; absent below 100 answers.",
    ),
    probe(
        "probe_p99_seconds",
        "99th percentile of the time from when a probe was due to its answer; absent below 500 answers.",
    ),
    noisy("probe_errors", Better::Lower, "Probes that were not answered as wanted."),
    noisy(
        "load_transactions",
        Better::Higher,
        "Transactions that the load processed, as it reports them.",
    ),
    noisy(
        "load_transactions_failed",
        Better::Lower,
        "Transactions of the load that failed, as it reports them.",
    ),
    Metric {
        floor_ratio: 0.05,
        ..noisy(
            "load_transactions_per_second",
            Better::Higher,
            "Rate of the load's transactions, as it reports it (tps).",
        )
    },
    probe("load_latency_seconds", "Mean latency of the load's transactions, as it reports it."),
    probe(
        "load_latency_stddev_seconds",
        "Standard deviation of the latency of the load's transactions, as it reports it.",
    ),
    noisy("samples", Better::None, "Readings that were made."),
    noisy("samples_missed", Better::Lower, "Readings that were due and not made."),
    Metric {
        better: Better::None,
        ..time(
            STATS,
            "overhead_cpu_seconds",
            "CPU time of our own process meanwhile, for all that it watched at once.",
        )
    },
    Metric {
        better: Better::None,
        ..time(
            STATS,
            "engine_cpu_seconds",
            "CPU time of the engine's process meanwhile; on a local engine only.",
        )
    },
];

/// Floors of memory: 1 %, and 1 MiB, by which identical runs differ (the kernel
/// charges in batches per CPU).
const fn memory(name: &'static str, better: Better, about: &'static str) -> Metric {
    Metric {
        better,
        exact: false,
        floor_ratio: 0.01,
        floor: 1_048_576.0,
        ..bytes(STATS, name, about)
    }
}

/// Floors of traffic: 1 %, and 64 KiB.
const fn io(name: &'static str, about: &'static str) -> Metric {
    Metric { exact: false, floor_ratio: 0.01, ..bytes(STATS, name, about) }
}

/// Floors of shares: 5 %, and one hundredth.
const fn ratio(name: &'static str, better: Better, about: &'static str) -> Metric {
    Metric { better, floor: 0.01, ..time(STATS, name, about) }
}

/// Floors of answers: 5 %, and 1 ms, by which the answers of an idle server to
/// new connections differ.
const fn probe(name: &'static str, about: &'static str) -> Metric {
    Metric { floor: 0.001, ..time(STATS, name, about) }
}

const fn noisy(name: &'static str, better: Better, about: &'static str) -> Metric {
    Metric { exact: false, ..count(STATS, name, better, about) }
}
