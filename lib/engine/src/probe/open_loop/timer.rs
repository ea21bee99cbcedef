//! Wakes a task at given moments, by a thread: tokio's own timer rounds up to
//! whole milliseconds, which is more than a quick answer takes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

use tokio::sync::Notify;

/// Wakes at every moment, never before it; ends its thread when it is dropped.
#[derive(Debug)]
pub(super) struct Timer {
    woken: Arc<Notify>,
    _alive: Sender<Infallible>,
}

impl Timer {
    /// A timer for these moments, which come in order.
    pub(super) fn new(moments: impl Iterator<Item = Instant> + Send + 'static) -> Self {
        let (alive, dropped) = channel();
        let woken = Arc::new(Notify::new());
        let wakes = Arc::clone(&woken);
        thread::spawn(move || {
            for moment in moments {
                if !passes(moment, &dropped) {
                    return;
                }
                wakes.notify_one();
            }
        });
        Self { woken, _alive: alive }
    }

    /// Waits for the next moment. Several that have passed meanwhile are one.
    pub(super) async fn next(&self) {
        self.woken.notified().await;
    }
}

/// Waits until the moment; false once the timer was dropped.
fn passes(moment: Instant, dropped: &Receiver<Infallible>) -> bool {
    loop {
        let left = moment.saturating_duration_since(Instant::now());
        match dropped.recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) if Instant::now() >= moment => return true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
            Ok(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn never_wakes_before_the_moment() {
        let begun = Instant::now();
        let moments = [1, 2, 30].map(|ms| begun + Duration::from_millis(ms));
        let timer = Timer::new(moments.into_iter());
        while Instant::now() < moments[2] {
            timer.next().await;
            assert!(Instant::now() >= moments[0]);
        }
        assert!(Instant::now() >= moments[2]);
    }

    #[tokio::test]
    async fn its_thread_ends_with_it() {
        let (held, ended) = channel::<()>();
        let far = Instant::now() + Duration::from_secs(1000);
        let timer = Timer::new([far].into_iter().inspect(move |_| {
            let _ = &held;
        }));
        drop(timer);
        // Ends when the thread's side of the channel is gone.
        assert!(
            ended
                .recv_timeout(Duration::from_secs(100))
                .is_err_and(|e| e == RecvTimeoutError::Disconnected)
        );
    }
}
