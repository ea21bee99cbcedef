//! Why a tool must stop before its work is done: a signal, or a closed stdout.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Wake, Waker};
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

    /// Calls `act` as soon as somebody asks to stop, from the thread that does; at
    /// once where somebody did already. What it answers must be held for as long as
    /// this is wanted: dropped, `act` is not called any more.
    #[must_use]
    pub fn tell(&self, act: impl FnOnce(StopReason) + Send + 'static) -> Told {
        let action = Action { stop: self.clone(), act: Mutex::new(Some(Box::new(act))) };
        let action = Arc::new(action);
        let mut waiting = self.waiting();
        waiting.push(Waker::from(Arc::clone(&action)));
        let set = self.is_set();
        drop(waiting);
        if set {
            action.run();
        }
        Told(action)
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
            // A signal after stdout was closed is the first one too.
            for (before, signal) in signals.forever().enumerate() {
                if before > 0 {
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

/// What is done when somebody asks to stop, once.
struct Action {
    stop: Stop,
    act: Mutex<Option<Act>>,
}

type Act = Box<dyn FnOnce(StopReason) + Send>;

impl Action {
    fn run(&self) {
        let Some(reason) = self.stop.reason() else { return };
        if let Some(act) = self.take() {
            act(reason);
        }
    }

    fn take(&self) -> Option<Act> {
        self.act.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Wake for Action {
    fn wake(self: Arc<Self>) {
        self.run();
    }
}

/// Holds what [`Stop::tell`] was given.
pub struct Told(Arc<Action>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        drop(self.0.take());
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
    fn who_asked_to_be_told_is_told_once_and_not_after_he_left() {
        let (sender, told) = std::sync::mpsc::channel();
        let tell = |stop: &Stop| {
            let sender = sender.clone();
            stop.tell(move |reason| sender.send(reason).unwrap())
        };
        let stop = Stop::default();
        let (stays, left) = (tell(&stop), tell(&stop));
        drop(left);
        stop.set(StopReason::Signal(SIGINT));
        stop.set(StopReason::Signal(SIGTERM));
        drop(stays);
        let late = tell(&stop);
        drop((late, sender));
        assert_eq!(told.iter().collect::<Vec<_>>(), [StopReason::Signal(SIGINT); 2]);
    }

    #[test]
    fn a_pipe_without_a_reader_is_closed() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(wait_until_closed(writer.as_fd()));
    }
}
