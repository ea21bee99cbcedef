//! What changes: which file, and how it is edited so that it stays valid.

pub(crate) mod choose;
pub(crate) mod manifests;
pub(crate) mod syntax;
