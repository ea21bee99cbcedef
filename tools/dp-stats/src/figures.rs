//! From an observation to metrics.

use dp_math::Sample;
use dp_record::Metrics;
use dp_record::detail::stats::Bound;

use crate::observation::{Counters, Observation, Point};

/// Below so many seconds the setting-up of a container weighs more than its work.
const SHORTEST: f64 = 0.1;

/// How a peak is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeakSource {
    /// The kernel saw every byte.
    Kernel,
    /// It is the largest reading: what came and went between two is not in it.
    Sampled,
}

impl PeakSource {
    /// The word of records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Sampled => "sampled",
        }
    }
}

/// The metrics of an observation.
pub(crate) fn metrics(observation: &Observation) -> Metrics {
    let mut metrics = Metrics::default();
    memory(observation, &mut metrics);
    cpu(observation, &mut metrics);
    traffic(observation, &mut metrics);
    pressure(observation, &mut metrics);
    let peak = peak(observation, |of| of.pids_peak, |point| point.pids);
    metrics.set_known("pids_max", number(peak.map(|(pids, _)| pids)));
    metrics.set_known("oom_kills", number(oom_kills(observation)));
    metrics.set_known("exit_code", observation.exit_code.map(|code| code as f64));
    metrics.set("observed_seconds", observation.period.seconds);
    metrics.set_known("run_seconds", observation.run_seconds);
    metrics.set_count("samples", observation.points.len() as u64);
    metrics.set_known("samples_missed", number(observation.missed));
    metrics.set("overhead_cpu_seconds", observation.overhead_cpu_seconds);
    metrics.set_known("engine_cpu_seconds", observation.engine_cpu_seconds);
    if let Some(load) = &observation.load {
        load.add_to(&mut metrics);
    }
    if let Some(probe) = &observation.probe {
        probe.add_to(&mut metrics);
    }
    metrics
}

/// The peak of memory, and how it is known.
pub(crate) fn memory_peak(observation: &Observation) -> Option<(u64, PeakSource)> {
    peak(observation, |of| of.memory_peak_bytes, |point| point.memory_bytes)
}

/// Processes that were killed within the period.
pub(crate) fn oom_kills(observation: &Observation) -> Option<u64> {
    let counted = grown(observation, |of| of.oom_kills);
    // A group that is gone may not have been asked after its last kill.
    counted.max(Some(observation.oom_reported).filter(|told| *told > 0 || counted.is_some()))
}

fn memory(observation: &Observation, metrics: &mut Metrics) {
    metrics
        .set_known("memory_peak_bytes", number(memory_peak(observation).map(|(bytes, _)| bytes)));
    let most =
        |of: fn(&Point) -> Option<u64>| number(observation.points.iter().filter_map(of).max());
    metrics.set_known("memory_rss_max_bytes", most(|point| point.anonymous_bytes));
    metrics.set_known("memory_working_set_max_bytes", most(Point::working_set_bytes));
    let middle = |of: fn(&Point) -> Option<u64>| {
        let all: Vec<f64> =
            observation.points.iter().filter_map(of).map(|bytes| bytes as f64).collect();
        Sample::new(all).ok().map(|sample| sample.median().round())
    };
    metrics.set_known("memory_working_set_bytes", middle(Point::working_set_bytes));
    metrics.set_known("memory_cache_bytes", middle(|point| point.cache_bytes));
    metrics.set_known(
        "memory_limit_bytes",
        number(observation.limits.memory_bytes.as_ref().and_then(Bound::at)),
    );
}

fn cpu(observation: &Observation, metrics: &mut Metrics) {
    let spent = passed(observation, |of| of.cpu_seconds);
    metrics.set_known("cpu_seconds", spent);
    metrics.set_known("cpu_cores", spent.and_then(|spent| share(spent, observation)));
    metrics.set_known("cpu_limit_cores", observation.limits.cpu_cores.as_ref().and_then(Bound::at));
    // Without a quota nothing is throttled, and nothing counts periods.
    if observation.limits.cpu_cores.as_ref().and_then(Bound::at).is_some() {
        let periods = grown(observation, |of| of.periods).filter(|periods| *periods > 0);
        let throttled = grown(observation, |of| of.throttled_periods);
        let ratio = throttled.zip(periods).map(|(part, all)| part as f64 / all as f64);
        metrics.set_known("cpu_throttled_ratio", ratio);
        metrics.set_known("cpu_throttled_seconds", passed(observation, |of| of.throttled_seconds));
    }
}

fn traffic(observation: &Observation, metrics: &mut Metrics) {
    metrics.set_known("io_read_bytes", number(grown(observation, |of| of.io_read_bytes)));
    metrics.set_known("io_write_bytes", number(grown(observation, |of| of.io_write_bytes)));
    metrics.set_known("net_rx_bytes", number(grown(observation, |of| of.net_rx_bytes)));
    metrics.set_known("net_tx_bytes", number(grown(observation, |of| of.net_tx_bytes)));
}

fn pressure(observation: &Observation, metrics: &mut Metrics) {
    let mut set = |name, of: fn(&Counters) -> Option<f64>| {
        // Kernel and client read their clocks one after the other.
        let ratio = passed(observation, of).and_then(|waited| share(waited, observation));
        metrics.set_known(name, ratio.map(|ratio| ratio.min(1.0)));
    };
    set("memory_pressure_ratio", |of| of.memory_pressure_seconds);
    set("cpu_pressure_ratio", |of| of.cpu_pressure_seconds);
    set("io_pressure_ratio", |of| of.io_pressure_seconds);
}

/// A peak of the period: the kernel's, if it began with the period or grew
/// within it; else the largest reading, which the kernel's bounds.
fn peak(
    observation: &Observation,
    kept: fn(&Counters) -> Option<u64>,
    sampled: fn(&Point) -> Option<u64>,
) -> Option<(u64, PeakSource)> {
    let (before, after) = (kept(&observation.before), kept(&observation.after));
    let kernel = after.filter(|after| before.is_none_or(|before| *after > before));
    if let Some(peak) = kernel {
        return Some((peak, PeakSource::Kernel));
    }
    observation.points.iter().filter_map(sampled).max().map(|peak| (peak, PeakSource::Sampled))
}

/// How much a counter grew within the period.
fn grown(observation: &Observation, of: fn(&Counters) -> Option<u64>) -> Option<u64> {
    Some(of(&observation.after)?.saturating_sub(of(&observation.before).unwrap_or(0)))
}

/// The same for seconds.
fn passed(observation: &Observation, of: fn(&Counters) -> Option<f64>) -> Option<f64> {
    Some((of(&observation.after)? - of(&observation.before).unwrap_or(0.0)).max(0.0))
}

/// None of a period that is too short to be shared out.
fn share(part: f64, observation: &Observation) -> Option<f64> {
    Some(part / observation.period.seconds).filter(|_| observation.period.seconds >= SHORTEST)
}

fn number(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Period;

    fn point(memory: u64, inactive: u64) -> Point {
        Point {
            memory_bytes: Some(memory),
            inactive_file_bytes: Some(inactive),
            anonymous_bytes: Some(memory / 2),
            pids: Some(memory / 100),
            ..Point::default()
        }
    }

    fn observation() -> Observation {
        Observation {
            period: Period { seconds: 10.0, ..Period::default() },
            points: vec![point(300, 0), point(500, 100), point(400, 100)],
            missed: Some(0),
            ..Observation::default()
        }
    }

    #[test]
    fn working_set_is_a_median_and_a_maximum_of_the_readings() {
        let metrics = metrics(&observation());
        assert_eq!(metrics.get("memory_working_set_bytes"), Some(300.0));
        assert_eq!(metrics.get("memory_working_set_max_bytes"), Some(400.0));
        assert_eq!(metrics.get("memory_rss_max_bytes"), Some(250.0));
        assert_eq!((metrics.get("samples"), metrics.get("pids_max")), (Some(3.0), Some(5.0)));
    }

    #[test]
    fn the_kernels_peak_counts_if_it_is_of_the_period() {
        let with = |before, after| {
            let mut observation = observation();
            observation.before.memory_peak_bytes = before;
            observation.after.memory_peak_bytes = after;
            memory_peak(&observation)
        };
        assert_eq!(with(None, Some(900)), Some((900, PeakSource::Kernel)));
        assert_eq!(with(Some(800), Some(900)), Some((900, PeakSource::Kernel)));
        // It was reached before: what the readings saw is all that is known.
        assert_eq!(with(Some(900), Some(900)), Some((500, PeakSource::Sampled)));
        assert_eq!(with(None, None), Some((500, PeakSource::Sampled)));
    }

    #[test]
    fn counters_are_differences_over_the_period() {
        let mut observation = observation();
        observation.before = Counters {
            cpu_seconds: Some(3.0),
            net_rx_bytes: Some(100),
            io_pressure_seconds: Some(1.0),
            ..Counters::default()
        };
        observation.after = Counters {
            cpu_seconds: Some(8.0),
            net_rx_bytes: Some(350),
            io_pressure_seconds: Some(1.5),
            io_read_bytes: None,
            ..Counters::default()
        };
        let metrics = metrics(&observation);
        assert_eq!(metrics.get("cpu_seconds"), Some(5.0));
        assert_eq!(metrics.get("cpu_cores"), Some(0.5));
        assert_eq!(metrics.get("net_rx_bytes"), Some(250.0));
        assert_eq!(metrics.get("io_pressure_ratio"), Some(0.05));
        assert_eq!(metrics.get("io_read_bytes"), None);
    }

    #[test]
    fn throttling_is_reported_where_there_is_a_quota() {
        let mut observation = observation();
        observation.after = Counters {
            periods: Some(40),
            throttled_periods: Some(10),
            throttled_seconds: Some(0.7),
            ..Counters::default()
        };
        observation.limits.cpu_cores = Some(Bound::none());
        assert_eq!(metrics(&observation).get("cpu_throttled_ratio"), None);
        observation.limits.cpu_cores = Some(Bound::At(0.5));
        let metrics = metrics(&observation);
        assert_eq!(metrics.get("cpu_throttled_ratio"), Some(0.25));
        assert_eq!(metrics.get("cpu_throttled_seconds"), Some(0.7));
        assert_eq!(metrics.get("cpu_limit_cores"), Some(0.5));
    }

    #[test]
    fn a_kill_that_only_the_engine_reported_counts() {
        let mut observation = observation();
        assert_eq!(oom_kills(&observation), None);
        observation.after.oom_kills = Some(0);
        assert_eq!(oom_kills(&observation), Some(0));
        observation.oom_reported = 1;
        assert_eq!(oom_kills(&observation), Some(1));
        observation.after.oom_kills = None;
        assert_eq!(oom_kills(&observation), Some(1));
    }
}
