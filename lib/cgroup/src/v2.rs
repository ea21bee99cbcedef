//! Version 2: which file has which figure, and how its text is read.

use std::time::Duration;

use super::absent::Source;
use super::figures::{Figure, Io, Limit, Limits, Sample, Throttling, Totals};
use super::file::{number, pairs, value};
use super::pressure::Pressure;

/// The file that has a figure. All are in one folder; the controller is what must be
/// enabled for the file to be there.
pub(crate) fn source(figure: Figure) -> Source {
    let (controller, file, since) = match figure {
        Figure::Memory => ("memory", "memory.current", None),
        Figure::MemoryKinds => ("memory", "memory.stat", None),
        Figure::MemoryPeak => ("memory", "memory.peak", Some("5.19")),
        Figure::MemoryLimit => ("memory", "memory.max", None),
        Figure::Swap => ("memory", "memory.swap.current", None),
        Figure::SwapPeak => ("memory", "memory.swap.peak", Some("6.5")),
        Figure::SwapLimit => ("memory", "memory.swap.max", None),
        Figure::OomKills => ("memory", "memory.events", None),
        Figure::Cpu => ("", "cpu.stat", Some("4.15")),
        Figure::Throttling => ("cpu", "cpu.stat", None),
        Figure::CpuLimit => ("cpu", "cpu.max", None),
        Figure::Pids => ("pids", "pids.current", None),
        Figure::PidsLimit => ("pids", "pids.max", None),
        Figure::PidsPeak => ("pids", "pids.peak", Some("6.1")),
        Figure::Io => ("io", "io.stat", None),
        Figure::MemoryPressure => ("", "memory.pressure", Some("4.20")),
        Figure::CpuPressure => ("", "cpu.pressure", Some("4.20")),
        Figure::IoPressure => ("", "io.pressure", Some("4.20")),
    };
    Source { controller, file, since }
}

/// The files of a sample, each with the figure that it is read for. Throttling
/// is in the file of CPU time.
pub(crate) const SAMPLED: &[Figure] =
    &[Figure::Memory, Figure::MemoryKinds, Figure::Swap, Figure::Cpu, Figure::Pids];

/// Puts the text of a file into a sample.
pub(crate) fn sample(figure: Figure, text: &str, into: &mut Sample) {
    match figure {
        Figure::Memory => into.memory_bytes = number(text),
        Figure::MemoryKinds => memory_kinds(text, into),
        Figure::Swap => into.swap_bytes = number(text),
        Figure::Cpu => {
            into.cpu = value(text, "usage_usec").map(Duration::from_micros);
            into.throttling = throttling(text);
        }
        Figure::Pids => into.pids = number(text),
        _ => {}
    }
}

fn memory_kinds(text: &str, into: &mut Sample) {
    for (key, bytes) in pairs(text) {
        match key {
            "anon" => into.anonymous_bytes = Some(bytes),
            "file" => into.cache_bytes = Some(bytes),
            "inactive_file" => into.inactive_file_bytes = Some(bytes),
            _ => {}
        }
    }
}

/// Only where the cpu controller is enabled.
fn throttling(text: &str) -> Option<Throttling> {
    Some(Throttling {
        periods: value(text, "nr_periods")?,
        throttled_periods: value(text, "nr_throttled")?,
        throttled: Duration::from_micros(value(text, "throttled_usec")?),
    })
}

/// Reads totals from the texts of their files.
pub(crate) fn totals(read: impl Fn(Figure) -> Option<String>) -> Totals {
    let whole = |figure| number(&read(figure)?);
    let pressure = |figure| Pressure::parse(&read(figure)?);
    Totals {
        memory_peak_bytes: whole(Figure::MemoryPeak),
        swap_peak_bytes: whole(Figure::SwapPeak),
        pids_peak: whole(Figure::PidsPeak),
        oom_kills: read(Figure::OomKills).and_then(|text| value(&text, "oom_kill")),
        io: read(Figure::Io).map(|text| io(&text)),
        memory_pressure: pressure(Figure::MemoryPressure),
        cpu_pressure: pressure(Figure::CpuPressure),
        io_pressure: pressure(Figure::IoPressure),
    }
}

/// `MAJOR:MINOR rbytes=N wbytes=N rios=N ...` lines; a device that the group did
/// not use has none.
fn io(text: &str) -> Io {
    let sum = |key: &str| {
        let words = text.lines().flat_map(|line| line.split(' '));
        words.filter_map(|word| word.strip_prefix(key)?.parse::<u64>().ok()).sum()
    };
    Io { read_bytes: sum("rbytes="), write_bytes: sum("wbytes=") }
}

/// Reads limits from the texts of their files.
pub(crate) fn limits(read: impl Fn(Figure) -> Option<String>) -> Limits {
    let limit = |figure| Limit::parse(&read(figure)?);
    Limits {
        memory_bytes: limit(Figure::MemoryLimit),
        swap_bytes: limit(Figure::SwapLimit),
        cpu_cores: read(Figure::CpuLimit).and_then(|text| cores(&text)),
        pids: limit(Figure::PidsLimit),
    }
}

/// `QUOTA PERIOD`, both in us; the quota may be `max`.
fn cores(text: &str) -> Option<Limit<f64>> {
    let (quota, period) = text.trim_end().split_once(' ')?;
    match Limit::parse(quota)? {
        Limit::At(quota) => Limit::cores(quota, period.parse().ok()?),
        Limit::Unlimited => Some(Limit::Unlimited),
    }
}

#[cfg(test)]
mod tests;
