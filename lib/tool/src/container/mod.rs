//! Containers that tools start: each from its making to its removal, and why
//! one failed.

pub mod failure;
mod image;
mod life;

use std::panic::{AssertUnwindSafe, resume_unwind};

use dp_engine::EngineError;
use dp_engine::cgroup::ParentGroup;
use dp_engine::container::Request;

use futures_util::FutureExt as _;

use crate::{Fault, Progress, Session, fault};

pub use image::Image;
pub use life::{Call, Goal, Held, Life, Made, Started};

/// The label of all that dp makes; its value is the batch.
pub const LABEL: &str = "dp.session";

impl Session {
    /// Does the work of a batch. Whatever happens, a panic included, what bears
    /// its label goes before this returns.
    ///
    /// # Errors
    /// Those of the work; the engine refuses or is lost.
    pub async fn clean_after<T>(
        &self,
        batch: &str,
        progress: &Progress,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let done = AssertUnwindSafe(work).catch_unwind().await;
        let cleaned = self.engine.remove_labelled(&format!("{LABEL}={batch}")).await;
        progress.end();
        let done = done.unwrap_or_else(|panic| resume_unwind(panic))?;
        cleaned.map_err(fault)?;
        Ok(done)
    }

    /// The engine was lost in the middle of a batch, with what it ran.
    pub fn lost(&self, batch: &str) -> Fault {
        let url = self.engine.endpoint();
        Fault::engine(format!(
            "lost the engine at {url}: containers with the label {LABEL}={batch} may be left (make \
             clean-engine removes them)"
        ))
    }

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

    /// Lets `work` start containers that bear the label of the batch, under a
    /// control group called `name` where there can be one (else it is told why
    /// not), and removes the group and the volumes that had to be made.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn on_own_ground<T>(
        &self,
        request: &Request,
        (name, batch): (&str, &str),
        work: impl AsyncFnOnce(&Request, Result<&ParentGroup, &'static str>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let group = self.parent_group(name);
        let mut request = request.clone();
        request.set_label(LABEL, batch);
        if let Ok(group) = &group {
            request.set_cgroup_parent(group.parent());
        }
        let engine = &self.engine;
        let made = engine.create_missing_volumes(request.named_volumes(), (LABEL, batch)).await?;
        let done = work(&request, group.as_ref().map_err(|why| *why)).await?;
        for volume in made {
            engine.remove_volume(&volume).await?;
        }
        Ok(done)
    }
}
