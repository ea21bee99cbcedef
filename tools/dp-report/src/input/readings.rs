//! What `dp-stats --samples-out` wrote: readings of single runs over time. They are no
//! observations; pages draw them beside the record of their run.

use std::collections::HashMap;

use dp_record::{KeyView, RecordView, SeriesKey, kind};

use crate::input::series::{Run, Side};

/// Readings of a run that are kept: more than a page has columns.
const MOST: usize = 512;

/// One reading. What is not counted is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Reading {
    /// Since the run began.
    pub(crate) seconds: f64,
    /// Anonymous memory.
    pub(crate) anonymous_bytes: Option<f64>,
    /// What is charged without the page cache that the kernel would drop first.
    pub(crate) working_set_bytes: Option<f64>,
    /// CPU time since the container began, in seconds.
    pub(crate) cpu_seconds: Option<f64>,
}

/// Side, series of the `stats` records, batch and round.
type Place = (Side, SeriesKey, Option<u32>, Option<u32>);

/// The readings of all runs.
#[derive(Debug, Default)]
pub(crate) struct Readings(HashMap<Place, Thinned>);

/// Every n-th reading of a run.
#[derive(Debug)]
struct Thinned {
    kept: Vec<Reading>,
    every: usize,
    seen: usize,
}

impl Readings {
    /// Adds a record of kind `sample`.
    pub(crate) fn add(&mut self, side: Side, run: &Run, record: &RecordView<'_>) {
        let Some(reading) = reading(record) else { return };
        let Some(key) = KeyView::of(record) else { return };
        let key = KeyView { kind: kind::STATS, ..key }.to_key();
        let place = (side, key, run.batch, run.round);
        let thinned =
            self.0.entry(place).or_insert_with(|| Thinned { kept: Vec::new(), every: 1, seen: 0 });
        thinned.add(reading);
    }

    /// Those of a run, in their order; none where there are fewer than two.
    pub(crate) fn of(&self, side: Side, key: &SeriesKey, run: &Run) -> Option<&[Reading]> {
        let found = self.0.get(&(side, key.clone(), run.batch, run.round))?;
        Some(found.kept.as_slice()).filter(|kept| kept.len() > 1)
    }
}

impl Thinned {
    fn add(&mut self, reading: Reading) {
        if self.seen.is_multiple_of(self.every) {
            self.kept.push(reading);
        }
        self.seen += 1;
        if self.kept.len() > MOST {
            let mut at = 0;
            self.kept.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.every *= 2;
        }
    }
}

fn reading(record: &RecordView<'_>) -> Option<Reading> {
    let get = |name: &str| record.metrics.get(name).filter(|value| *value >= 0.0);
    let unused = get("inactive_file_bytes").unwrap_or(0.0);
    Some(Reading {
        seconds: get("elapsed_seconds")?,
        anonymous_bytes: get("anonymous_bytes"),
        working_set_bytes: get("memory_bytes").map(|all| (all - unused).max(0.0)),
        cpu_seconds: get("cpu_seconds"),
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use dp_record::{Record, Subject};

    use super::*;

    fn run(round: u32) -> Run {
        Run { batch: Some(0), round: Some(round), warmup: false, source: 0, line: 1 }
    }

    fn sample(seconds: f64) -> Record {
        let mut record = Record::new(kind::SAMPLE, jiff::Timestamp::UNIX_EPOCH);
        record.subject = Some(Subject { name: "app".to_owned(), ..Subject::default() });
        record.metrics.set("elapsed_seconds", seconds);
        record.metrics.set("memory_bytes", 100.0);
        record.metrics.set("inactive_file_bytes", 30.0);
        record
    }

    #[test]
    fn readings_are_those_of_one_run_of_a_container() {
        let mut readings = Readings::default();
        for (round, seconds) in [(1, 0.0), (1, 0.5), (2, 0.0)] {
            readings.add(Side::Input, &run(round), &(&sample(seconds)).into());
        }
        let key = SeriesKey::new(kind::STATS, sample(0.0).subject.as_ref().unwrap());
        let found = readings.of(Side::Input, &key, &run(1)).unwrap();
        assert_eq!((found.len(), found[1].seconds), (2, 0.5));
        assert_eq!(found[0].working_set_bytes, Some(70.0));
        // One reading is no line, and the baseline has none.
        assert_eq!(readings.of(Side::Input, &key, &run(2)), None);
        assert_eq!(readings.of(Side::Baseline, &key, &run(1)), None);
    }

    #[test]
    fn of_very_many_readings_every_so_many_stay_evenly() {
        let mut readings = Readings::default();
        for at in 0..10_000 {
            readings.add(Side::Input, &run(1), &(&sample(f64::from(at))).into());
        }
        let key = SeriesKey::new(kind::STATS, sample(0.0).subject.as_ref().unwrap());
        let found = readings.of(Side::Input, &key, &run(1)).unwrap();
        assert!((MOST / 2..=MOST).contains(&found.len()), "{}", found.len());
        let gaps: Vec<f64> = found.windows(2).map(|two| two[1].seconds - two[0].seconds).collect();
        assert!(gaps.iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
        assert!(found[found.len() - 1].seconds > 9_900.0);
    }
}
