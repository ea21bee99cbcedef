//! The machine that dp runs on: what it is, and how busy it was around a run.
//!
//! All of it comes from Linux's `/proc` and `/sys`; elsewhere it is absent.

mod machine;
mod noise;
mod process;
mod quiet;
mod stat;

pub use machine::{Machine, machine, pressure};
pub use noise::{Before, Watch};
pub use process::{engine_process, own_cpu, process_cpu};
pub(crate) use quiet::wait_for_quiet;
