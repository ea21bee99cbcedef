//! How one metric of one series went: its levels, and the last good one.

use std::collections::BTreeMap;

use dp_math::{Sample, change_points};
use dp_record::{Better, Record, SeriesKey};
use jiff::Timestamp;

use crate::history::store;
use crate::input::measure::Measure;
use crate::input::selection::Selection;
use crate::judge::batches::MIN_BATCHES;
use crate::judge::verdict::ALPHA;

/// Runs that are looked at, the last ones: what was before is counted only.
const RUNS: usize = 200;

/// One metric of one series over time.
#[derive(Debug)]
pub(crate) struct Trend {
    pub(crate) key: SeriesKey,
    pub(crate) measure: Measure,
    /// The runs that are looked at, by their time.
    pub(crate) points: Vec<Point>,
    /// How many were before them.
    pub(crate) earlier: usize,
    /// The very first one.
    pub(crate) first: Point,
    /// The levels of the points, one after the other; at least one.
    pub(crate) levels: Vec<Level>,
    /// Which of them is the last good one.
    pub(crate) good: usize,
}

/// What one report said of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// When its last run began.
    pub(crate) at: Timestamp,
    /// The batch of that; empty if not known.
    pub(crate) batch: String,
    /// Id of the environment; none if not known, or if there were several.
    pub(crate) env: Option<String>,
    /// How many runs.
    pub(crate) n: u64,
    pub(crate) median: f64,
    /// The interval of the median.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) verdict: Option<String>,
    /// The user's words.
    pub(crate) meta: BTreeMap<String, String>,
}

/// Points in a row between which nothing surely changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Level {
    /// The first point.
    pub(crate) begin: usize,
    /// The one behind the last.
    pub(crate) end: usize,
    /// The middle of their medians.
    pub(crate) median: f64,
}

impl Point {
    fn of(record: &Record) -> Option<Self> {
        let detail = record.verdict_detail()?;
        Some(Self {
            at: record.at,
            batch: record.run.as_ref().map(|run| run.batch.clone()).unwrap_or_default(),
            env: record.env.clone(),
            n: detail.n.unwrap_or(0),
            median: detail.median?,
            interval: detail.low.zip(detail.high),
            verdict: detail.verdict.clone(),
            meta: record.meta.clone(),
        })
    }
}

impl Trend {
    /// The series of a history whose keys fit, in the order in which they came.
    pub(crate) fn all(records: &[Record], fits: impl Fn(&SeriesKey, &str) -> bool) -> Vec<Self> {
        let mut order: Vec<(SeriesKey, Measure)> = Vec::new();
        let mut points: BTreeMap<(SeriesKey, String), Vec<Point>> = BTreeMap::new();
        for record in records {
            let (Some(key), Some(point)) = (store::key(record), Point::of(record)) else {
                continue;
            };
            let Some(measure) = measure(record, &key) else { continue };
            if !fits(&key, &measure.name) {
                continue;
            }
            let of_series = points.entry((key.clone(), measure.name.clone())).or_default();
            if of_series.is_empty() {
                order.push((key, measure));
            }
            of_series.push(point);
        }
        let trend = |(key, measure): (SeriesKey, Measure)| {
            let points = points.remove(&(key.clone(), measure.name.clone()))?;
            Self::new(key, measure, points)
        };
        order.into_iter().filter_map(trend).collect()
    }

    /// None without points.
    pub(crate) fn new(key: SeriesKey, measure: Measure, mut points: Vec<Point>) -> Option<Self> {
        points.sort_by_key(|point| point.at); // stable: those of one time stay in order
        let first = points.first()?.clone();
        let earlier = points.len().saturating_sub(RUNS);
        points.drain(..earlier);
        let levels = levels(&measure, &points);
        let good = last_good(&measure, &levels);
        Some(Self { key, measure, points, earlier, first, levels, good })
    }

    /// The newest point.
    pub(crate) fn latest(&self) -> &Point {
        self.points.last().unwrap_or(&self.first)
    }

    /// The level that the metric has now.
    pub(crate) fn current(&self) -> Option<&Level> {
        self.levels.last()
    }

    /// The last level that was not worse than the good one before it.
    pub(crate) fn last_good(&self) -> Option<&Level> {
        self.levels.get(self.good)
    }

    /// How it would have been without the newest point; none if there was none before.
    pub(crate) fn before(&self) -> Option<Self> {
        let points = self.points[..self.points.len().saturating_sub(1)].to_vec();
        Self::new(self.key.clone(), self.measure.clone(), points)
    }

    /// Which way a change of the median is.
    pub(crate) fn direction(&self, change: f64) -> Direction {
        match self.measure.better {
            Better::Lower if change > 0.0 => Direction::Worse,
            Better::Higher if change < 0.0 => Direction::Worse,
            Better::None => Direction::Other,
            Better::Lower | Better::Higher => Direction::Better,
        }
    }
}

/// Which way something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Better,
    Worse,
    /// Nobody says which way is better.
    Other,
}

impl Direction {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Other => "changed",
        }
    }
}

/// What is known of the metric of a line; the catalogue counts more than the line.
fn measure(record: &Record, key: &SeriesKey) -> Option<Measure> {
    let detail = record.verdict_detail()?;
    let declared = detail.unit.as_ref().zip(detail.better.as_ref());
    let declared = declared.map(|(unit, better)| format!("{unit} {better}"));
    let metric = detail.metric.as_deref()?;
    Some(Measure::of(&key.kind, metric, declared.as_deref(), &Selection::default()))
}

fn levels(measure: &Measure, points: &[Point]) -> Vec<Level> {
    let medians: Vec<f64> = points.iter().map(|point| point.median).collect();
    let mut places = if measure.exact {
        steps(measure, &medians)
    } else {
        change_points(&medians, MIN_BATCHES, ALPHA)
    };
    loop {
        let levels = between(&medians, &places);
        // The smallest of those that do not matter is none.
        let sizes = levels.windows(2).enumerate().map(|(index, pair)| {
            let floor = measure.floor_from(pair[0].median);
            (index, (pair[1].median - pair[0].median).abs(), floor)
        });
        let small = sizes.filter(|(_, size, floor)| size <= floor);
        let Some((index, ..)) = small.min_by(|a, b| a.1.total_cmp(&b.1)) else { return levels };
        places.remove(index);
    }
}

/// Exact values do not vary: what lies beyond the floor is another level at once.
fn steps(measure: &Measure, medians: &[f64]) -> Vec<usize> {
    let mut places = Vec::new();
    let Some(mut level) = medians.first().copied() else { return places };
    for (place, median) in medians.iter().enumerate() {
        if (median - level).abs() > measure.floor_from(level) {
            places.push(place);
            level = *median;
        }
    }
    places
}

fn between(medians: &[f64], places: &[usize]) -> Vec<Level> {
    let begins = [0].into_iter().chain(places.iter().copied());
    let ends = places.iter().copied().chain([medians.len()]);
    let level = |(begin, end): (usize, usize)| {
        let sample = Sample::new(medians[begin..end].to_vec()).ok()?;
        Some(Level { begin, end, median: sample.median() })
    };
    begins.zip(ends).filter_map(level).collect()
}

/// Each level is measured against the good one before it: one that is worse by more
/// than the floor is not good.
fn last_good(measure: &Measure, levels: &[Level]) -> usize {
    let mut good = 0;
    for (index, level) in levels.iter().enumerate() {
        let Some(known) = levels.get(good) else { break };
        let change = level.median - known.median;
        let worse = match measure.better {
            Better::Lower => change,
            Better::Higher => -change,
            Better::None => 0.0,
        };
        if worse <= measure.floor_from(known.median) {
            good = index;
        }
    }
    good
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A build's time: floors of 5 % and 20 ms.
    pub(crate) fn trend(medians: &[f64]) -> Trend {
        of("build", "wall_seconds", medians)
    }

    fn of(kind: &str, metric: &str, medians: &[f64]) -> Trend {
        let key = SeriesKey::new(kind, &dp_record::Subject::default());
        let points = medians.iter().zip(0..).map(|(median, second)| Point {
            at: Timestamp::from_second(second).unwrap(),
            batch: format!("b{second}"),
            env: None,
            n: 8,
            median: *median,
            interval: None,
            verdict: None,
            meta: BTreeMap::new(),
        });
        let measure = Measure::of(kind, metric, None, &Selection::default());
        Trend::new(key, measure, points.collect()).unwrap()
    }

    /// Values about this level that differ by 1 %.
    pub(crate) fn about(level: f64, count: usize) -> Vec<f64> {
        let noise = [0.0, 0.01, -0.01, 0.005, -0.005, 0.002, -0.007];
        noise.iter().cycle().take(count).map(|share| level * (1.0 + share)).collect()
    }

    fn begins(trend: &Trend) -> Vec<usize> {
        trend.levels.iter().map(|level| level.begin).collect()
    }

    #[test]
    fn a_level_that_is_worse_is_not_the_last_good_one() {
        let worse = trend(&[about(2.0, 12), about(2.4, 8)].concat());
        assert_eq!((begins(&worse), worse.good), (vec![0, 12], 0));
        let better = trend(&[about(2.4, 12), about(2.0, 8)].concat());
        assert_eq!((begins(&better), better.good), (vec![0, 12], 1));
        let back = trend(&[about(2.0, 12), about(2.4, 8), about(2.0, 9)].concat());
        assert_eq!((begins(&back), back.good), (vec![0, 12, 20], 2));
    }

    #[test]
    fn what_is_below_the_floor_is_one_level() {
        let small = trend(&[about(2.0, 20), about(2.06, 20)].concat());
        assert_eq!(begins(&small), [0]);
        // Each step is below the floor, and all of them together are not.
        let stairs = trend(&[about(2.0, 30), about(2.06, 5), about(2.12, 30)].concat());
        assert_eq!(stairs.levels.len(), 2, "{:?}", stairs.levels);
    }

    #[test]
    fn an_exact_metric_changes_its_level_at_once() {
        let sizes = [100e6, 100e6, 100.01e6, 120e6, 90e6];
        let trend = of("size", "engine_size_bytes", &sizes);
        assert_eq!((begins(&trend), trend.good), (vec![0, 3, 4], 2));
    }

    #[test]
    fn of_a_long_history_the_last_runs_are_looked_at() {
        let long = trend(&[about(2.0, 150), about(3.0, 150)].concat());
        assert_eq!((long.points.len(), long.earlier), (200, 100));
        assert_eq!((begins(&long), long.first.batch.as_str()), (vec![0, 50], "b0"));
        assert_eq!(long.latest().batch, "b299");
    }
}
