//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Only ends a test that fails: far longer than anything here takes.
pub(crate) const BOUND: Duration = Duration::from_mins(2);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Waits until the condition holds. The test fails if it never does.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    assert!(holds_within(BOUND, condition), "never came true: {what}");
}

/// Looks until the condition holds, or the time is up. Answers whether it ever did.
pub(crate) fn holds_within(bound: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if begin.elapsed() > bound {
            return false;
        }
        std::thread::sleep(LOOK);
    }
}
