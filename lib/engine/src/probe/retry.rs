//! How often a probe is repeated until it succeeds.

use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Period at first: most containers are ready within a second, and shorter
/// periods make probing a load of its own.
const FAST: Duration = Duration::from_millis(2);
/// Period later.
const SLOW: Duration = Duration::from_millis(20);
/// How long the first period lasts.
const FIRST: Duration = Duration::from_secs(1);

/// The period between two probes, which grows with time.
#[derive(Debug)]
pub(super) struct RetryPeriod {
    begun: Instant,
}

impl RetryPeriod {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now() }
    }

    /// The period as of now.
    pub(super) fn current(&self) -> Duration {
        period(self.begun.elapsed())
    }

    /// Waits for one period.
    pub(super) async fn wait(&self) {
        sleep(self.current()).await;
    }
}

fn period(since_first: Duration) -> Duration {
    if since_first < FIRST { FAST } else { SLOW }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_slows_down_after_a_second() {
        assert_eq!(period(Duration::ZERO), FAST);
        assert_eq!(period(Duration::from_millis(999)), FAST);
        assert_eq!(period(FIRST), SLOW);
    }
}
