//! The plan of a batch, and the check that all of it was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Record, SeriesKey, Subject, kind};

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
    fn key(&self, kind: &str) -> SeriesKey {
        SeriesKey {
            kind: kind.to_owned(),
            name: self.name.clone(),
            scenario: self.scenario.clone(),
            platform: self.platform.clone(),
            variant: self.variant.clone(),
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

/// Watches the records that go by and tells at their end what is missing.
/// Its memory grows with the number of series, not of records.
#[derive(Debug, Default)]
pub struct PlanCheck {
    batches: BTreeMap<String, Batch>,
    failed: u64,
}

#[derive(Debug, Default)]
struct Batch {
    plan: Plan,
    seen: BTreeMap<SeriesKey, u32>,
}

impl PlanCheck {
    /// Takes note of one record.
    pub fn observe(&mut self, record: &Record) {
        if record.outcome == Outcome::Failed {
            self.failed += 1;
        }
        let Some(run) = &record.run else { return };
        let batch = self.batches.entry(run.batch.clone()).or_default();
        if record.kind == kind::ENV {
            if let Some(detail) = record.env_detail() {
                batch.plan = detail.plan.clone();
            }
        } else if let (false, Some(key)) = (run.warmup, SeriesKey::of(record)) {
            *batch.seen.entry(key).or_default() += 1;
        }
    }

    /// How many failed records went by, warm-ups included.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The planned series that did not come in full.
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        for (id, batch) in &self.batches {
            for subject in &batch.plan.subjects {
                let key = subject.key(&batch.plan.kind);
                let seen = batch.seen.get(&key).copied().unwrap_or(0);
                if seen < batch.plan.runs {
                    missing.push(Missing {
                        batch: id.clone(),
                        key,
                        planned: batch.plan.runs,
                        seen,
                    });
                }
            }
        }
        missing
    }
}
