//! One moment by both clocks of this machine.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A moment by the monotonic clock, by which durations are measured, and by the
/// realtime clock, by which engines stamp.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Monotonic.
    pub monotonic: Instant,
    /// Realtime.
    pub realtime: Timestamp,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self { monotonic: Instant::now(), realtime: Timestamp::now() }
    }

    /// Seconds from this moment to another one of ours; negative if it was before.
    pub fn to(&self, other: Instant) -> f64 {
        match other.checked_duration_since(self.monotonic) {
            Some(later) => later.as_secs_f64(),
            None => -self.monotonic.duration_since(other).as_secs_f64(),
        }
    }

    /// Seconds from this moment to a stamp of the same realtime clock.
    pub fn to_stamp(&self, stamp: Timestamp) -> f64 {
        stamp.duration_since(self.realtime).as_secs_f64()
    }

    /// By how much the realtime clock was set between this moment and a later one.
    pub fn step_until(&self, later: &Self) -> SignedDuration {
        let realtime = later.realtime.duration_since(self.realtime);
        let passed = later.monotonic.duration_since(self.monotonic);
        realtime - SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_set_clock_is_noticed() {
        let begin = Moment::now();
        let later = |realtime: i64| Moment {
            monotonic: begin.monotonic + Duration::from_secs(2),
            realtime: begin.realtime + SignedDuration::from_millis(realtime),
        };
        assert_eq!(begin.step_until(&later(2000)), SignedDuration::ZERO);
        assert_eq!(begin.step_until(&later(1500)), SignedDuration::from_millis(-500));
    }

    #[test]
    fn what_came_before_is_negative() {
        let begin = Moment::now();
        let before = begin.monotonic.checked_sub(Duration::from_millis(250)).unwrap();
        assert!((begin.to(before) + 0.25).abs() < 1e-9);
        let stamp = begin.realtime - SignedDuration::from_millis(500);
        assert!((begin.to_stamp(stamp) + 0.5).abs() < 1e-9);
    }
}
