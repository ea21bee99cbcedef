//! The typed detail of a record.

use crate::kind::with_kinds;
use crate::{Detail, Finding, Record, RecordView};

macro_rules! typed_details {
    ($(#[doc = $about:literal] $name:ident $word:literal $kind:ident $detail:ident $get:ident,)+) => {
        impl Record {
            $(#[doc = concat!("The detail of a `", $word, "` record; none of other records.")]
            pub fn $get(&self) -> Option<&crate::$detail> {
                match &self.detail {
                    Some(Detail::$kind(detail)) => Some(detail),
                    _ => None,
                }
            })+
        }

        impl RecordView<'_> {
            $(#[doc = concat!("The detail of a `", $word, "` record; none of other records.")]
            pub fn $get(&self) -> Option<&crate::$detail> {
                match self.detail.as_ref().map(|detail| &***detail) {
                    Some(Detail::$kind(detail)) => Some(detail),
                    _ => None,
                }
            })+
        }
    };
}

with_kinds!(typed_details);

impl Detail {
    /// The smallest difference in time that the measurement tells
    /// apart, in seconds, where the detail has one.
    pub fn resolution_seconds(&self) -> Option<f64> {
        match self {
            Self::Start(detail) => detail.resolution_seconds,
            Self::Other(value) => value.get("resolution_seconds")?.as_f64(),
            _ => None,
        }
    }

    /// What the detail advises: of `size`, `stats` and `cache` records.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Size(detail) => detail.findings.as_deref().unwrap_or_default(),
            Self::Stats(detail) => detail.findings.as_deref().unwrap_or_default(),
            Self::Cache(detail) => &detail.findings,
            _ => &[],
        }
    }
}

impl Record {
    /// What the record advises: of `size`, `stats` and `cache` records.
    pub fn findings(&self) -> &[Finding] {
        self.detail.as_ref().map_or(&[], Detail::findings)
    }
}
