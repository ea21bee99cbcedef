//! What should be looked at: limits that do not fit, and waiting.

use dp_record::Metrics;
use serde::Serialize;

use crate::observation::{Bound, NoLimit, Observation};

/// From this share of its limit on, memory is near it.
const NEAR: f64 = 0.9;
/// A limit of more than this multiple of the need is far above it.
const FAR: f64 = 4.0;
/// From this share of the time on, throttling and waiting are worth a word.
const HELD_BACK: f64 = 0.05;
const WAITING: f64 = 0.1;
/// A peak that is page cache by more than this share is no need.
const CACHE: f64 = 0.5;
/// Below this, nothing is to be gained.
const SMALL: f64 = 32.0 * 1_048_576.0;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Finding {
    /// What it is; stable.
    pub(crate) code: &'static str,
    /// `risk`: work is lost or held back. `waste`: more than is needed.
    /// `note`: for reading the figures rightly.
    pub(crate) severity: &'static str,
    /// What to do, in one sentence.
    pub(crate) advice: String,
}

/// The findings of an observation and its metrics, the worst first.
pub(crate) fn of(seen: &Observation, metrics: &Metrics) -> Vec<Finding> {
    let all = [
        killed(metrics),
        swap(seen),
        near(metrics),
        throttled(seen, metrics),
        waiting(metrics, "memory_pressure_ratio", "memory_pressure", "memory: raise its limit"),
        waiting(
            metrics,
            "cpu_pressure_ratio",
            "cpu_pressure",
            "a CPU: raise its limit or give it a quieter machine",
        ),
        waiting(
            metrics,
            "io_pressure_ratio",
            "io_pressure",
            "input and output: look at its disks and at the page cache",
        ),
        unlimited(seen),
        far(metrics),
        cache(seen, metrics),
    ];
    all.into_iter().flatten().collect()
}

fn killed(metrics: &Metrics) -> Option<Finding> {
    let kills = metrics.get("oom_kills").filter(|kills| *kills > 0.0)?;
    let limit = match metrics.get("memory_limit_bytes") {
        Some(limit) => format!("its limit of {} is below what it needs", mib(limit)),
        None => "the machine had no memory left".to_owned(),
    };
    let what = if kills > 1.0 {
        format!("{kills} processes were killed")
    } else {
        "a process was killed".to_owned()
    };
    Some(risk("oom_killed", format!("{what} for want of memory: {limit}")))
}

fn swap(seen: &Observation) -> Option<Finding> {
    let most = seen.points.iter().filter_map(|point| point.swap_bytes).max()?;
    (most > 0).then(|| {
        let most = mib(most as f64);
        risk("swapping", format!("up to {most} were swapped out, which is slow: raise the limit of memory, and set --memory-swap to the same"))
    })
}

fn near(metrics: &Metrics) -> Option<Finding> {
    let (need, limit) = (need(metrics)?, metrics.get("memory_limit_bytes")?);
    (need >= NEAR * limit).then(|| {
        let (need, limit) = (mib(need), mib(limit));
        risk("near_memory_limit", format!("it needs {need} of its limit of {limit}: raise it (--fit memory finds the right one)"))
    })
}

fn throttled(seen: &Observation, metrics: &Metrics) -> Option<Finding> {
    let held = metrics.get("cpu_throttled_seconds")? / seen.period.seconds;
    (held.is_finite() && held >= HELD_BACK).then(|| {
        let cores = metrics.get("cpu_limit_cores").unwrap_or_default();
        risk("cpu_throttled", format!("its limit of {cores} CPUs held it back for {:.0} % of the time: raise it, or use fewer threads", held * 100.0))
    })
}

fn waiting(metrics: &Metrics, metric: &str, code: &'static str, what: &str) -> Option<Finding> {
    let share = metrics.get(metric).filter(|share| *share >= WAITING)?;
    Some(risk(
        code,
        format!("for {:.0} % of the time something in it waited for {what}", share * 100.0),
    ))
}

fn unlimited(seen: &Observation) -> Option<Finding> {
    let none = seen.limits.memory_bytes == Some(Bound::None(NoLimit::None));
    none.then(|| {
        let advice =
            "it may use all memory of the machine: set --memory (--fit memory finds how much)";
        Finding { code: "no_memory_limit", severity: "risk", advice: advice.to_owned() }
    })
}

/// By the peak, page cache included: what was needed between two readings is in
/// it too.
fn far(metrics: &Metrics) -> Option<Finding> {
    let (peak, limit) = (metrics.get("memory_peak_bytes")?, metrics.get("memory_limit_bytes")?);
    (limit > FAR * peak && limit - peak > SMALL).then(|| {
        let (peak, limit) = (mib(peak), mib(limit));
        let advice = format!(
            "its limit of {limit} is far above its peak of {peak}: lower it, or give the rest to others"
        );
        Finding { code: "memory_limit_far_above_need", severity: "waste", advice }
    })
}

/// Only where the cache itself was seen: what no reading caught may be need.
fn cache(seen: &Observation, metrics: &Metrics) -> Option<Finding> {
    let peak = metrics.get("memory_peak_bytes")?;
    let cache = seen.points.iter().filter_map(|point| point.cache_bytes).max()? as f64;
    (cache > CACHE * peak && cache > SMALL).then(|| {
        let (peak, cache) = (mib(peak), mib(cache));
        let advice = format!(
            "{cache} of its peak of {peak} were page cache, which the kernel takes back: do not take it for need"
        );
        Finding { code: "peak_is_page_cache", severity: "note", advice }
    })
}

/// What cannot be taken back: anonymous memory, or the working set where a
/// part of that is shared memory or cache in use.
fn need(metrics: &Metrics) -> Option<f64> {
    let set = metrics.get("memory_working_set_max_bytes");
    let rss = metrics.get("memory_rss_max_bytes");
    set.into_iter().chain(rss).reduce(f64::max)
}

fn risk(code: &'static str, advice: String) -> Finding {
    Finding { code, severity: "risk", advice }
}

fn mib(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Period, Point};

    const MIB: f64 = 1_048_576.0;

    fn codes(seen: &Observation, metrics: &[(&str, f64)]) -> Vec<&'static str> {
        let metrics = metrics.iter().copied().collect();
        of(seen, &metrics).into_iter().map(|finding| finding.code).collect()
    }

    fn seen() -> Observation {
        let period = Period { seconds: 10.0, ..Period::default() };
        Observation { period, ..Observation::default() }
    }

    #[test]
    fn each_finding_has_its_condition_and_is_silent_just_below_it() {
        let limit = ("memory_limit_bytes", 1000.0 * MIB);
        let rss = |mib: f64| ("memory_rss_max_bytes", mib * MIB);
        let peak = |mib: f64| ("memory_peak_bytes", mib * MIB);
        for (metrics, expected) in [
            (vec![("oom_kills", 1.0), limit], vec!["oom_killed"]),
            (vec![("oom_kills", 0.0)], vec![]),
            (vec![rss(900.0), limit], vec!["near_memory_limit"]),
            (vec![rss(899.0), limit], vec![]),
            (vec![rss(251.0), limit], vec![]),
            (vec![peak(251.0), limit], vec![]),
            // What was needed between two readings is in the peak.
            (vec![peak(251.0), rss(3.0), limit], vec![]),
            (vec![peak(249.0), limit], vec!["memory_limit_far_above_need"]),
            // A small limit is no waste, whatever the share.
            (vec![peak(1.0), ("memory_limit_bytes", 32.0 * MIB)], vec![]),
            (vec![("cpu_throttled_seconds", 0.5)], vec!["cpu_throttled"]),
            (vec![("cpu_throttled_seconds", 0.49)], vec![]),
            (vec![("memory_pressure_ratio", 0.1)], vec!["memory_pressure"]),
            (vec![("cpu_pressure_ratio", 0.1)], vec!["cpu_pressure"]),
            (vec![("io_pressure_ratio", 0.1)], vec!["io_pressure"]),
            (vec![("io_pressure_ratio", 0.09)], vec![]),
        ] {
            assert_eq!(codes(&seen(), &metrics), expected, "{metrics:?}");
        }
    }

    #[test]
    fn a_missing_limit_is_a_finding_and_an_unknown_one_is_none() {
        assert!(codes(&seen(), &[]).is_empty());
        let mut seen = seen();
        seen.limits.memory_bytes = Some(Bound::None(NoLimit::None));
        assert_eq!(codes(&seen, &[]), ["no_memory_limit"]);
        seen.limits.memory_bytes = Some(Bound::At(1 << 30));
        assert!(codes(&seen, &[]).is_empty());
    }

    #[test]
    fn a_peak_is_page_cache_only_if_the_cache_was_seen() {
        let with = |cache_mib: u64| {
            let mut seen = seen();
            let cache_bytes = Some(cache_mib << 20);
            seen.points = vec![Point { cache_bytes, ..Point::default() }, Point::default()];
            codes(&seen, &[("memory_peak_bytes", 217.0 * MIB), ("memory_rss_max_bytes", 3.0 * MIB)])
        };
        assert_eq!(with(110), ["peak_is_page_cache"]);
        // The rest may have been needed for a moment that no reading caught.
        assert!(with(108).is_empty() && with(0).is_empty());
    }

    #[test]
    fn swap_in_use_is_told() {
        let mut seen = seen();
        seen.points = vec![Point { swap_bytes: Some(0), ..Point::default() }];
        assert!(codes(&seen, &[]).is_empty());
        seen.points.push(Point { swap_bytes: Some(4096), ..Point::default() });
        assert_eq!(codes(&seen, &[]), ["swapping"]);
    }
}
