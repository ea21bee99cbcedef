//! Containers that tools start: each from its making to its removal, and why
//! one failed.

pub mod failure;
mod image;
mod life;

use dp_engine::cgroup::ParentGroup;

use crate::Session;

pub use image::Image;
pub use life::{Call, Goal, Held, Life, Made, Started};

/// The label of all that dp makes; its value is the batch.
pub const LABEL: &str = "dp.session";

impl Session {
    /// A control group of our own for containers to be started under, or why
    /// there is none.
    ///
    /// # Errors
    /// The engine is elsewhere or uses systemd, with which a parent would have
    /// to be a slice; or this machine lets us have none.
    pub fn parent_group(&self, name: &str) -> Result<ParentGroup, &'static str> {
        let facts = &self.facts;
        if !facts.local {
            return Err("the engine is on another machine");
        }
        if facts.cgroup_driver.as_deref() != Some("cgroupfs") {
            return Err("the engine's control group driver is not cgroupfs");
        }
        ParentGroup::new(name).ok_or("no right to make control groups: run dp as root")
    }
}
