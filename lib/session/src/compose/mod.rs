//! Stacks: compose projects of dp's own, made of the user's files.
//!
//! ```text
//! files --docker compose config--> Stack: the project, made private
//!   --create--> CreatedStack --start--> StartedStack --remove--> RemovedStack
//! ```
//!
//! compose brings the services up in their order; what they do is seen in the engine's
//! events. What could be wrong in the times:
//! - compose's own time (a process for each call) is part of them, as it is of users'.
//! - Whether a dependency holds is asked by compose twice a second: what waits for one may
//!   start up to half a second after it could.
//! - Volumes are new in every run: what fills them at the first start is measured.

mod command;
mod condition;
mod config;
mod failure;
mod lifecycle;
mod member;
mod named;
mod private;
mod stack;

pub use condition::{BadServiceCondition, ServiceCondition};
pub use config::{Profiles, config, unusable};
pub use lifecycle::{
    CreatedStack, NotUp, RemovedStack, StackGoal, StackLife, StackProbe, StackRun, StartedStack,
};
pub use member::{Member, Seen, Trouble, Want};
pub use named::{NamedStack, named_stacks};
pub use stack::{ComposeFile, Dependency, Service, Stack};
