//! Where the time and the bytes go, and what the records advise.

pub(crate) mod advice;
pub(crate) mod cache;
pub(crate) mod contributor;
pub(crate) mod phases;
pub(crate) mod pictures;
pub(crate) mod stacks;
pub(crate) mod usage;
