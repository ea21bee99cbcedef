//! One run of a series, as series and pages know it: which it is, where it was read, and
//! what it says if it failed.

/// Which input a series came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// What is being judged.
    Input,
    /// The baseline file.
    Baseline,
}

/// Which run it is, and where it was read. Batches and sources are numbers that
/// the collector gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The batch; none for records that do not say.
    pub(crate) batch: Option<u32>,
    pub(crate) round: Option<u32>,
    /// Whether it was a warm-up.
    pub(crate) warmup: bool,
    /// The file that it was read from.
    pub(crate) source: u32,
    /// The line in it, from 1.
    pub(crate) line: u64,
}

/// A failed run, for people.
#[derive(Debug, Clone)]
pub(crate) struct FailedRun {
    pub(crate) run: Run,
    /// `code: message`, made printable.
    pub(crate) message: String,
    /// Line of the Dockerfile at which it failed, where known.
    pub(crate) line: Option<u64>,
}
