//! A record as it stands on its line: its texts are borrowed from there.
//!
//! Reading a [`Record`] makes a text of its own of each field. Who needs some numbers
//! of many records, and the rest of few, reads a [`RecordView`]; it is the same reader,
//! so that both take and refuse the same lines.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::text::Text;
use crate::{Detail, Failure, Finding, Host, Metrics, Outcome, Record, Run, Subject, Version};

/// So many metrics are compared with each other for one that is there twice; of more,
/// a set is made.
pub(crate) const COMPARED: usize = 24;

/// One observation, borrowed from its line; the fields are those of [`Record`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "they stand at the fields of the same names of a record")]
pub struct RecordView<'a> {
    pub dp: Version,
    pub kind: Text<'a>,
    pub at: Timestamp,
    pub subject: Option<SubjectView<'a>>,
    pub meta: Words<'a>,
    pub run: Option<RunView<'a>>,
    pub outcome: Outcome,
    pub error: Option<Box<Cow<'a, Failure>>>,
    pub metrics: Values<'a>,
    pub detail: Option<Box<Cow<'a, Detail>>>,
    pub host: Option<Host>,
    pub env: Option<Text<'a>>,
    pub units: Words<'a>,
}

/// What was measured: see [`Subject`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename = "Subject")]
#[expect(missing_docs, reason = "they stand at the fields of the same names of a subject")]
pub struct SubjectView<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    pub scenario: Option<Text<'a>>,
    pub platform: Option<Text<'a>>,
    pub variant: Option<Text<'a>>,
    pub image: Option<Text<'a>>,
    #[serde(rename = "ref")]
    pub reference: Option<Text<'a>>,
    pub dockerfile: Option<Text<'a>>,
    pub target: Option<Text<'a>>,
    pub context: Option<Text<'a>>,
    pub container: Option<Text<'a>>,
}

/// Where an observation stands in its batch: see [`Run`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename = "Run")]
#[expect(missing_docs, reason = "they stand at the fields of the same names of a run")]
pub struct RunView<'a> {
    #[serde(borrow)]
    pub batch: Text<'a>,
    pub n: Option<u32>,
    pub of: Option<u32>,
    pub position: Option<u32>,
    #[serde(default)]
    pub warmup: bool,
}

/// Words by words, in the order of the line; of two with one key the last one counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words<'a>(pub(crate) Vec<(Text<'a>, Text<'a>)>);

/// Metrics in the order of the line. No name is there twice, and each value is finite.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values<'a>(pub(crate) Vec<(Text<'a>, f64)>);

impl<'a> Words<'a> {
    /// The word of this key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| **known == *key).map(|(_, word)| &**word)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a map of their own.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.clone().into_map()
    }

    fn into_map(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(key, word)| (key.into_owned(), word.into_owned())).collect()
    }

    fn of(map: &'a BTreeMap<String, String>) -> Self {
        Self(map.iter().map(|(key, word)| (key.into(), word.into())).collect())
    }
}

impl Values<'_> {
    /// The value of a metric, if it was measured.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| *value)
    }

    /// All metrics, in the order of the line.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As metrics of their own.
    pub fn to_metrics(&self) -> Metrics {
        self.iter().collect()
    }
}

impl RecordView<'_> {
    /// Whether the record is of a warm-up run.
    pub fn is_warmup(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.warmup)
    }

    /// What the record advises: of `size`, `stats` and `cache` records.
    pub fn findings(&self) -> &[Finding] {
        self.detail.as_deref().map_or(&[], |detail| detail.findings())
    }

    /// The smallest difference in time that the measurement tells apart, in seconds,
    /// where the record has one.
    pub fn resolution_seconds(&self) -> Option<f64> {
        self.detail.as_deref()?.resolution_seconds()
    }

    /// The record with texts of its own.
    pub fn into_owned(self) -> Record {
        Record {
            dp: self.dp,
            kind: self.kind.into_owned(),
            at: self.at,
            subject: self.subject.map(SubjectView::into_owned),
            meta: self.meta.into_map(),
            run: self.run.map(RunView::into_owned),
            outcome: self.outcome,
            error: self.error.map(|error| error.into_owned()),
            metrics: self.metrics.to_metrics(),
            detail: self.detail.map(|detail| detail.into_owned()),
            host: self.host,
            env: self.env.map(Text::into_owned),
            units: self.units.into_map(),
        }
    }
}

impl SubjectView<'_> {
    fn into_owned(self) -> Subject {
        Subject {
            name: self.name.into_owned(),
            scenario: self.scenario.map(Text::into_owned),
            platform: self.platform.map(Text::into_owned),
            variant: self.variant.map(Text::into_owned),
            image: self.image.map(Text::into_owned),
            reference: self.reference.map(Text::into_owned),
            dockerfile: self.dockerfile.map(Text::into_owned),
            target: self.target.map(Text::into_owned),
            context: self.context.map(Text::into_owned),
            container: self.container.map(Text::into_owned),
        }
    }
}

impl RunView<'_> {
    fn into_owned(self) -> Run {
        Run {
            batch: self.batch.into_owned(),
            n: self.n,
            of: self.of,
            position: self.position,
            warmup: self.warmup,
        }
    }
}

impl<'a> From<&'a Record> for RecordView<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            dp: record.dp,
            kind: (&record.kind).into(),
            at: record.at,
            subject: record.subject.as_ref().map(SubjectView::from),
            meta: Words::of(&record.meta),
            run: record.run.as_ref().map(RunView::from),
            outcome: record.outcome,
            error: record.error.as_ref().map(|error| Box::new(Cow::Borrowed(error))),
            metrics: Values(record.metrics.iter().map(|(name, v)| (name.into(), v)).collect()),
            detail: record.detail.as_ref().map(|detail| Box::new(Cow::Borrowed(detail))),
            host: record.host.clone(),
            env: record.env.as_ref().map(Text::from),
            units: Words::of(&record.units),
        }
    }
}

impl<'a> From<&'a Subject> for SubjectView<'a> {
    fn from(subject: &'a Subject) -> Self {
        let text = |text: &'a Option<String>| text.as_ref().map(Text::from);
        Self {
            name: (&subject.name).into(),
            scenario: text(&subject.scenario),
            platform: text(&subject.platform),
            variant: text(&subject.variant),
            image: text(&subject.image),
            reference: text(&subject.reference),
            dockerfile: text(&subject.dockerfile),
            target: text(&subject.target),
            context: text(&subject.context),
            container: text(&subject.container),
        }
    }
}

impl<'a> From<&'a Run> for RunView<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            batch: (&run.batch).into(),
            n: run.n,
            of: run.of,
            position: run.position,
            warmup: run.warmup,
        }
    }
}
