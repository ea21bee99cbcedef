//! Programs whose use of the machine is known beforehand, on the engine that
//! the environment chooses.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test fails by a panic; counts, bytes and limits are exact"
)]

mod compose;
mod failures;
mod far;
mod fit;
mod job;
mod limits;
mod lost;
mod running;
mod stopping;
mod truths;
mod workload;
