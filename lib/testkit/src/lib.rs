//! For tests only: contexts, engines, running the tools, checking records.
//!
//! Tests that need an engine bear `#[ignore = "needs a Docker engine: make
//! test-engine"]` and use the one that the environment chooses; `make test`
//! runs them on each engine in turn.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by a panic"
)]

mod context;
mod docker;
mod records;
mod run;
mod snapshot;

pub use context::Context;
pub use docker::{BASE, Docker, unique};
pub use records::{assert_records, of_kind, read_records};
pub use run::{Ran, Tool, tool};
pub use snapshot::Snapshot;
