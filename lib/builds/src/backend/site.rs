//! Where a batch of builds runs: the engine, and what builds on it.

use dp_engine::Endpoint;
use dp_record::{Plan, Record};
use dp_session::Session;
use dp_tool::{Exit, Fault, Progress};

use super::builder::{self, Builder};
use super::choice::{Backend, check_undoing};
use crate::args::BackendChoice;
use crate::subject::BuildPlan;

/// An engine that was reached, with the backend that builds on it.
#[derive(Debug)]
pub struct BuildSite {
    /// The engine.
    pub session: Session,
    /// What builds.
    pub backend: Backend,
}

impl BuildSite {
    /// Reaches the engine, chooses the backend, and reads the Dockerfiles of the plan as its
    /// frontend does.
    ///
    /// # Errors
    /// The engine or the builder is not there, or the backend cannot honour the plan.
    pub async fn reach(
        plan: &mut BuildPlan,
        endpoint: &Endpoint,
        progress: &Progress,
    ) -> Result<Self, Fault> {
        let (session, backend) = match plan.backend {
            BackendChoice::Engine => (dp_session::reach(endpoint).await?, Backend::Engine),
            BackendChoice::Legacy => (dp_session::reach(endpoint).await?, Backend::Legacy),
            BackendChoice::Auto | BackendChoice::Buildx => {
                let builder = Builder::choose(endpoint, plan.builder.as_deref(), progress)?;
                builder.check(plan.isolated)?;
                match builder::reach(endpoint).await? {
                    (session, Ok(version)) => (session, Backend::Buildx(builder, version)),
                    (session, Err(reason)) if may_do_without(plan, &reason) => {
                        progress.note(&format!("building over the engine's API: {reason}"));
                        (session, Backend::Engine)
                    }
                    (_, Err(reason)) => return Err(reason),
                }
            }
        };
        let version = &session.facts.engine_version;
        backend.check(plan)?;
        backend.check_engine(plan, version)?;
        if plan.isolated {
            check_undoing(&session).await?;
        }
        backend.read_dockerfiles(plan, version)?;
        Ok(Self { session, backend })
    }

    /// The `env` record of a batch that this tool (name, version) builds here.
    pub fn env_record(
        &self,
        (tool, version): (&str, &str),
        batch: &str,
        planned: Plan,
        seed: u64,
    ) -> Record {
        let mut ground = self.session.ground(version);
        self.backend.describe_in(&mut ground);
        self.session.env_record(tool, ground, batch, planned, seed)
    }
}

/// Whether the engine's API can take the place of a buildx that is not there.
fn may_do_without(plan: &BuildPlan, reason: &Fault) -> bool {
    plan.backend == BackendChoice::Auto && plan.builder.is_none() && reason.exit == Exit::Engine
}
