//! CPU time that is spent beside the containers.

use std::time::Duration;

use dp_tool::Session;
use dp_tool::host::{own_cpu, process_cpu};

use crate::observation::Observation;

/// What our process and the engine's had spent at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    ours: Duration,
    engine: Option<Duration>,
}

impl Spent {
    /// Up to now.
    pub(crate) fn now(session: &Session) -> Self {
        Self { ours: own_cpu(), engine: session.process.and_then(process_cpu) }
    }

    /// Tells what was spent from this moment to a later one.
    pub(crate) fn note(self, now: Self, seen: &mut Observation) {
        seen.overhead_cpu_seconds = now.ours.saturating_sub(self.ours).as_secs_f64();
        let engine = now.engine.zip(self.engine);
        seen.engine_cpu_seconds = engine.map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    }
}
