//! For tests only: contexts, engines, running the tools, checking records.
//!
//! Tests that need an engine bear `#[ignore = "needs a Docker engine: make
//! test-engine"]` and use the one that the environment chooses; `make test`
//! runs them on each engine in turn.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by a panic, and says on stderr what it skips"
)]

mod context;
mod docker;
mod help;
mod leftovers;
mod load;
mod memory;
mod own_engine;
mod processes;
mod program;
mod records;
mod relay;
mod run;
mod running;
mod snapshot;
mod truth;
mod wait;

pub use context::Context;
pub use docker::{BASE, Docker, unique};
pub use help::{assert_help, assert_version};
pub use leftovers::{batch, groups_of, left, remove_groups};
pub use load::Load;
pub use memory::peak_bytes;
pub use own_engine::{OwnEngine, end_processes_with, unmount_below};
pub use processes::{has_open, processes_with};
pub use records::{assert_records, of_kind, read_records};
pub use relay::{Relay, far_engine};
pub use run::{Ran, Tool, tool};
pub use running::Running;
pub use rustix::process::Signal;
pub use snapshot::Snapshot;
pub use truth::Truth;
pub(crate) use wait::ended_within_bound;
pub use wait::wait_until;
