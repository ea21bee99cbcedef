//! Containers: what is asked for, the calls, and what is seen of a life.
//!
//! Times of containers go wrong in many ways; these are the rules that the
//! modules here keep:
//! - Durations come from our monotonic clock. Engines stamp `StartedAt` and
//!   `die` at different points of a start and an end, so neither is a latency.
//!   `FinishedAt` lies within a few ms of the last instruction on all of them.
//! - All that could be missed is listened for before the start call: events,
//!   output, the exit.
//! - The wait reply comes after the network is taken down, long after the exit.

mod events;
mod exit;
mod facts;
mod lifecycle;
mod list;
mod live;
mod moment;
pub mod options;
mod output;
mod refusal;
mod stats;

pub use events::{Action, Event, Events};
pub use exit::{Exit, Exited};
pub use facts::{ContainerFacts, HealthCheck, Published};
pub use list::ComposeContainer;
pub use live::{Live, News};
pub use moment::Moment;
pub use options::{OptionError, Request, RunOptions};
pub(crate) use output::Lines;
pub use output::Written;
pub use refusal::Refusal;
pub use stats::{ApiSample, ApiSamples};
