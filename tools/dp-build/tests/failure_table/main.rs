//! The failure table: what can go wrong with a build, and for each backend what
//! is told of it: the code, the exit status, the step and its line.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod context;
mod disk;
mod dockerfile;
mod dockers;
mod memory;
mod reaching;
mod sentences;
mod site;
mod usage;
