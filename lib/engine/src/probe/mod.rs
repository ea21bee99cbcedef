//! When is a container ready, and how fast does it answer?
//!
//! Some conditions follow from what the container does ([`Condition::Running`],
//! output, exit, health); others must be probed ([`Condition::Probe`]): again and
//! again until they hold ([`start`]), or at a constant rate ([`probe_at_rate`]).
//! What can go wrong with the answer:
//! - A TCP connect to a published port succeeds long before anything listens:
//!   docker-proxy accepts first. So nothing here takes a connect to a published
//!   port for readiness.
//! - With the host's network the port may belong to another process: it must be
//!   free before the start.
//! - Probing costs CPU time on the same machine. So its pace is bounded, and its
//!   cost is reported.
//!
//! A new probe is one file with a type that implements `Probe`, and one row in
//! the table of `condition.rs`.

mod address;
mod condition;
mod exec;
mod http;
mod listening;
mod log;
mod open_loop;
mod ready;
mod retry;
mod socket_diag;
mod tcp;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;

use crate::connect::Engine;
use crate::container::ContainerFacts;
use crate::error::EngineError;

pub use condition::{ActiveProbe, BadCondition, Condition, condition_forms, probe_forms};
pub use listening::is_listening_here;
pub use log::Pattern;
pub use open_loop::{
    ANSWER_TIMEOUT, BadRate, OpenLoopResult, ProbeFailure, Rate, TimedProbe, probe_at_rate,
};
pub use ready::{Evidence, Goal, NotReady, Ready, Timeline, Wait, start};

use open_loop::target::Target;

/// A running container that is probed.
#[derive(Debug)]
pub struct ProbedContainer<'a> {
    /// The engine that runs it.
    pub engine: &'a Engine,
    /// Its name.
    pub name: &'a str,
    /// Its addresses, published ports and process, as the engine reports them.
    pub facts: &'a ContainerFacts,
    /// Whether the engine is on this machine.
    pub local: bool,
}

/// What became of the probes so far.
#[derive(Debug, Default)]
pub struct ProbeTally {
    sent: Cell<u64>,
    /// Who is asked, for people, where answers are told apart.
    asked: OnceCell<String>,
    failure: Cell<Option<ProbeFailure>>,
}

impl ProbeTally {
    /// One more is sent.
    fn add_one(&self) {
        self.sent.set(self.sent.get() + 1);
    }

    /// How many were sent.
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// What the last one that failed was answered, and by whom, for people.
    pub fn last_failure(&self) -> Option<String> {
        let answer = self.failure.get().map(|failure| failure.to_string());
        let asked = self.asked.get()?;
        Some(format!("{asked}: {}", answer.as_deref().unwrap_or("no answer")))
    }
}

/// A positive answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// When it arrived, by our monotonic clock.
    pub received: Instant,
    /// What was probed (`container address 172.17.0.2:80`).
    pub target: String,
    /// The condition may have held for up to this long before the answer.
    pub resolution: Duration,
}

/// Probes a container that runs until the condition holds; never ends if it never does, or
/// if the condition is not a probe.
///
/// # Errors
/// The container cannot be probed.
pub async fn probe_until_ready(
    condition: &Condition,
    container: &ProbedContainer<'_>,
    tally: &ProbeTally,
) -> Result<ProbeAnswer, ProbeError> {
    match condition {
        Condition::Probe(active) => active.probe.until_ready(container, tally).await,
        _ => std::future::pending().await,
    }
}

/// Why a container cannot be probed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The container has neither a reachable address nor a published port.
    #[error(
        "port {port} of the container cannot be reached (publish it, or give the container a network)"
    )]
    NoAddress {
        /// The port.
        port: u16,
    },
    /// The port was taken before the start, so an answer could come from another process.
    #[error("port {port} of the host's network is in use already: who answers would not be known")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// A connect to the published port would time docker-proxy.
    #[error(
        "a connect to published port {port} says nothing of the container: docker-proxy accepts first (ask with http= or exec=)"
    )]
    Proxied {
        /// The container's port.
        port: u16,
    },
    /// The condition follows from what the container does: nothing can be probed
    /// at a rate of our choice.
    #[error("{condition} cannot be asked at a rate (use {forms})", forms = condition::probe_choice())]
    NoRate {
        /// The condition.
        condition: String,
    },
    /// The container has no health check.
    #[error(
        "the container has no health check (give it one with --health-cmd, or use another --ready)"
    )]
    NoHealthCheck,
    /// The engine refused or failed a call that the probe needs.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ProbeError {
    /// The error code of records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAddress { .. } => "no_address",
            Self::PortInUse { .. } => "port_in_use",
            Self::Proxied { .. } => "port_proxied",
            Self::NoRate { .. } => "not_timed",
            Self::NoHealthCheck => "no_healthcheck",
            Self::Engine(_) => "engine_refused",
        }
    }
}

/// A condition that must be probed. `Display` writes its value as people type it
/// (`8080/health` of `http=8080/health`).
trait Probe: fmt::Debug + fmt::Display + Send + Sync {
    /// The container's port that is probed, if it is one.
    fn port(&self) -> Option<u16> {
        None
    }

    /// Probes until the condition holds. Never ends if it never does.
    ///
    /// # Errors
    /// The container cannot be probed.
    fn until_ready<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
        tally: &'a ProbeTally,
    ) -> LocalBoxFuture<'a, Result<ProbeAnswer, ProbeError>>;

    /// What each probe at a constant rate is sent to.
    ///
    /// # Errors
    /// The container cannot be probed, or its answers would not be its own.
    fn target<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
    ) -> Result<Box<dyn Target + 'a>, ProbeError>;
}
