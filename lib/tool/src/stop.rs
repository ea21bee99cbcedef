//! Why a tool must stop before its work is done: a signal, or a closed stdout.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// What asked the tool to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// A first SIGINT, SIGTERM or SIGHUP.
    Signal(i32),
    /// Nobody reads stdout any more.
    StdoutClosed,
}

/// Tells all parts of a tool that it must stop. Clones share one state; the
/// first reason stays.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    reason: Arc<OnceLock<StopReason>>,
    /// Tasks that wait for a reason, to be woken once there is one.
    waiting: Arc<Mutex<Vec<Waker>>>,
}

impl Stop {
    /// Asks to stop.
    pub fn set(&self, reason: StopReason) {
        if self.reason.set(reason).is_ok() {
            self.waiting().drain(..).for_each(Waker::wake);
        }
    }

    /// Why to stop; none while the work may go on.
    pub fn reason(&self) -> Option<StopReason> {
        self.reason.get().copied()
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.reason().is_some()
    }

    /// Waits until somebody asks to stop.
    pub async fn wait(&self) -> StopReason {
        poll_fn(|context| {
            // The reason is looked at while the list is held: one that is set
            // meanwhile finds this waker in it.
            let mut waiting = self.waiting();
            let Some(reason) = self.reason() else {
                if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                    waiting.push(context.waker().clone());
                }
                return Poll::Pending;
            };
            Poll::Ready(reason)
        })
        .await
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops at the first SIGINT, SIGTERM or SIGHUP; the second ends the
    /// process at once. A SIGHUP that was ignored when we began (nohup) stays
    /// ignored.
    pub(crate) fn on_signals(&self) -> io::Result<()> {
        let mut wanted = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let mut signals = Signals::new(wanted)?;
        let stop = self.clone();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if matches!(stop.reason(), Some(StopReason::Signal(_))) {
                    #[cfg(feature = "measure")]
                    crate::child::kill_all();
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
                stop.set(StopReason::Signal(signal));
            }
        })?;
        Ok(())
    }

    /// Stops when the reader of stdout goes away, even while nothing is
    /// written: a pipe then reports an error to poll without being asked.
    pub(crate) fn on_closed_stdout(&self) -> io::Result<()> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        let stop = self.clone();
        thread::Builder::new().name("stdout".to_owned()).spawn(move || {
            if wait_until_closed(stdout.as_fd()) {
                stop.set(StopReason::StdoutClosed);
            }
        })?;
        Ok(())
    }
}

/// Blocks until the other end of a pipe or socket is gone. Answers false for
/// what cannot be watched.
fn wait_until_closed(output: BorrowedFd<'_>) -> bool {
    loop {
        let mut watched = [PollFd::new(&output, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) => {
                let events = watched[0].revents();
                return events.intersects(PollFlags::ERR | PollFlags::HUP);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Whether a signal was ignored when the process began, from the mask that the
/// kernel shows (Linux; elsewhere no).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let stop = Stop::default();
        stop.set(StopReason::StdoutClosed);
        stop.set(StopReason::Signal(SIGINT));
        assert_eq!(stop.reason(), Some(StopReason::StdoutClosed));
    }

    #[test]
    fn a_pipe_without_a_reader_is_closed() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(wait_until_closed(writer.as_fd()));
    }
}
