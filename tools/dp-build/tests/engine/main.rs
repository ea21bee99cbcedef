//! Real builds whose truth is known beforehand, on the engine that the
//! environment chooses.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod cold;
mod compose;
mod failures;
mod figures;
mod hostile;
mod images;
mod late;
mod legacy;
mod moments;
mod options;
mod panics;
mod prepare;
mod primed;
mod project;
mod rounds;
mod secrets;
mod shared;
mod steps;
mod stopping;
mod subjects;
mod table;
mod times;
mod used;
