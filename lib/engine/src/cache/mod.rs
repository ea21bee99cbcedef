//! The engine's build cache: what is in it, and how to take out exactly what a measurement put in.
//!
//! A cold measurement builds without cache in a cache-mount namespace of its own. That leaves
//! records behind which would answer the user's next build, with another image than before.
//! [`Engine::cache_snapshot`] is taken before, [`Made`] says what the measurement did, and
//! [`Engine::remove_cache_made_since`] removes the records that are new and its own.
//!
//! Nothing here can remove a record that it does not name: a prune request cannot be made without
//! ids, and records whose maker cannot be told stay, and are reported ([`LeftReason`]).
//!
//! [`Engine::cache_snapshot`]: crate::Engine::cache_snapshot
//! [`Engine::remove_cache_made_since`]: crate::Engine::remove_cache_made_since

mod command;
mod credit;
mod kin;
mod list;
mod made;
mod origin;
mod owner;
mod prune;
mod record;
mod remove;
mod snapshot;
mod step;

pub use made::{Executed, Made, Others};
pub use record::{CacheRecord, RecordKind};
pub use remove::{LeftReason, Removal};
pub use snapshot::CacheSnapshot;
