//! What a builder reports, and what follows from it.
//!
//! ```text
//! buildx: stderr -> lines -> rawjson ----+                           +-> steps
//!                                        +-> status -> reduce -> trace -> path -> analysis
//! API: answer -> backend::{api, legacy} -+                           +-> failure
//! ```

mod analysis;
pub(crate) mod answer;
mod cache_transfer;
pub(crate) mod collector;
mod ending;
mod failure;
mod interval;
pub(crate) mod lines;
mod name;
mod path;
mod rawjson;
pub(crate) mod reader;
mod reduce;
mod shared;
mod status;
pub(crate) mod stderr;
mod steps;
mod tail;
mod trace;

pub use analysis::Analysis;
pub use cache_transfer::CacheTransfers;
pub use ending::Ending;
pub use failure::{Failure, FailureCode};
pub use interval::Interval;
pub(crate) use interval::total;
pub use name::VertexKind;
pub use rawjson::{Message, Parser};
pub use reader::{StreamReport, read};
pub use reduce::Reducer;
pub use status::{
    Event, LogUpdate, ProgressGroup, SolveStatus, StatusUpdate, VertexUpdate, WarningUpdate,
};
pub use steps::Step;
pub use trace::{Trace, Transfer, Vertex, VertexState};
