//! The sum of a stack's services.
//!
//! Peaks of services are not added up: they need not have been at the same time. Memory, CPU
//! time, processes and pressure are read in the control group around all of them. What that
//! group does not count (network; kills, where control groups are of version 1) is the sum of
//! the services' counters, which only grow. Without that group there is no sum of memory.

use std::pin::pin;
use std::time::Duration;

use dp_cgroup::{ParentGroup, Version};
use dp_record::detail::stats::ContainerLimits;

use crate::observation::{Counters, Observation, Period};
use crate::reader::Reader;
use crate::watch::{Readings, Watcher};

/// Reads the group around a stack while its services are watched.
pub(super) struct SumWatch {
    watcher: Result<Watcher, String>,
    /// Whether the group counts kills below it.
    counts_kills: bool,
    interval: Duration,
}

/// What was read of it.
pub(super) struct SumReadings {
    read: Result<Readings, String>,
    counts_kills: bool,
    interval: Duration,
}

/// What is known of the whole only by its own group.
const OF_GROUP: [&str; 8] = [
    "memory_peak_bytes",
    "memory_rss_max_bytes",
    "memory_working_set_bytes",
    "memory_cache_bytes",
    "pids_max",
    "memory_pressure_ratio",
    "cpu_pressure_ratio",
    "io_pressure_ratio",
];

impl SumWatch {
    /// Begins with what has been counted so far.
    pub(super) fn begin(group: Result<&ParentGroup, &str>, interval: Duration) -> Self {
        let group = group.map_err(str::to_owned);
        let group = group.and_then(|group| group.group().map_err(|error| error.to_string()));
        let counts_kills = group.as_ref().is_ok_and(|group| group.version() == Version::V2);
        let watcher = group.map(|group| Watcher::begin(Reader::of_group(group), interval));
        Self { watcher, counts_kills, interval }
    }

    /// Reads as long as `work` takes.
    pub(super) async fn meanwhile<T>(self, work: impl Future<Output = T>) -> (T, SumReadings) {
        let Self { mut watcher, counts_kills, interval } = self;
        let mut work = pin!(work);
        let done = loop {
            let reading = async {
                match &mut watcher {
                    Ok(watcher) => watcher.next().await,
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                done = &mut work => break done,
                () = reading => {}
            }
        };
        (done, SumReadings { read: watcher.map(Watcher::end), counts_kills, interval })
    }
}

impl SumReadings {
    /// The observation of the whole, whose services these are.
    pub(super) fn observation(self, services: &[&Observation]) -> Observation {
        let seconds = services.iter().map(|one| one.period.seconds).fold(0.0, f64::max);
        let name = services.first().map(|one| one.period.name.clone()).unwrap_or_default();
        let period = Period { name, seconds };
        let sum = |of: fn(&Observation) -> &Counters| {
            services.iter().map(|one| *of(one)).reduce(|a, b| added(&a, &b)).unwrap_or_default()
        };
        let (before, after) = (sum(|one| &one.before), sum(|one| &one.after));
        let mut observation = match self.read {
            Ok(read) => {
                let mut own = read.into_observation(period, self.interval);
                // Each service is throttled for itself, and under limits of its own.
                let others = ["cpu_throttled_ratio", "oom_kills", "net_rx_bytes", "net_tx_bytes"];
                own.absent.retain(|metric, _| !others.contains(&metric.as_str()));
                own.limits = ContainerLimits::default();
                own.own_group = true;
                if !self.counts_kills {
                    (own.before.oom_kills, own.after.oom_kills) = (None, None);
                }
                own
            }
            Err(why) => Observation {
                period,
                source: "sums of the services' counters".to_owned(),
                absent: OF_GROUP.map(|metric| (metric.to_owned(), why.clone())).into(),
                ..Observation::default()
            },
        };
        observation.before = observation.before.or(&before);
        observation.after = observation.after.or(&after);
        observation.load = services.iter().find_map(|one| one.load.clone());
        observation.oom_reported = services.iter().map(|one| one.oom_reported).sum();
        if let Some(first) = services.first() {
            observation.overhead_cpu_seconds = first.overhead_cpu_seconds;
            observation.engine_cpu_seconds = first.engine_cpu_seconds;
        }
        observation
    }
}

/// Counters that may be added up; unknown where one is.
fn added(a: &Counters, b: &Counters) -> Counters {
    let count = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
    Counters {
        cpu_seconds: a.cpu_seconds.zip(b.cpu_seconds).map(|(a, b)| a + b),
        oom_kills: count(a.oom_kills, b.oom_kills),
        io_read_bytes: count(a.io_read_bytes, b.io_read_bytes),
        io_write_bytes: count(a.io_write_bytes, b.io_write_bytes),
        net_rx_bytes: count(a.net_rx_bytes, b.net_rx_bytes),
        net_tx_bytes: count(a.net_tx_bytes, b.net_tx_bytes),
        ..Counters::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(cpu: f64, received: Option<u64>, peak: u64) -> Observation {
        Observation {
            period: Period { name: "from now to the end of --for".to_owned(), seconds: 2.0 },
            before: Counters { cpu_seconds: Some(1.0), ..Counters::default() },
            after: Counters {
                cpu_seconds: Some(cpu),
                net_rx_bytes: received,
                memory_peak_bytes: Some(peak),
                ..Counters::default()
            },
            ..Observation::default()
        }
    }

    fn sum(services: &[&Observation]) -> Observation {
        let read = Err("no group".to_owned());
        let none = SumReadings { read, counts_kills: false, interval: Duration::ZERO };
        none.observation(services)
    }

    #[test]
    fn counters_are_added_and_peaks_are_not() {
        let (a, b) = (service(2.0, Some(100), 500), service(4.0, Some(10), 700));
        let sum = sum(&[&a, &b]);
        assert_eq!((sum.before.cpu_seconds, sum.after.cpu_seconds), (Some(2.0), Some(6.0)));
        assert_eq!(sum.after.net_rx_bytes, Some(110));
        assert_eq!(sum.after.memory_peak_bytes, None);
        assert_eq!(sum.absent["memory_peak_bytes"], "no group");
    }

    #[test]
    fn a_sum_of_what_is_not_known_is_not_known() {
        let sum = sum(&[&service(2.0, Some(100), 1), &service(4.0, None, 1)]);
        assert_eq!(sum.after.net_rx_bytes, None);
    }

    #[test]
    fn of_one_service_the_counters_are_its_own() {
        let one = service(2.0, None, 1);
        assert_eq!(sum(&[&one]).after.cpu_seconds, Some(2.0));
    }
}
