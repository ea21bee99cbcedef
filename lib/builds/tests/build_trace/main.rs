//! From progress to figures: hand-written streams, recordings of real engines,
//! and random ones.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod ending;
mod large;
mod path;
mod properties;
mod reduce;
mod reference;
mod replay;
mod sentences;
mod shared;
mod stream;
