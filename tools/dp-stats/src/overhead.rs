//! What measuring costs: CPU time of our process and of the engine's.

use std::time::Duration;

use dp_session::Session;
use dp_session::host::{own_cpu, process_cpu};

use crate::observation::Observation;

/// CPU time of our process and of the engine's up to one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuOverhead {
    ours: Duration,
    engine: Option<Duration>,
}

impl CpuOverhead {
    /// Up to now.
    pub(crate) fn now(session: &Session) -> Self {
        Self { ours: own_cpu(), engine: session.process.and_then(process_cpu) }
    }

    /// Puts what was spent from this moment to a later one into an observation.
    pub(crate) fn note(self, now: Self, observation: &mut Observation) {
        observation.overhead_cpu_seconds = now.ours.saturating_sub(self.ours).as_secs_f64();
        let engine = now.engine.zip(self.engine);
        observation.engine_cpu_seconds =
            engine.map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_between_two_moments_is_their_difference() {
        let at = |ours, engine: Option<u64>| CpuOverhead {
            ours: Duration::from_millis(ours),
            engine: engine.map(Duration::from_millis),
        };
        let noted = |before: CpuOverhead, after| {
            let mut observation = Observation::default();
            before.note(after, &mut observation);
            (observation.overhead_cpu_seconds, observation.engine_cpu_seconds)
        };
        assert_eq!(noted(at(500, Some(1000)), at(750, Some(3000))), (0.25, Some(2.0)));
        // The process of the engine cannot be read, or is another one by now.
        assert_eq!(noted(at(0, None), at(500, Some(10))), (0.5, None));
        assert_eq!(noted(at(0, Some(10)), at(500, Some(0))), (0.5, Some(0.0)));
    }
}
