//! Containers that tools start. One container's life, and the type of each state:
//!
//! ```text
//! CreatedContainer --start--> StartedContainer --remove--> RemovedContainer
//!   created, all its           ready, or not and why;        how it went: timeline,
//!   reports listened to        held or followed              stop call, exit, removal
//! ```
//!
//! These types own the order of the calls. What a container reports comes from
//! [`ContainerFeed`](dp_engine::container::ContainerFeed); waiting until it is ready
//! is [`dp_engine::probe::start`], which fills the
//! [`Timeline`](dp_engine::probe::Timeline) that all three states carry on.

pub mod failure;
mod lifecycle;

use dp_cgroup::{ParentError, ParentGroup};
use dp_engine::EngineError;
use dp_engine::container::Request;

use crate::{Session, fault};
use dp_tool::{Fault, Mask, credentials_in, is_sensitive_name};

pub use dp_engine::probe::Goal;
pub use lifecycle::{CreatedContainer, Hold, RemovedContainer, StartedContainer, StopCall};

/// The label of all that dp creates; its value is the batch.
pub const LABEL: &str = "dp.session";

/// An image that containers are started of.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its id. Looked up once: a name may mean another image later.
    pub id: String,
    /// Hides the values of its own variables with sensitive names, and credentials in
    /// addresses, which a container may print.
    pub mask: Mask,
}

impl Image {
    /// Finds it by name or id.
    ///
    /// # Errors
    /// There is none, or the engine is lost.
    pub async fn find(session: &Session, name: &str) -> Result<Self, EngineError> {
        let image = session.engine.inspect(name).await?;
        let variables = image.env.iter().filter_map(|variable| variable.split_once('='));
        let secrets = variables.flat_map(|(name, value)| {
            let whole = is_sensitive_name(name).then(|| value.to_owned());
            // A proxy's address may hold a password.
            whole.into_iter().chain(credentials_in(value))
        });
        let mask = Mask::new(secrets);
        Ok(Self { id: image.id, mask })
    }
}

impl Session {
    /// Removes the containers and volumes that have the label of this batch.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn remove_labelled(&self, batch: &str) -> Result<(), Fault> {
        self.engine.remove_labelled(&format!("{LABEL}={batch}")).await.map_err(fault)
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
    /// there is none, in a sentence.
    ///
    /// # Errors
    /// The engine is elsewhere, this machine lets us have none, or systemd, which has to
    /// make it for an engine with that driver, does not.
    pub fn parent_group(&self, name: &str) -> Result<ParentGroup, String> {
        let driver = self.facts.cgroup_driver.as_deref().unwrap_or("unknown");
        self.group_here(|| ParentGroup::new(name, driver))
    }

    /// The same for the steps of a build. The engine's builder makes their groups itself as
    /// folders, whatever the engine's control group driver is.
    ///
    /// # Errors
    /// As for [`Session::parent_group`].
    pub fn build_group(&self, name: &str) -> Result<ParentGroup, String> {
        self.group_here(|| ParentGroup::folder(name))
    }

    fn group_here(
        &self,
        make: impl FnOnce() -> Result<ParentGroup, ParentError>,
    ) -> Result<ParentGroup, String> {
        if !self.facts.local {
            return Err("the engine is on another machine".to_owned());
        }
        make().map_err(|why| why.to_string())
    }

    /// Lets `work` start containers with the label of the batch, under a control
    /// group called `name` where there can be one (else `work` gets the reason), and
    /// removes the group and the volumes that had to be created.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn in_own_cgroup<T>(
        &self,
        request: &Request,
        (name, batch): (&str, &str),
        work: impl AsyncFnOnce(&Request, Result<&ParentGroup, &str>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let group = self.parent_group(name);
        let mut request = request.clone();
        request.set_label(LABEL, batch);
        if let Ok(group) = &group {
            request.set_cgroup_parent(group.parent());
        }
        let engine = &self.engine;
        let made = engine.create_missing_volumes(request.named_volumes(), (LABEL, batch)).await?;
        let done = work(&request, group.as_ref().map_err(String::as_str)).await?;
        for volume in made {
            engine.remove_volume(&volume).await?;
        }
        Ok(done)
    }
}
