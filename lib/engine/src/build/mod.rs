//! Builds: run one, read its progress, and say where the time went.
//!
//! Data flows one way. A backend ([`buildx`]) turns what it hears into
//! [`SolveStatus`] messages, the [`Reducer`] folds them into a [`Trace`], and
//! [`Analysis`] and [`Failure`] are pure functions of that trace. Only the
//! backend knows how the messages came.

mod account;
mod answer;
pub mod api;
pub mod buildx;
mod context;
mod error;
mod failure;
mod hearing;
mod interval;
pub mod legacy;
mod lines;
mod name;
mod path;
mod protobuf;
mod query;
mod rawjson;
mod reduce;
mod request;
mod run;
mod running;
mod status;
mod stderr;
mod steps;
mod tail;
mod trace;
mod watch;

pub use buildx::{BuildxRequest, BuildxRun, Event};
pub use context::{Context, ContextError, Filter, Keep};
pub use error::BuildxError;
pub use failure::{Failure, FailureCode};
pub use hearing::{Heard, read};
pub use interval::Interval;
pub use legacy::LegacyStage;
pub use name::{StepName, VertexKind};
pub use path::Analysis;
pub use rawjson::{Message, Parser};
pub use reduce::Reducer;
pub use request::{BuildOptions, BuildRequest, Dockerfile};
pub use run::{BuildRun, Clock};
pub use status::{
    LogUpdate, ProgressGroup, SolveStatus, StatusUpdate, VertexUpdate, WarningUpdate,
};
pub use steps::Step;
pub use trace::{Trace, Transfer, Vertex, VertexState};
