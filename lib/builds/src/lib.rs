//! Builds: run one, read its progress, say where the time went, and undo what
//! it left in the engine's build cache.
//!
//! Data flows one way. A backend ([`backend::buildx`], [`backend::api`],
//! [`backend::legacy`]) turns what a builder reports into [`SolveStatus`]
//! messages, the [`Reducer`] folds them into a [`Trace`], and [`Analysis`] and
//! [`Failure`] are pure functions of that trace. Only the backend knows how the
//! messages came.
//!
//! ```text
//! context -> backend -> progress (status -> trace -> critical path, failure)
//!            cache: what is in the build cache before and after, and whose it is
//! ```

pub mod args;
pub mod backend;
pub mod cache;
mod context;
mod isolated;
pub mod observed;
mod progress;
pub mod recorded;
pub mod subject;

pub use backend::{
    BuildOptions, BuildRequest, BuildRun, BuildxError, BuildxRequest, BuildxRun, Clock, Dockerfile,
    LegacyStage,
};
pub use context::{Context, ContextError, Entry, EntryKind, Filter, Keep};
pub use isolated::{CacheUse, cold_words};
pub use progress::{
    Analysis, CacheTransfers, Ending, Event, Failure, FailureCode, Interval, LogUpdate, Message,
    Parser, ProgressGroup, Reducer, SolveStatus, StatusUpdate, Step, StreamReport, Trace, Transfer,
    Vertex, VertexKind, VertexState, VertexUpdate, WarningUpdate, read,
};
pub use subject::BuildPlan;
