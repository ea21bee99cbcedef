//! Spans of time on one clock, and sums over them.

use std::time::Duration;

use jiff::Timestamp;

/// A span of time with `start <= end`, both by the engine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First instant.
    pub start: Timestamp,
    /// Last instant.
    pub end: Timestamp,
}

impl Interval {
    /// From `start` to `end`, or of no length at `start` if `end` lies before it.
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end: end.max(start) }
    }

    /// `end - start`.
    pub fn length(self) -> Duration {
        between(self.start, self.end)
    }
}

/// The time from one instant to a later one, or none.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}

/// The same instants as disjoint spans in order; spans that touch become one.
pub(crate) fn union(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for next in intervals {
        match merged.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            _ => merged.push(next),
        }
    }
    merged
}

/// The sum of the lengths. Of a union: the time that it covers.
pub(crate) fn total(intervals: &[Interval]) -> Duration {
    let add = |sum: Duration, next: &Interval| sum.saturating_add(next.length());
    intervals.iter().fold(Duration::ZERO, add)
}

/// What lies between the spans of a union.
pub(crate) fn gaps(union: &[Interval]) -> Vec<Interval> {
    let between = |pair: &[Interval]| Interval::new(pair[0].end, pair[1].start);
    union.windows(2).map(between).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: i64, end: i64) -> Interval {
        let instant = |second| Timestamp::from_second(second).unwrap();
        Interval::new(instant(start), instant(end))
    }

    #[test]
    fn a_union_counts_no_instant_twice() {
        let all = union(vec![at(4, 6), at(0, 2), at(1, 3), at(3, 3), at(8, 8)]);
        assert_eq!(all, [at(0, 3), at(4, 6), at(8, 8)]);
        assert_eq!(total(&all), Duration::from_secs(5));
    }

    #[test]
    fn gaps_and_union_make_the_span() {
        let all = union(vec![at(0, 3), at(4, 6), at(8, 8)]);
        assert_eq!(gaps(&all), [at(3, 4), at(6, 8)]);
        assert!(gaps(&[]).is_empty());
    }

    #[test]
    fn an_end_before_its_start_has_no_length() {
        assert_eq!(at(5, 1).length(), Duration::ZERO);
    }

    #[test]
    fn the_longest_span_of_all_is_no_overflow() {
        let longest = Interval::new(Timestamp::MIN, Timestamp::MAX);
        assert!(total(&vec![longest; 1000]) > longest.length());
    }
}
