//! A build that runs: hears it, and stops it on request.

use std::io;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use super::buildx::Event;
use super::hearing::{Heard, Hearing};
use super::stderr::Stderr;
use crate::child::Child;

/// How soon a request to stop is seen.
const LOOK: Duration = Duration::from_millis(20);
/// How long a child that was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);
/// How long stderr is read after the child ended, if something that left the
/// group still holds it.
const DRAIN: Duration = Duration::from_secs(1);

/// A child and what it has told so far.
pub(crate) struct Running {
    child: Child,
    /// Tells when it ended.
    exited: Receiver<Instant>,
    stderr: Stderr,
    hearing: Hearing,
}

/// How the child came to its end.
pub(crate) struct End {
    /// When.
    pub(crate) at: Instant,
    /// It had been asked to.
    pub(crate) stopped: bool,
}

impl Running {
    pub(crate) fn new(child: Child, exited: Receiver<Instant>, stderr: Stderr) -> Self {
        Self { child, exited, stderr, hearing: Hearing::default() }
    }

    /// Hears the child until it ends.
    pub(crate) fn watch(
        &mut self,
        stop: &dyn Fn() -> bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> End {
        let mut asked = None;
        loop {
            self.urge(stop, &mut asked);
            if let Some(at) = self.listen(on_event) {
                let stopped = asked.is_some();
                return End { at, stopped };
            }
        }
    }

    /// Asks the child to end once that is wanted, and later makes it.
    fn urge(&self, stop: &dyn Fn() -> bool, asked: &mut Option<Instant>) {
        match asked {
            None if stop() => {
                self.child.terminate();
                *asked = Some(Instant::now());
            }
            Some(since) if since.elapsed() >= GRACE => self.child.kill(),
            _ => {}
        }
    }

    /// Hears what came, or waits a moment for it. Gives the time of the end.
    fn listen(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> Option<Instant> {
        match self.exited.try_recv() {
            Ok(at) => return Some(at),
            Err(TryRecvError::Disconnected) => return Some(Instant::now()),
            Err(TryRecvError::Empty) => {}
        }
        match self.stderr.chunks.recv_timeout(LOOK) {
            Ok(chunk) => self.hearing.push(&chunk, on_event),
            Err(RecvTimeoutError::Timeout) => {}
            // Nothing more will be told: what is left is to wait for the end.
            Err(RecvTimeoutError::Disconnected) => {
                return self.exited.recv_timeout(LOOK).ok();
            }
        }
        None
    }

    /// Clears the group away, hears what is still in the pipe, and reaps.
    pub(crate) fn finish(
        mut self,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> io::Result<(ExitStatus, Heard)> {
        let status = self.child.reap()?;
        let deadline = Instant::now() + DRAIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(chunk) = self.stderr.chunks.recv_timeout(left) else {
                break;
            };
            self.hearing.push(&chunk, on_event);
        }
        Ok((status, self.hearing.finish(on_event)))
    }
}
