//! What a record must keep beyond its types. The schema says the same.

use crate::{Detail, Outcome, RecordView, Version};

/// A rule of the format that a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Another major version.
    #[error("format version {0} cannot be read (this dp reads {major}.x): use the dp that wrote it", major = crate::FORMAT.major)]
    Version(Version),
    /// An empty kind.
    #[error("field \"kind\" is empty")]
    Kind,
    /// `failed` without `error`.
    #[error("outcome is \"failed\" but there is no \"error\"")]
    NoError,
    /// `ok` with `error`.
    #[error("outcome is \"ok\" but there is an \"error\"")]
    Error,
    /// `failed` with metrics.
    #[error(
        "outcome is \"failed\" but there are metrics (what was seen belongs into error.partial)"
    )]
    Metrics,
    /// A field that must be an object is something else.
    #[error("field \"{0}\" is not an object")]
    NotAnObject(&'static str),
}

impl RecordView<'_> {
    /// Checks the rules of the format.
    ///
    /// # Errors
    ///
    /// The first rule that the record breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        if !self.dp.is_readable() {
            return Err(Invalid::Version(self.dp));
        }
        if self.kind.is_empty() {
            return Err(Invalid::Kind);
        }
        if matches!(self.detail.as_ref().map(|detail| &***detail), Some(Detail::Other(detail)) if !detail.is_object())
        {
            return Err(Invalid::NotAnObject("detail"));
        }
        let partial = self.error.as_ref().and_then(|error| error.partial.as_ref());
        if partial.is_some_and(|partial| !partial.is_object()) {
            return Err(Invalid::NotAnObject("error.partial"));
        }
        match (self.outcome, &self.error) {
            (Outcome::Failed, None) => Err(Invalid::NoError),
            (Outcome::Ok, Some(_)) => Err(Invalid::Error),
            (Outcome::Failed, Some(_)) if !self.metrics.is_empty() => Err(Invalid::Metrics),
            _ => Ok(()),
        }
    }
}
