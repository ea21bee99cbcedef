//! `--history FILE`: what was measured on earlier days, how each series went, and
//! what left its level.
//!
//! ```text
//! records of this report -> store (a file) -> points -> trend: levels, last good one -> crossings
//! ```

pub(crate) mod crossing;
pub(crate) mod store;
pub(crate) mod trend;
