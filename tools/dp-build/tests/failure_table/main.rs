//! The failure table: what can go wrong with a build, and for each backend what
//! is told of it: the code, the exit status, the step and its line.
//!
//! Not in the table: a full disk, which needs an engine of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod context;
mod cut;
mod dockerfile;
mod dockers;
mod memory;
mod reaching;
mod site;
mod usage;
