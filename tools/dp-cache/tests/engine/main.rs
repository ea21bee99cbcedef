//! Real builds after real changes, whose truth is known beforehand, on the engine
//! that the environment chooses.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod failures;
mod figures;
mod findings;
mod harm;
mod lost;
mod npm;
mod project;
mod table;
mod transfer;
mod volume;
