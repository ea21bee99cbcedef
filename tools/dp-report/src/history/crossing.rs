//! What left its level with the newest run: for hooks, each once.

use crate::history::trend::{Direction, Level, Trend};
use crate::judge::batches::Between;

/// Probability that one run of an unchanged series is said to have left its level:
/// dozens of series are looked at each day.
const ALPHA: f64 = 0.001;

/// A series that left its level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Crossing {
    pub(crate) direction: Direction,
    /// The level that it left.
    pub(crate) from: Level,
    /// The point with which it left it.
    pub(crate) since: usize,
    /// Where it is now, in the unit of the metric.
    pub(crate) to: f64,
}

impl Crossing {
    /// What the newest run shows: that it lies beyond what the level before it
    /// allows, or that a new level began some runs ago. What the run before showed
    /// already is not told again.
    pub(crate) fn of(trend: &Trend) -> Option<Self> {
        let before = trend.before()?;
        Self::of_run(trend, &before).or_else(|| Self::of_level(trend, &before))
    }

    fn of_run(trend: &Trend, before: &Trend) -> Option<Self> {
        let found = Self::beyond(trend, before)?;
        let known = before.before().and_then(|earlier| Self::beyond(before, &earlier));
        known.is_none_or(|known| known.direction != found.direction).then_some(found)
    }

    /// The newest run as far from the level before it as chance hardly ever brings it.
    fn beyond(trend: &Trend, before: &Trend) -> Option<Self> {
        let (level, newest) = (before.current()?, trend.latest().median);
        let floor = trend.measure.floor_from(level.median);
        let change = newest - level.median;
        let is_beyond =
            change.abs() > floor && (trend.measure.exact || is_sure(level, before, newest, floor));
        is_beyond.then(|| Self {
            direction: trend.direction(change),
            from: level.clone(),
            since: trend.points.len() - 1,
            to: newest,
        })
    }

    /// A level that was not known before the newest run.
    fn of_level(trend: &Trend, before: &Trend) -> Option<Self> {
        // What was told run by run, and of exact values always is.
        let [.., from, to] = trend.levels.as_slice() else { return None };
        if trend.measure.exact || before.levels.len() >= trend.levels.len() {
            return None;
        }
        let was_told = (from.end..trend.points.len() - 1).any(|newest| {
            let upto = |end: usize| {
                let points = trend.points[..end].to_vec();
                Trend::new(trend.key.clone(), trend.measure.clone(), points)
            };
            let pair = upto(newest + 1).zip(upto(newest));
            pair.is_some_and(|(then, earlier)| Self::of_run(&then, &earlier).is_some())
        });
        let change = to.median - from.median;
        (!was_told).then(|| Self {
            direction: trend.direction(change),
            from: from.clone(),
            since: to.begin,
            to: to.median,
        })
    }
}

/// Whether the interval of the change excludes 0, each run being a batch.
fn is_sure(level: &Level, before: &Trend, newest: f64, floor: f64) -> bool {
    let points = &before.points[level.begin..level.end];
    let batches: Vec<Vec<f64>> = points.iter().map(|point| vec![point.median]).collect();
    let between = Between::of(&batches, &[vec![newest]], 0.0, floor);
    let interval = between.and_then(|between| between.interval(ALPHA));
    interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::trend::tests::{about, trend};

    /// Which runs of a series tell of what.
    fn told(medians: &[f64]) -> Vec<(usize, Direction, usize)> {
        let of = |count: usize| {
            let crossing = Crossing::of(&trend(&medians[..count]))?;
            Some((count - 1, crossing.direction, crossing.since))
        };
        (1..=medians.len()).filter_map(of).collect()
    }

    #[test]
    fn a_large_change_is_told_with_its_first_run_and_only_then() {
        let slower = [about(2.0, 10), about(3.0, 10)].concat();
        assert_eq!(told(&slower), [(10, Direction::Worse, 10)]);
        let faster = [about(3.0, 10), about(2.0, 10)].concat();
        assert_eq!(told(&faster), [(10, Direction::Better, 10)]);
    }

    #[test]
    fn a_change_that_one_run_does_not_show_is_told_when_a_level_does() {
        // Noise of 3 %: one run 10 % above is no surprise, several are.
        let noise = [0.0, 0.04, -0.03, 0.02, -0.04, 0.03, -0.02, 0.01, -0.01, 0.035];
        let of = |level: f64| noise.map(|share| level * (1.0 + share)).to_vec();
        let slower = [of(2.0), of(2.0), of(2.12)].concat();
        let told = told(&slower);
        assert_eq!(told.len(), 1, "{told:?}");
        let (run, direction, since) = told[0];
        assert!((24..30).contains(&run) && (19..=21).contains(&since), "{told:?}");
        assert_eq!(direction, Direction::Worse);
    }

    #[test]
    fn a_steady_series_tells_nothing() {
        assert!(told(&about(2.0, 60)).is_empty());
        assert!(told(&[2.0; 30]).is_empty());
        // Below five runs nobody knows how far they differ.
        assert!(told(&[2.0, 2.0, 2.0, 3.0]).is_empty());
    }
}
