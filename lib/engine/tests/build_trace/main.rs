//! From progress to figures: hand-written streams, recordings of real engines,
//! and random ones.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod path;
mod properties;
mod reduce;
mod replay;
mod stream;
