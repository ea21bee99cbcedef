//! Where readings come from: kernel files of this machine, else the engine.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dp_cgroup::{CgroupError, Figure, Group, Interfaces, Network, Sample, Version};
use dp_engine::container::{ApiSample, ApiSamples, ContainerFacts};
use dp_record::detail::stats::ContainerLimits;
use dp_session::Session;

use crate::observation::{Counters, limits_of};

/// How often the files are read that have the other counters:
/// they cost more, and change slowly or only grow.
const TOTALS_EVERY: Duration = Duration::from_secs(1);

/// Reads one container.
pub(crate) enum Reader {
    /// Kernel files.
    Kernel(Box<Kernel>),
    /// The engine's own samples, once a second, and the limits that it was given.
    EngineApi(Box<ApiSamples>, ContainerLimits),
    /// There is nothing to be read.
    Nothing,
}

/// What the engine's stats API does not report.
const NOT_IN_API: &[&str] = &[
    "oom_kills",
    "memory_pressure_ratio",
    "cpu_pressure_ratio",
    "io_pressure_ratio",
    "samples_missed",
];

/// The kernel files of a container on this machine.
pub(crate) struct Kernel {
    group: Group,
    interfaces: Result<Interfaces, CgroupError>,
    totals_read: Option<Instant>,
}

impl Reader {
    /// The best that there is for a running container, and why it is not the
    /// kernel's.
    pub(crate) fn open(session: &Session, facts: &ContainerFacts) -> (Self, Option<String>) {
        let Some(pid) = facts.pid else {
            return (Self::Nothing, Some("it ended before it could be read".to_owned()));
        };
        let why = if session.facts.local {
            match Group::of_container(&facts.id, pid) {
                Ok(group) => {
                    let interfaces = Interfaces::of_process(pid);
                    let kernel = Kernel { group, interfaces, totals_read: None };
                    return (Self::Kernel(Box::new(kernel)), None);
                }
                Err(error) => error.to_string(),
            }
        } else {
            "the engine is on another machine".to_owned()
        };
        let samples = session.engine.stats(&facts.id, session.facts.memory_bytes);
        (Self::EngineApi(Box::new(samples), limits_of(facts.limits)), Some(why))
    }

    /// A group of our own with all that runs below it.
    pub(crate) fn of_group(group: Group) -> Self {
        let interfaces = Err(CgroupError::Gone("the network of a whole stack".into()));
        Self::Kernel(Box::new(Kernel { group, interfaces, totals_read: None }))
    }

    /// Where readings come from, for people.
    pub(crate) fn source(&self) -> &'static str {
        match self {
            Self::Kernel(kernel) => match kernel.group.version() {
                Version::V1 => "kernel files, control groups version 1",
                Version::V2 => "kernel files, control groups version 2",
            },
            Self::EngineApi(..) => "the engine's stats API, once a second",
            Self::Nothing => "none",
        }
    }

    /// A reading, and what has been counted so far; none once there is nothing
    /// to be read any more.
    pub(crate) fn read(&mut self) -> Option<(Sample, Counters)> {
        match self {
            Self::Kernel(kernel) => kernel.read(false),
            Self::EngineApi(..) | Self::Nothing => None,
        }
    }

    /// All that has been counted so far; none once it is gone.
    pub(crate) fn read_all(&mut self) -> Option<Counters> {
        match self {
            Self::Kernel(kernel) => kernel.read(true).map(|(_, counters)| counters),
            Self::EngineApi(..) | Self::Nothing => None,
        }
    }

    /// The container's own limits.
    pub(crate) fn limits(&self) -> ContainerLimits {
        match self {
            Self::Kernel(kernel) => limits_of(kernel.group.limits()),
            Self::EngineApi(_, limits) => limits.clone(),
            Self::Nothing => ContainerLimits::default(),
        }
    }

    /// Metrics that cannot be had from here, and why.
    pub(crate) fn absent(&mut self) -> BTreeMap<String, String> {
        match self {
            Self::Kernel(kernel) => kernel.absent(),
            Self::EngineApi(..) => {
                let why = "the engine's stats API does not tell it";
                NOT_IN_API.iter().map(|metric| ((*metric).to_owned(), why.to_owned())).collect()
            }
            Self::Nothing => BTreeMap::new(),
        }
    }
}

impl Kernel {
    fn read(&mut self, all: bool) -> Option<(Sample, Counters)> {
        let sample = self.group.sample().ok()?;
        let mut counters = Counters::of_sample(&sample);
        if let Ok(network) = self.network() {
            counters = counters.or(&Counters::of_network(&network));
        }
        if all || self.totals_read.is_none_or(|totals_read| totals_read.elapsed() >= TOTALS_EVERY) {
            counters = counters.or(&Counters::of_totals(&self.group.totals()));
            self.totals_read = Some(Instant::now());
        }
        Some((sample, counters))
    }

    fn network(&self) -> Result<Network, String> {
        let interfaces = self.interfaces.as_ref().map_err(ToString::to_string)?;
        interfaces.read().map_err(|error| error.to_string())
    }

    fn absent(&mut self) -> BTreeMap<String, String> {
        let Ok(sample) = self.group.sample() else { return BTreeMap::new() };
        let totals = self.group.totals();
        let known = [
            (Figure::MemoryPeak, &["memory_peak_bytes"][..], totals.memory_peak_bytes.is_some()),
            (
                Figure::MemoryKinds,
                &["memory_rss_max_bytes", "memory_cache_bytes", "memory_working_set_bytes"],
                sample.anonymous_bytes.is_some(),
            ),
            (Figure::Cpu, &["cpu_seconds"], sample.cpu.is_some()),
            (Figure::Throttling, &["cpu_throttled_ratio"], sample.throttling.is_some()),
            (Figure::Pids, &["pids_max"], sample.pids.is_some()),
            (Figure::OomKills, &["oom_kills"], totals.oom_kills.is_some()),
            (Figure::Io, &["io_read_bytes", "io_write_bytes"], totals.io.is_some()),
            (Figure::MemoryPressure, &["memory_pressure_ratio"], totals.memory_pressure.is_some()),
            (Figure::CpuPressure, &["cpu_pressure_ratio"], totals.cpu_pressure.is_some()),
            (Figure::IoPressure, &["io_pressure_ratio"], totals.io_pressure.is_some()),
        ];
        let mut absent = BTreeMap::new();
        for (figure, metrics, _) in known.into_iter().filter(|(.., known)| !known) {
            let reason = self.group.why_absent(figure).to_string();
            absent.extend(metrics.iter().map(|metric| ((*metric).to_owned(), reason.clone())));
        }
        if let Err(error) = self.network() {
            let both = ["net_rx_bytes", "net_tx_bytes"];
            absent.extend(both.map(|metric| (metric.to_owned(), error.clone())));
        }
        absent
    }
}

/// The counters in a sample of the engine.
pub(crate) fn counters(sample: &ApiSample) -> Counters {
    let network = sample.network.as_ref().map(Counters::of_network).unwrap_or_default();
    Counters::of_sample(&sample.sample).or(&Counters::of_totals(&sample.totals)).or(&network)
}
