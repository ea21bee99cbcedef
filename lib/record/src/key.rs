//! The key of a series.

use std::fmt;

use crate::{RecordView, Subject};

/// The word that marks the second half of an A/A pair.
const NOISE: &str = "aa";

/// The variant under which a subject is measured against itself, so that what
/// differs is noise.
pub fn noise_variant(variant: Option<&str>) -> String {
    match variant {
        Some(variant) => format!("{variant} {NOISE}"),
        None => NOISE.to_owned(),
    }
}

/// What belongs together: kind, name, scenario, platform and variant (the
/// metric is the sixth part). The image id is never part of it, since every
/// cold build makes another id.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The record's kind.
    pub kind: String,
    /// The subject's name.
    pub name: String,
    /// The subject's scenario.
    pub scenario: Option<String>,
    /// The subject's platform.
    pub platform: Option<String>,
    /// The subject's variant.
    pub variant: Option<String>,
}

/// A [`SeriesKey`] of borrowed parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they stand at the fields of the same names of a key")]
pub struct KeyView<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub scenario: Option<&'a str>,
    pub platform: Option<&'a str>,
    pub variant: Option<&'a str>,
}

impl<'a> KeyView<'a> {
    /// The key of a record's series; none for a record without a subject.
    pub fn of(record: &'a RecordView<'_>) -> Option<Self> {
        let subject = record.subject.as_ref()?;
        Some(Self {
            kind: &record.kind,
            name: &subject.name,
            scenario: subject.scenario.as_deref(),
            platform: subject.platform.as_deref(),
            variant: subject.variant.as_deref(),
        })
    }

    /// The key with parts of its own.
    pub fn to_key(self) -> SeriesKey {
        SeriesKey {
            kind: self.kind.to_owned(),
            name: self.name.to_owned(),
            scenario: self.scenario.map(str::to_owned),
            platform: self.platform.map(str::to_owned),
            variant: self.variant.map(str::to_owned),
        }
    }
}

impl SeriesKey {
    /// The key of a subject's records of this kind.
    pub fn new(kind: &str, subject: &Subject) -> Self {
        Self {
            kind: kind.to_owned(),
            name: subject.name.clone(),
            scenario: subject.scenario.clone(),
            platform: subject.platform.clone(),
            variant: subject.variant.clone(),
        }
    }

    /// Its parts, borrowed.
    pub fn view(&self) -> KeyView<'_> {
        KeyView {
            kind: &self.kind,
            name: &self.name,
            scenario: self.scenario.as_deref(),
            platform: self.platform.as_deref(),
            variant: self.variant.as_deref(),
        }
    }

    /// The key of the same subject measured against itself.
    #[must_use]
    pub fn noise(&self) -> Self {
        Self { variant: Some(noise_variant(self.variant.as_deref())), ..self.clone() }
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        let parts = [&self.scenario, &self.platform, &self.variant];
        for part in parts.into_iter().flatten() {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}
