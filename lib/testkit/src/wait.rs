//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Only ends a test that fails: far longer than anything here takes.
const BOUND: Duration = Duration::from_mins(2);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Waits until the condition holds. The test fails if it never does.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    assert!(ended_within_bound(condition), "never came true: {what}");
}

/// Looks until the condition holds. Answers whether it ever did.
pub(crate) fn ended_within_bound(mut condition: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if begin.elapsed() > BOUND {
            return false;
        }
        std::thread::sleep(LOOK);
    }
}
