//! The machine that dp runs on: what it is, and how busy it was around a run.
//!
//! All of it comes from Linux's `/proc` and `/sys`; elsewhere it is absent.

mod cpu;
mod engine_process;
mod machine;
mod noise;
mod stat;

pub use cpu::{own_cpu, process_cpu};
pub use engine_process::engine_process;
pub use machine::{Machine, machine, pressure};
pub use noise::{Before, Watch};
