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

mod answer;
mod context;
mod docker;
mod files;
mod help;
mod imports;
mod leftovers;
mod load;
mod own_engine;
mod processes;
mod program;
mod pulled_base;
mod records;
mod relay;
mod run;
mod running;
mod skip;
mod snapshot;
mod truth;
mod wait;

pub use answer::{Answer, ask};
pub use context::Context;
pub use docker::{BASE, Docker, unique};
pub use files::{copy_folder, replace_text};
pub use help::{assert_help, assert_version};
pub use imports::{Circle, import_circles};
pub use leftovers::{batch, groups_of, left, remove_groups};
pub use load::Load;
pub use own_engine::{OwnEngine, unmount_below};
pub use processes::{has_open, peak_bytes, processes_with};
pub use pulled_base::PulledBase;
pub use records::{assert_records, detail, of_kind};
pub use relay::{Relay, far_engine};
pub use run::{Tool, tool};
pub use running::{Ran, Running};
pub use rustix::process::Signal;
pub use skip::{engine_elsewhere, shown_elsewhere, skip};
pub use snapshot::Snapshot;
pub use truth::Truth;
pub use wait::wait_until;
pub(crate) use wait::{BOUND, holds_within};
