//! Findings: limits that do not fit, and waiting.

use dp_record::detail::stats::Bound;
use dp_record::{Finding, Metrics, Severity, printable};

use crate::load::LoadEnd;
use crate::observation::Observation;

/// From this share of its limit on, memory is near it.
const NEAR: f64 = 0.9;
/// A limit of more than this multiple of the need is far above it.
const FAR: f64 = 4.0;
/// From this share of the time on, throttling and waiting are worth a word.
const HELD_BACK: f64 = 0.05;
const WAITING: f64 = 0.1;
/// A peak that is page cache by more than this share is no need.
const CACHE: f64 = 0.5;
/// Most of a load's command that advice repeats, in characters.
const COMMAND_CHARS: usize = 80;
/// Below this, nothing is to be gained.
const SMALL: f64 = 32.0 * 1_048_576.0;

/// The findings of an observation and its metrics, the worst first.
pub(crate) fn of(observation: &Observation, metrics: &Metrics) -> Vec<Finding> {
    let all = [
        killed(metrics),
        swap(observation),
        near(metrics),
        throttled(observation, metrics),
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
        unlimited(observation),
        far(observation, metrics),
        cache(observation, metrics),
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

fn swap(observation: &Observation) -> Option<Finding> {
    let most = observation.points.iter().filter_map(|point| point.swap_bytes).max()?;
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

fn throttled(observation: &Observation, metrics: &Metrics) -> Option<Finding> {
    let held = metrics.get("cpu_throttled_seconds")? / observation.period.seconds;
    (held.is_finite() && held >= HELD_BACK).then(|| {
        let cores = metrics.get("cpu_limit_cores").unwrap_or_default();
        risk("cpu_throttled", format!("its limit of {cores} CPUs held it back for {:.0} % of the time: raise it, or use fewer threads", held * 100.0))
    })
}

fn waiting(metrics: &Metrics, metric: &str, code: &str, what: &str) -> Option<Finding> {
    let share = metrics.get(metric).filter(|share| *share >= WAITING)?;
    Some(risk(
        code,
        format!("for {:.0} % of the time something in it waited for {what}", share * 100.0),
    ))
}

fn unlimited(observation: &Observation) -> Option<Finding> {
    let none = observation.limits.memory_bytes.as_ref().is_some_and(Bound::is_none);
    let advice = "it may use all memory of the machine: set --memory (--fit memory finds how much)";
    none.then(|| risk("no_memory_limit", advice.to_owned()))
}

/// By the peak, page cache included: what was needed between two readings is in
/// it too. Only where the work is known that the peak is of.
fn far(observation: &Observation, metrics: &Metrics) -> Option<Finding> {
    let work = work(observation)?;
    let (peak, limit) = (metrics.get("memory_peak_bytes")?, metrics.get("memory_limit_bytes")?);
    (limit > FAR * peak && limit - peak > SMALL).then(|| {
        let (peak, limit) = (mib(peak), mib(limit));
        let advice = format!(
            "its limit of {limit} is far above its peak of {peak} {work}: lower it if no work is \
             heavier, or give the rest to others"
        );
        Finding::new("memory_limit_far_above_need", Severity::Waste, advice)
    })
}

/// The work that a need was seen under: a load that ended well, or a life from its
/// start to a good end. A look at a container that may have been idle is neither.
fn work(observation: &Observation) -> Option<String> {
    if let Some(load) = observation.load.as_ref().filter(|load| load.end == LoadEnd::ExitCode(0)) {
        let command = printable(load.command.trim(), COMMAND_CHARS);
        return Some(format!("in the {:.1} s of the load {command:?}", load.seconds));
    }
    let seconds = observation.run_seconds.filter(|_| observation.exit_code == Some(0))?;
    Some(format!("in the {seconds:.1} s from its start to its end"))
}

/// Only where the cache itself was sampled: what no reading caught may be need.
fn cache(observation: &Observation, metrics: &Metrics) -> Option<Finding> {
    let peak = metrics.get("memory_peak_bytes")?;
    let cache = observation.points.iter().filter_map(|point| point.cache_bytes).max()? as f64;
    (cache > CACHE * peak && cache > SMALL).then(|| {
        let (peak, cache) = (mib(peak), mib(cache));
        let advice = format!(
            "{cache} of its peak of {peak} were page cache, which the kernel takes back: do not take it for need"
        );
        Finding::new("peak_is_page_cache", Severity::Note, advice)
    })
}

/// What cannot be taken back: anonymous memory, or the working set where a
/// part of that is shared memory or cache in use.
fn need(metrics: &Metrics) -> Option<f64> {
    let set = metrics.get("memory_working_set_max_bytes");
    let rss = metrics.get("memory_rss_max_bytes");
    set.into_iter().chain(rss).reduce(f64::max)
}

fn risk(code: &str, advice: String) -> Finding {
    Finding::new(code, Severity::Risk, advice)
}

fn mib(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::FinishedLoad;
    use crate::load_metrics::LoadMetrics;
    use crate::observation::{Period, Point};
    use crate::probe_summary::ProbeSummary;

    const MIB: f64 = 1_048_576.0;

    fn codes(observation: &Observation, metrics: &[(&str, f64)]) -> Vec<String> {
        let metrics = metrics.iter().copied().collect();
        of(observation, &metrics).into_iter().map(|finding| finding.code).collect()
    }

    /// Of a life to its good end.
    fn observation() -> Observation {
        let period = Period { seconds: 10.0, ..Period::default() };
        let (run_seconds, exit_code) = (Some(10.0), Some(0));
        Observation { period, exit_code, run_seconds, ..Observation::default() }
    }

    fn load(end: LoadEnd) -> FinishedLoad {
        FinishedLoad {
            command: format!("wrk -d 30 {}", "x".repeat(500)),
            seconds: 30.04,
            end,
            output: Vec::new(),
            metrics: LoadMetrics::default(),
        }
    }

    #[test]
    fn advice_to_lower_a_limit_names_the_work_that_it_rests_on() {
        let metrics: Metrics =
            [("memory_peak_bytes", MIB), ("memory_limit_bytes", 128.0 * MIB)].into_iter().collect();
        let idle = Observation { run_seconds: None, exit_code: None, ..observation() };
        let loaded = |end| Observation { load: Some(load(end)), ..idle.clone() };
        let failed = Observation { exit_code: Some(1), ..observation() };
        let stopped = Observation { exit_code: None, ..observation() };
        let seen_late = Observation { run_seconds: None, ..observation() };
        let probed = Observation { probe: Some(ProbeSummary::default()), ..idle.clone() };
        for (observation, says) in [
            (
                &observation(),
                Some("peak of 1.0 MiB in the 10.0 s from its start to its end: lower"),
            ),
            (&loaded(LoadEnd::ExitCode(0)), Some("in the 30.0 s of the load \"wrk -d 30 xxx")),
            // A look at what may be idle, and work that was not done.
            (&idle, None),
            (&probed, None),
            (&loaded(LoadEnd::ExitCode(1)), None),
            (&loaded(LoadEnd::Timeout), None),
            (&loaded(LoadEnd::Stopped), None),
            (&failed, None),
            (&stopped, None),
            (&seen_late, None),
        ] {
            let advice: Vec<String> =
                of(observation, &metrics).into_iter().map(|finding| finding.advice).collect();
            match says {
                Some(says) => assert!(advice.len() == 1 && advice[0].contains(says), "{advice:?}"),
                None => assert!(advice.is_empty(), "{advice:?}"),
            }
            assert!(advice.iter().all(|advice| advice.len() < 300), "{advice:?}");
        }
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
            assert_eq!(codes(&observation(), &metrics), expected, "{metrics:?}");
        }
    }

    #[test]
    fn a_missing_limit_is_a_finding_and_an_unknown_one_is_none() {
        assert!(codes(&observation(), &[]).is_empty());
        let mut observation = observation();
        observation.limits.memory_bytes = Some(Bound::none());
        assert_eq!(codes(&observation, &[]), ["no_memory_limit"]);
        observation.limits.memory_bytes = Some(Bound::At(1 << 30));
        assert!(codes(&observation, &[]).is_empty());
    }

    #[test]
    fn a_peak_is_page_cache_only_if_the_cache_was_seen() {
        let with = |cache_mib: u64| {
            let mut observation = observation();
            let cache_bytes = Some(cache_mib << 20);
            observation.points = vec![Point { cache_bytes, ..Point::default() }, Point::default()];
            codes(
                &observation,
                &[("memory_peak_bytes", 217.0 * MIB), ("memory_rss_max_bytes", 3.0 * MIB)],
            )
        };
        assert_eq!(with(110), ["peak_is_page_cache"]);
        // The rest may have been needed for a moment that no reading caught.
        assert!(with(108).is_empty() && with(0).is_empty());
    }

    #[test]
    fn swap_in_use_is_reported() {
        let mut observation = observation();
        observation.points = vec![Point { swap_bytes: Some(0), ..Point::default() }];
        assert!(codes(&observation, &[]).is_empty());
        observation.points.push(Point { swap_bytes: Some(4096), ..Point::default() });
        assert_eq!(codes(&observation, &[]), ["swapping"]);
    }
}
