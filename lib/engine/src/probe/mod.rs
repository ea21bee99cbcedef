//! When is a container ready?
//!
//! Some conditions are told by what the container does ([`Condition::Running`],
//! output, exit, health), others must be asked for again and again. What can go
//! wrong in the answer:
//! - A TCP connect to a published port succeeds long before anybody listens:
//!   docker-proxy accepts first. So nothing here takes a connect on a published
//!   port for readiness.
//! - With the host's network the port may be somebody else's: it must be free
//!   before the start.
//! - Asking costs CPU time on the same machine. So the pace is bounded, and
//!   what it cost is told.

mod address;
mod condition;
mod exec;
mod http;
mod listening;
mod log;
mod pace;
mod paced;
mod ready;
mod socket_diag;
mod tcp;

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::connect::Engine;
use crate::container::ContainerFacts;
use crate::error::EngineError;

pub use condition::{BadCondition, Condition};
pub use http::HttpWanted;
pub use listening::is_listening_here;
pub use log::Pattern;
pub use paced::{BadRate, Miss, PATIENCE, Paced, Probe, Rate, paced};
pub use ready::{How, NotReady, Ready, Seen, Wanted, start};

/// A running container that is asked.
#[derive(Debug)]
pub struct Place<'a> {
    /// The engine that has it.
    pub engine: &'a Engine,
    /// Its name.
    pub name: &'a str,
    /// What the engine says of it.
    pub facts: &'a ContainerFacts,
    /// Whether the engine is on this machine.
    pub local: bool,
}

/// What asking has cost so far.
#[derive(Debug, Default)]
pub struct Tally {
    probes: Cell<u64>,
}

impl Tally {
    /// How often was asked.
    pub fn probes(&self) -> u64 {
        self.probes.get()
    }

    fn count(&self) {
        self.probes.set(self.probes.get() + 1);
    }
}

/// A positive answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// When we had it.
    pub heard: Instant,
    /// What was asked (`container address 172.17.0.2:80`).
    pub by: String,
    /// The truth may be older than the answer by that much.
    pub resolution: Duration,
}

/// Why nothing can be asked.
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
    /// The port was taken before the start, so an answer would be somebody else's.
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
    /// Nobody answers it at a time of our choice.
    #[error(
        "{condition} cannot be asked at a rate (use tcp=PORT, http=[METHOD ]PORT/PATH[=STATUS] or exec=COMMAND)"
    )]
    NotTimed {
        /// The condition.
        condition: String,
    },
    /// The container has no health check.
    #[error(
        "the container has no health check (give it one with --health-cmd, or use another --ready)"
    )]
    NoHealthCheck,
    /// The engine does not do what asking needs.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ProbeError {
    /// The code of records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAddress { .. } => "no_address",
            Self::PortInUse { .. } => "port_in_use",
            Self::Proxied { .. } => "port_proxied",
            Self::NotTimed { .. } => "not_timed",
            Self::NoHealthCheck => "no_healthcheck",
            Self::Engine(_) => "engine_refused",
        }
    }
}

/// Asks until the condition holds. Never ends if it never does, nor if the
/// container's own doings tell it.
///
/// # Errors
/// It cannot be asked for.
pub async fn ask(
    condition: &Condition,
    place: &Place<'_>,
    tally: &Tally,
) -> Result<Answered, ProbeError> {
    match condition {
        Condition::Http(wanted) => http::ask(wanted, place, tally).await,
        Condition::Tcp(port) => tcp::ask(*port, place, tally).await,
        Condition::Exec(command) => exec::ask(command, place, tally).await,
        _ => std::future::pending().await,
    }
}
