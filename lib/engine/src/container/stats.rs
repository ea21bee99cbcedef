//! The engine's own samples of a container: what is left where the kernel's
//! files cannot be read (an engine elsewhere, or no right to them).
//!
//! The engine reads the same files once a second, so the figures mean what those
//! of [`dp_cgroup`] mean. What it does not report is absent: swap, PSI,
//! kills, the peak of processes, and on control groups of version 2 the peak of
//! memory.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bollard::models::{
    ContainerBlkioStatEntry, ContainerMemoryStats, ContainerNetworkStats, ContainerStatsResponse,
    ContainerThrottlingData,
};
use bollard::query_parameters::StatsOptions;
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;

use crate::connect::Engine;
use crate::error::EngineError;
use dp_cgroup::{Io, Limit, Limits, Network, Sample, Throttling, Totals};

/// One sample as the engine took it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ApiSample {
    /// When the engine read it, by its realtime clock. Rates come from the
    /// differences of these.
    pub read: Timestamp,
    /// When it arrived, by our monotonic clock.
    pub received: Instant,
    /// What changes all the time.
    pub sample: Sample,
    /// What only grows: the peak of memory (version 1 only) and block input and
    /// output (absent where nothing was counted: it may not be counted at all).
    pub totals: Totals,
    /// The limit of memory. The others are known from
    /// [`ContainerFacts`](super::ContainerFacts).
    pub limits: Limits,
    /// All interfaces together; absent without a network of its own.
    pub network: Option<Network>,
}

/// The samples of a container until it ends.
pub struct ApiSamples {
    engine: Engine,
    doing: String,
    host_memory_bytes: u64,
    stream: Option<Replies>,
}

type Replies =
    Pin<Box<dyn Stream<Item = Result<ContainerStatsResponse, bollard::errors::Error>> + Send>>;

impl Engine {
    /// Samples of a running container, one a second from about now on.
    /// `host_memory_bytes` is the memory of the engine's machine
    /// ([`EngineFacts::memory_bytes`](crate::info::EngineFacts::memory_bytes)),
    /// which the engine names as the limit where there is none.
    pub fn stats(&self, name: &str, host_memory_bytes: u64) -> ApiSamples {
        // One-shot on 20.10 takes as long as a stream's next sample.
        let options = StatsOptions { stream: true, one_shot: false };
        ApiSamples {
            engine: self.clone(),
            doing: format!("sampling container {name}"),
            host_memory_bytes,
            stream: Some(Box::pin(self.docker().stats(name, Some(options)))),
        }
    }
}

impl ApiSamples {
    /// The next sample; none once the container has ended or was removed, or
    /// the engine was stopped in order. The engine's own stream goes on after an
    /// exit, with samples that say nothing. May be dropped and called again.
    ///
    /// # Errors
    /// There is no such container, or the engine is lost. None comes after that.
    pub async fn next(&mut self) -> Result<Option<ApiSample>, EngineError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let reply = stream.next().await;
        let received = Instant::now();
        let sample = match reply {
            Some(Ok(reply)) => ApiSample::of(reply, received, self.host_memory_bytes),
            Some(Err(error)) => {
                self.stream = None;
                return Err(self.engine.failed(&self.doing, &error));
            }
            None => None,
        };
        if sample.is_none() {
            self.stream = None;
        }
        Ok(sample)
    }
}

impl ApiSample {
    /// None of a reply that the engine sends of a container that does not run:
    /// read in the year 1, Go's way to say "never".
    fn of(
        reply: ContainerStatsResponse,
        received: Instant,
        host_memory_bytes: u64,
    ) -> Option<Self> {
        let read = reply.read.filter(|text| !text.starts_with("0001-"))?.parse().ok()?;
        let cpu = reply.cpu_stats.unwrap_or_default();
        let memory = reply.memory_stats.unwrap_or_default();
        let blkio = reply.blkio_stats.unwrap_or_default().io_service_bytes_recursive;
        let kind = |names: [&str; 2]| memory_kind(&memory, names);
        let sample = Sample {
            memory_bytes: memory.usage,
            anonymous_bytes: kind(["total_rss", "anon"]),
            cache_bytes: kind(["total_cache", "file"]),
            inactive_file_bytes: kind(["total_inactive_file", "inactive_file"]),
            swap_bytes: None,
            cpu: cpu.cpu_usage.and_then(|usage| usage.total_usage).map(Duration::from_nanos),
            throttling: cpu.throttling_data.as_ref().and_then(throttling),
            pids: reply.pids_stats.and_then(|pids| pids.current),
        };
        let totals = Totals {
            memory_peak_bytes: memory.max_usage.filter(|peak| *peak > 0),
            io: blkio.and_then(|entries| io(&entries)),
            ..Totals::default()
        };
        let limit =
            memory.limit.filter(|limit| *limit > 0).map(|bytes| limit(bytes, host_memory_bytes));
        let limits = Limits { memory_bytes: limit, ..Limits::default() };
        let interfaces = reply.networks.filter(|interfaces| !interfaces.is_empty());
        let network = interfaces.as_ref().map(network);
        Some(Self { read, received, sample, totals, limits, network })
    }
}

/// Version 1 has figures of the group alone beside those of all below it
/// (`total_`); version 2 has only the latter, some of them under the name that
/// version 1 has for the former.
fn memory_kind(memory: &ContainerMemoryStats, [v1, v2]: [&str; 2]) -> Option<u64> {
    let stats = memory.stats.as_ref()?;
    let is_v1 = stats.contains_key("total_rss");
    stats.get(if is_v1 { v1 } else { v2 }).copied()
}

/// The engine reports nanoseconds on both versions.
fn throttling(data: &ContainerThrottlingData) -> Option<Throttling> {
    Some(Throttling {
        periods: data.periods?,
        throttled_periods: data.throttled_periods?,
        throttled: Duration::from_nanos(data.throttled_time?),
    })
}

/// Nothing but zeros may mean that nothing is counted.
fn io(entries: &[ContainerBlkioStatEntry]) -> Option<Io> {
    let sum = |operation: &str| -> u64 {
        let is_it = |entry: &&ContainerBlkioStatEntry| {
            entry.op.as_ref().is_some_and(|op| op.eq_ignore_ascii_case(operation))
        };
        entries.iter().filter(is_it).filter_map(|entry| entry.value).sum()
    };
    let io = Io { read_bytes: sum("read"), write_bytes: sum("write") };
    (io != Io::default()).then_some(io)
}

/// The engine lists no loopback.
fn network(interfaces: &HashMap<String, ContainerNetworkStats>) -> Network {
    let sum = |counter: fn(&ContainerNetworkStats) -> Option<u64>| {
        interfaces.values().filter_map(counter).sum()
    };
    Network {
        rx_bytes: sum(|one| one.rx_bytes),
        rx_packets: sum(|one| one.rx_packets),
        tx_bytes: sum(|one| one.tx_bytes),
        tx_packets: sum(|one| one.tx_packets),
    }
}

/// Without a limit the engine names the memory of its machine; a limit above
/// that limits nothing either.
fn limit(bytes: u64, host_memory_bytes: u64) -> Limit<u64> {
    if bytes >= host_memory_bytes { Limit::Unlimited } else { Limit::At(bytes) }
}

#[cfg(test)]
mod tests;
