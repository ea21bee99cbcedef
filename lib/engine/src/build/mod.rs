//! Builds: run one, read its progress, and say where the time went.
//!
//! Data flows one way. A backend ([`buildx`]) turns what it hears into
//! [`SolveStatus`] messages, the [`Reducer`] folds them into a [`Trace`], and
//! [`Analysis`] and [`Failure`] are pure functions of that trace. Only the
//! backend knows how the messages came.

pub mod buildx;
mod child;
mod error;
mod failure;
mod hearing;
mod interval;
mod lines;
mod name;
mod path;
mod rawjson;
mod reduce;
mod running;
mod status;
mod stderr;
mod steps;
mod tail;
mod trace;

pub use buildx::{BuildxRequest, BuildxRun, Event};
pub use error::BuildxError;
pub use failure::{Failure, FailureCode};
pub use hearing::{Heard, read};
pub use interval::Interval;
pub use name::{StepName, VertexKind};
pub use path::Analysis;
pub use rawjson::{Message, Parser};
pub use reduce::Reducer;
pub use status::{
    LogUpdate, ProgressGroup, SolveStatus, StatusUpdate, VertexUpdate, WarningUpdate,
};
pub use steps::Step;
pub use trace::{Trace, Transfer, Vertex, VertexState};
