//! Programs whose truth is known beforehand, started on the engine that the
//! environment chooses.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod compose;
mod cpu;
mod failures;
mod far;
mod kinds;
mod leftovers;
mod log_matches;
mod lost;
mod options;
mod service;
mod stopping;
mod variants;
