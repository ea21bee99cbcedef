//! What runs a build: `docker buildx`, the engine's own API, or the engine's old
//! builder. All feed one trace.

pub mod api;
mod builder;
pub mod buildx;
mod child;
mod choice;
mod command_line;
mod engine_request;
mod error;
pub mod legacy;
mod query;
mod request;
mod run;
mod site;
mod stall;
mod stopwatch;

pub use builder::Builder;
pub use buildx::{BuildxRequest, BuildxRun};
pub use choice::{Backend, check_undoing};
pub use command_line::arguments;
pub use engine_request::Job;
pub use error::BuildxError;
pub use legacy::LegacyStage;
pub use request::{BuildOptions, BuildRequest, Dockerfile};
pub use run::{BuildRun, Clock};
pub use site::BuildSite;
