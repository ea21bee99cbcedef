//! How often to ask.

use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Period at first: what is asked for mostly comes within a second, and
/// shorter periods make the asking a load of its own.
const FAST: Duration = Duration::from_millis(2);
/// Period later.
const SLOW: Duration = Duration::from_millis(20);
/// How long the first period lasts.
const FIRST: Duration = Duration::from_secs(1);

/// Tells when to ask next.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now() }
    }

    /// The period of now.
    pub(super) fn period(&self) -> Duration {
        period(self.begun.elapsed())
    }

    /// Waits for one period.
    pub(super) async fn wait(&self) {
        sleep(self.period()).await;
    }
}

fn period(asked_for: Duration) -> Duration {
    if asked_for < FIRST { FAST } else { SLOW }
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
