//! Version 1: which file has which figure, and how its text is read.

use std::time::Duration;

use super::absent::Source;
use super::figures::{Figure, Io, Limit, Limits, Sample, Throttling, Totals};
use super::file::{number, pairs, value};
use super::folders::UNIFIED;
use super::pressure::Pressure;

/// The kernel's word for no limit is the largest number of whole pages below
/// 2^63; pages have at most 64 KiB.
const UNLIMITED: u64 = (i64::MAX as u64) & !0xffff;

/// The file that has a figure; none if version 1 does not count it.
pub(crate) fn source(figure: Figure) -> Option<Source> {
    let (controller, file, since) = match figure {
        Figure::Memory => ("memory", "memory.usage_in_bytes", None),
        Figure::MemoryKinds | Figure::Swap => ("memory", "memory.stat", None),
        Figure::MemoryPeak => ("memory", "memory.max_usage_in_bytes", None),
        Figure::MemoryLimit => ("memory", "memory.limit_in_bytes", None),
        Figure::SwapLimit => ("memory", "memory.memsw.limit_in_bytes", None),
        Figure::OomKills => ("memory", "memory.oom_control", None),
        Figure::Cpu => ("cpuacct", "cpuacct.usage", None),
        Figure::Throttling => ("cpu", "cpu.stat", None),
        Figure::CpuLimit => ("cpu", "cpu.cfs_quota_us", None),
        Figure::Pids => ("pids", "pids.current", None),
        Figure::PidsLimit => ("pids", "pids.max", None),
        Figure::PidsPeak => ("pids", "pids.peak", Some("6.1")),
        Figure::Io => ("blkio", "blkio.throttle.io_service_bytes_recursive", None),
        Figure::MemoryPressure => (UNIFIED, "memory.pressure", Some("4.20")),
        Figure::CpuPressure => (UNIFIED, "cpu.pressure", Some("4.20")),
        Figure::IoPressure => (UNIFIED, "io.pressure", Some("4.20")),
        Figure::SwapPeak => return None,
    };
    Some(Source { controller, file, since })
}

/// The files of a sample, each with the figure that it is read for.
pub(crate) const SAMPLED: &[Figure] =
    &[Figure::Memory, Figure::MemoryKinds, Figure::Cpu, Figure::Throttling, Figure::Pids];

/// Puts the text of a file into a sample.
pub(crate) fn sample(figure: Figure, text: &str, into: &mut Sample) {
    match figure {
        Figure::Memory => into.memory_bytes = number(text),
        Figure::MemoryKinds => memory_kinds(text, into),
        Figure::Cpu => into.cpu = number(text).map(Duration::from_nanos),
        Figure::Throttling => into.throttling = throttling(text),
        Figure::Pids => into.pids = number(text),
        _ => {}
    }
}

/// The `total_` lines are those of the group and all below it.
fn memory_kinds(text: &str, into: &mut Sample) {
    for (key, bytes) in pairs(text) {
        match key {
            "total_rss" => into.anonymous_bytes = Some(bytes),
            "total_cache" => into.cache_bytes = Some(bytes),
            "total_inactive_file" => into.inactive_file_bytes = Some(bytes),
            "total_swap" => into.swap_bytes = Some(bytes),
            _ => {}
        }
    }
}

fn throttling(text: &str) -> Option<Throttling> {
    Some(Throttling {
        periods: value(text, "nr_periods")?,
        throttled_periods: value(text, "nr_throttled")?,
        throttled: Duration::from_nanos(value(text, "throttled_time")?),
    })
}

/// Reads totals from the texts of their files; `io_of_all` is the file of
/// [`Figure::Io`] in the root of the hierarchy.
pub(crate) fn totals(
    read: impl Fn(Figure) -> Option<String>,
    io_of_all: impl Fn() -> Option<String>,
) -> Totals {
    let pressure = |figure| Pressure::parse(&read(figure)?);
    Totals {
        memory_peak_bytes: read(Figure::MemoryPeak).and_then(|text| number(&text)),
        swap_peak_bytes: None,
        pids_peak: read(Figure::PidsPeak).and_then(|text| number(&text)),
        oom_kills: read(Figure::OomKills).and_then(|text| value(&text, "oom_kill")),
        io: read(Figure::Io).and_then(|text| io(&text, io_of_all)),
        memory_pressure: pressure(Figure::MemoryPressure),
        cpu_pressure: pressure(Figure::CpuPressure),
        io_pressure: pressure(Figure::IoPressure),
    }
}

/// `MAJOR:MINOR OPERATION BYTES` lines. Newer kernels (seen on 6.18) count
/// nothing until some group got a limit for a device: without a line of a device
/// the group did nothing only if something else is known to be counted.
fn io(text: &str, of_all: impl Fn() -> Option<String>) -> Option<Io> {
    let sum = |operation: &str| -> u64 { devices(text, operation).sum() };
    let is_live = |text: &str| devices(text, "Read").chain(devices(text, "Write")).any(|n| n > 0);
    let io = Io { read_bytes: sum("Read"), write_bytes: sum("Write") };
    (is_live(text) || of_all().is_some_and(|text| is_live(&text))).then_some(io)
}

fn devices(text: &str, operation: &str) -> impl Iterator<Item = u64> {
    text.lines().filter_map(move |line| {
        let mut fields = line.split(' ');
        let found = fields.next()?.contains(':') && fields.next()? == operation;
        found.then(|| fields.next()?.parse().ok()).flatten()
    })
}

/// Reads limits from the texts of their files; `period` is that of
/// `cpu.cfs_period_us`.
pub(crate) fn limits(
    read: impl Fn(Figure) -> Option<String>,
    period: impl Fn() -> Option<String>,
) -> Limits {
    let bytes = |figure| number(&read(figure)?);
    let memory = bytes(Figure::MemoryLimit);
    let together = bytes(Figure::SwapLimit);
    Limits {
        memory_bytes: memory.map(limit),
        swap_bytes: memory.zip(together).map(|(memory, together)| match limit(together) {
            Limit::At(together) => Limit::At(together.saturating_sub(memory)),
            Limit::Unlimited => Limit::Unlimited,
        }),
        cpu_cores: read(Figure::CpuLimit).and_then(|quota| cores(&quota, &period()?)),
        pids: read(Figure::PidsLimit).and_then(|text| Limit::parse(&text)),
    }
}

fn limit(bytes: u64) -> Limit<u64> {
    if bytes >= UNLIMITED { Limit::Unlimited } else { Limit::At(bytes) }
}

/// A quota of -1 is none.
fn cores(quota: &str, period: &str) -> Option<Limit<f64>> {
    let quota: f64 = quota.trim_end().parse().ok()?;
    if quota < 0.0 { Some(Limit::Unlimited) } else { Limit::cores(quota, number(period)? as f64) }
}

#[cfg(test)]
mod tests;
