//! The typed detail of a record.

use crate::kind::with_kinds;
use crate::{Detail, Finding, Record};

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
    };
}

with_kinds!(typed_details);

impl Record {
    /// The smallest difference in time that the measurement tells
    /// apart, in seconds, where the record has one.
    pub fn resolution_seconds(&self) -> Option<f64> {
        match &self.detail {
            Some(Detail::Start(detail)) => detail.resolution_seconds,
            Some(Detail::Other(value)) => value.get("resolution_seconds")?.as_f64(),
            _ => None,
        }
    }

    /// What the record advises: of `size`, `stats` and `cache` records.
    pub fn findings(&self) -> &[Finding] {
        match &self.detail {
            Some(Detail::Size(detail)) => detail.findings.as_deref().unwrap_or_default(),
            Some(Detail::Stats(detail)) => detail.findings.as_deref().unwrap_or_default(),
            Some(Detail::Cache(detail)) => &detail.findings,
            _ => &[],
        }
    }
}
