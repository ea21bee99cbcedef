//! What a tool advises: the one type for all kinds of records.

use serde::{Deserialize, Serialize};

use super::word::word_enum;

/// Something to change, or to know when reading the figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What it is, in snake case; stable.
    pub code: String,
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// Bytes that are saved if the advice is followed; different findings of an
    /// image never count the same bytes. Absent where it is no matter of bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How many files these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// What it cost in this run, in seconds, as measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The layer at fault, from 1, lowest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<u64>,
    /// The instruction at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Its first line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The Dockerfile with that line, as the user gave its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
    /// Whether the base image brought it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<bool>,
    /// Of deleted or overwritten bytes: the layer that wrote them, where it is
    /// not at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote: Option<LayerRef>,
    /// Of deleted or overwritten bytes: the layer that deleted or overwrote
    /// them, where it is not at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hid: Option<LayerRef>,
    /// The largest paths, a folder counted as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathBytes>,
    /// The largest packages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageBytes>,
    /// Names of what it is about, where that is no file: of variables and labels. Never
    /// their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What to do, in one sentence.
    #[serde(default)]
    pub advice: String,
}

word_enum! {
    /// How bad a finding is.
    Severity {
        /// More is used than is needed.
        Waste => "waste",
        /// Work may be lost, held back or exposed.
        Risk => "risk",
        /// For reading the figures rightly.
        Note => "note",
    }
}

/// A layer of an image, with the instruction that made it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LayerRef {
    /// The layer, from 1, lowest first.
    pub layer: u64,
    /// The instruction that made it, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Its first line in the Dockerfile, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// A path and its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PathBytes {
    /// The path within the image.
    pub path: String,
    /// Bytes of all below it.
    pub bytes: u64,
}

/// A package and its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PackageBytes {
    /// Its name.
    pub name: String,
    /// Bytes of its files.
    pub bytes: u64,
}

impl Finding {
    /// A finding of which nothing more is known.
    pub fn new(code: &str, severity: Severity, advice: impl Into<String>) -> Self {
        Self { code: code.to_owned(), severity, advice: advice.into(), ..Self::default() }
    }
}
