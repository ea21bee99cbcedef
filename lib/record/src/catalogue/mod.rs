//! The catalogue of metrics: name, unit, which way is better, exact or noisy,
//! headline or not, floors, and one sentence.

mod build;
mod cache;
mod size;
mod start;
mod stats;

use std::fmt;

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds (`_seconds`).
    Seconds,
    /// Bytes (`_bytes`).
    Bytes,
    /// A share, mostly 0 to 1 (`_ratio`).
    Ratio,
    /// CPU seconds a second (`_cores`).
    Cores,
    /// A count (no suffix).
    Count,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// Neither.
    None,
}

/// One metric of one kind of record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Kind of the records that carry it.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Which way is better.
    pub better: Better,
    /// Whether two runs over the same thing give the same value.
    pub exact: bool,
    /// Whether it gets a verdict without being named by a budget.
    pub headline: bool,
    /// The smallest change that matters, as a share of the baseline.
    pub floor_ratio: f64,
    /// The smallest change that matters, in the metric's unit.
    pub floor: f64,
    /// What must be known of the subject for it, in words: a record without that
    /// rightly lacks the metric. None where every good record should have it.
    pub needs: Option<&'static str>,
    /// One sentence.
    pub about: &'static str,
}

impl Metric {
    /// The unit, from the name.
    pub fn unit(&self) -> Unit {
        unit_by_name(self.name)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Ratio => "ratio",
            Self::Cores => "cores",
            Self::Count => "count",
        })
    }
}

impl fmt::Display for Better {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::None => "none",
        })
    }
}

/// All metrics, by kind.
pub fn catalogue() -> impl Iterator<Item = &'static Metric> {
    let kinds = [build::METRICS, size::METRICS, start::METRICS, stats::METRICS, cache::METRICS];
    kinds.into_iter().flatten()
}

/// The metric of this kind and name.
pub fn metric(kind: &str, name: &str) -> Option<&'static Metric> {
    catalogue().find(|metric| metric.kind == kind && metric.name == name)
}

/// The headline metrics of a kind, at most three.
pub fn headline(kind: &str) -> impl Iterator<Item = &'static Metric> {
    catalogue().filter(move |metric| metric.headline && metric.kind == kind)
}

/// The unit that a metric's name ends in.
pub fn unit_by_name(name: &str) -> Unit {
    let suffixes = [
        ("_seconds", Unit::Seconds),
        ("_bytes", Unit::Bytes),
        ("_ratio", Unit::Ratio),
        ("_cores", Unit::Cores),
    ];
    let found = suffixes.into_iter().find(|(suffix, _)| name.ends_with(suffix));
    found.map_or(Unit::Count, |(_, unit)| unit)
}

/// Floors of noisy times: 5 % as in Firecracker's A/B tests, and 20 ms, below
/// which the scheduling of a build client alone moves a figure.
const fn time(kind: &'static str, name: &'static str, about: &'static str) -> Metric {
    Metric {
        kind,
        name,
        better: Better::Lower,
        exact: false,
        headline: false,
        floor_ratio: 0.05,
        floor: 0.02,
        needs: None,
        about,
    }
}

/// Floors of exact bytes: 0.1 % and 64 KiB.
const fn bytes(kind: &'static str, name: &'static str, about: &'static str) -> Metric {
    Metric {
        kind,
        name,
        better: Better::Lower,
        exact: true,
        headline: false,
        floor_ratio: 0.001,
        floor: 65_536.0,
        needs: None,
        about,
    }
}

/// Counts have no floor: one step more is one step more.
const fn count(
    kind: &'static str,
    name: &'static str,
    better: Better,
    about: &'static str,
) -> Metric {
    Metric {
        kind,
        name,
        better,
        exact: true,
        headline: false,
        floor_ratio: 0.0,
        floor: 0.0,
        needs: None,
        about,
    }
}

const fn needing(needs: &'static str, metric: Metric) -> Metric {
    Metric { needs: Some(needs), ..metric }
}

const fn headlined(metric: Metric) -> Metric {
    Metric { headline: true, ..metric }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_kind_has_more_than_three_headlines() {
        let kinds: BTreeSet<_> = catalogue().map(|metric| metric.kind).collect();
        for kind in kinds {
            let count = headline(kind).count();
            assert!((1..=3).contains(&count), "{kind} has {count}");
        }
    }

    #[test]
    fn each_metric_stands_once_and_is_explained_by_one_sentence() {
        let mut seen = BTreeSet::new();
        for metric in catalogue() {
            assert!(seen.insert((metric.kind, metric.name)), "{} twice", metric.name);
            assert!(
                metric.about.ends_with('.') && !metric.about.contains(". "),
                "{}",
                metric.about
            );
        }
    }

    #[test]
    fn the_unit_stands_in_the_name() {
        assert_eq!(unit_by_name("wall_seconds"), Unit::Seconds);
        assert_eq!(unit_by_name("size_bytes"), Unit::Bytes);
        assert_eq!(unit_by_name("cache_hit_ratio"), Unit::Ratio);
        assert_eq!(unit_by_name("cpu_cores"), Unit::Cores);
        assert_eq!(unit_by_name("steps"), Unit::Count);
    }
}
