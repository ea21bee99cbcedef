//! Real images whose truth is known beforehand, on the engine that the
//! environment chooses.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod agreement;
mod base;
#[path = "../by_path/mod.rs"]
mod by_path;
mod conduct;
mod content;
mod debian;
mod findings;
mod layouts;
mod project;
mod waste;
