//! The plan of a batch, and the check that all of it was measured.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Ids, KeyView, Outcome, Place, RecordView, SeriesKey, Subject, kind};

/// What a batch set out to measure. It stands in the `env` record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// Kind of the records to come.
    pub kind: String,
    /// The series to come.
    pub subjects: Vec<PlannedSubject>,
    /// Runs of each subject that count.
    pub runs: u32,
    /// Warm-up runs of each subject before them.
    #[serde(default)]
    pub warmup: u32,
}

impl Plan {
    /// So many runs of each of these subjects.
    pub fn of<'s>(
        kind: &str,
        subjects: impl IntoIterator<Item = &'s Subject>,
        runs: u32,
        warmup: u32,
    ) -> Self {
        let subjects = subjects.into_iter().map(PlannedSubject::from).collect();
        Self { kind: kind.to_owned(), subjects, runs, warmup }
    }
}

/// The parts of a subject that make its key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedSubject {
    /// The subject's name.
    pub name: String,
    /// The subject's scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The subject's platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The subject's variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl From<&Subject> for PlannedSubject {
    fn from(subject: &Subject) -> Self {
        Self {
            name: subject.name.clone(),
            scenario: subject.scenario.clone(),
            platform: subject.platform.clone(),
            variant: subject.variant.clone(),
        }
    }
}

impl PlannedSubject {
    /// The key of its records of this kind.
    pub fn key<'a>(&'a self, kind: &'a str) -> KeyView<'a> {
        KeyView {
            kind,
            name: &self.name,
            scenario: self.scenario.as_deref(),
            platform: self.platform.as_deref(),
            variant: self.variant.as_deref(),
        }
    }
}

/// A series of which planned runs never came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The batch that planned it.
    pub batch: String,
    /// The series.
    pub key: SeriesKey,
    /// How many runs were planned, warm-ups not counted.
    pub planned: u32,
    /// How many came, failed ones included.
    pub seen: u32,
}

/// Watches the records that go by and tells at their end what is missing. Its memory
/// grows with the plans, and by some bytes with each change of batch or series.
#[derive(Debug, Default)]
pub struct PlanCheck {
    plans: HashMap<u32, Plan>,
    seen: Seen,
    failed: u64,
}

impl PlanCheck {
    /// Takes note of one record, whose batch and series have these numbers.
    pub fn observe(&mut self, place: Place, record: &RecordView<'_>) {
        if record.outcome == Outcome::Failed {
            self.failed += 1;
        }
        let (Some(batch), Some(run)) = (place.batch, &record.run) else { return };
        if *record.kind == *kind::ENV {
            if let Some(detail) = record.env_detail() {
                self.plans.insert(batch, detail.plan.clone());
            }
        } else if let (false, Some(series)) = (run.warmup, place.series) {
            self.seen.add(batch, series);
        }
    }

    /// How many failed records went by, warm-ups included.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The planned series that did not come in full, by the name of their batch. `ids`
    /// are those that gave the numbers.
    pub fn missing(&self, ids: &Ids) -> Vec<Missing> {
        let mut plans: Vec<(&str, u32, &Plan)> =
            self.plans.iter().map(|(batch, plan)| (ids.batch_name(*batch), *batch, plan)).collect();
        plans.sort_unstable_by_key(|(name, ..)| *name);
        let counts = self.seen.counts(|batch| self.plans.contains_key(&batch));
        let mut missing = Vec::new();
        for (name, batch, plan) in plans {
            for subject in &plan.subjects {
                let key = subject.key(&plan.kind);
                let seen = ids.find(key).map_or(0, |series| count(&counts, (batch, series)));
                if seen < plan.runs {
                    let (batch, key) = (name.to_owned(), key.to_key());
                    missing.push(Missing { batch, key, planned: plan.runs, seen });
                }
            }
        }
        missing
    }
}

/// How often each series came in each batch, as the records told it: entries of three
/// numbers (batch, series, how often in a row), of which the batch is the difference
/// from the one before. Most take three bytes: a record counts before its plan is known,
/// if ever one comes, and of a history each run is a batch of its own.
#[derive(Debug, Default)]
struct Seen {
    entries: Vec<u8>,
    /// The entry that is still growing: batch, series, how often.
    last: Option<(u32, u32, u32)>,
    /// The batch of the entry before it.
    before: u32,
}

impl Seen {
    fn add(&mut self, batch: u32, series: u32) {
        match &mut self.last {
            Some((b, s, times)) if (*b, *s) == (batch, series) => *times = times.saturating_add(1),
            last => {
                if let Some((b, s, times)) = last.replace((batch, series, 1)) {
                    let step = i64::from(b) - i64::from(self.before);
                    self.before = b;
                    // Small differences of both signs become small numbers: 0, -1, 1, -2...
                    put(&mut self.entries, ((step << 1) ^ (step >> 63)).cast_unsigned());
                    put(&mut self.entries, u64::from(s));
                    put(&mut self.entries, u64::from(times));
                }
            }
        }
    }

    /// Sorted batches and series with how often these came, of the batches that `wanted` takes.
    fn counts(&self, wanted: impl Fn(u32) -> bool) -> Vec<((u32, u32), u32)> {
        let mut entries = self.entries.as_slice();
        let mut before = 0;
        let stored = std::iter::from_fn(|| {
            let step = get(&mut entries)?;
            before += (step >> 1).cast_signed() ^ -(step & 1).cast_signed();
            let batch = u32::try_from(before).ok()?;
            let [series, times] = [get(&mut entries)?, get(&mut entries)?];
            Some((batch, u32::try_from(series).ok()?, u32::try_from(times).ok()?))
        });
        let all = stored.chain(self.last).filter(|(batch, ..)| wanted(*batch));
        let mut counts: Vec<((u32, u32), u32)> =
            all.map(|(batch, series, times)| ((batch, series), times)).collect();
        counts.sort_unstable_by_key(|(place, _)| *place);
        counts.dedup_by(|again, kept| {
            let is_same = again.0 == kept.0;
            if is_same {
                kept.1 = kept.1.saturating_add(again.1);
            }
            is_same
        });
        counts
    }
}

fn count(counts: &[((u32, u32), u32)], place: (u32, u32)) -> u32 {
    let found = counts.binary_search_by_key(&place, |(place, _)| *place);
    found.map_or(0, |at| counts[at].1)
}

/// Seven bits a byte, the lowest first; the highest bit says that more follows.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_seen_is_counted(
            places in vec((prop_oneof![0u32..4, any::<u32>()], prop_oneof![0u32..3, any::<u32>()]), 0..200)
        ) {
            let (mut seen, mut expected) = (Seen::default(), BTreeMap::new());
            for (batch, series) in places {
                seen.add(batch, series);
                if batch != 3 {
                    *expected.entry((batch, series)).or_insert(0) += 1;
                }
            }
            prop_assert_eq!(seen.counts(|batch| batch != 3), Vec::from_iter(expected));
        }
    }
}
