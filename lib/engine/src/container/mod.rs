//! Containers: what a container is created from ([`Request`]), the engine's calls,
//! and what is reported while it runs ([`ContainerFeed`]).
//!
//! Starting one and waiting until it is ready is [`crate::probe::start`]. Times of
//! containers go wrong in many ways; these are the rules that the modules keep:
//! - Durations come from our monotonic clock. Engines stamp `StartedAt` and
//!   `die` at different points of a start and an end, so neither is a latency.
//!   `FinishedAt` lies within a few ms of the last instruction on all of them.
//! - Listening to events, output and exit begins before the start call, so that
//!   nothing is missed.
//! - The wait reply comes after the network is taken down, long after the exit.

mod events;
mod exit;
mod facts;
mod feed;
mod lifecycle;
mod list;
mod moment;
pub mod options;
mod output;
mod refusal;
mod stats;

pub use events::{Action, Event, Events};
pub use exit::{Exit, Exited};
pub use facts::{ContainerFacts, HealthCheck, Published};
pub use feed::{ContainerFeed, Update};
pub use list::ComposeContainer;
pub use moment::Moment;
pub use options::{OptionError, Request, RunOptions};
pub(crate) use output::Lines;
pub use output::Written;
pub use refusal::Refusal;
pub use stats::{ApiSample, ApiSamples};
