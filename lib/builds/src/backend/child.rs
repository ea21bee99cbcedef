//! A child process that builds: reads what it reports, and stops it on request.

use std::io;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use crate::progress::Event;
use crate::progress::reader::{ProgressReader, StreamReport};
use crate::progress::stderr::Stderr;
use dp_tool::child::Child;

/// How often the caller is asked whether to stop.
const STOP_POLL: Duration = Duration::from_millis(20);
/// How long a child may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// How long stderr is read after the child ended, if something that left the
/// group still holds it.
const DRAIN: Duration = Duration::from_secs(1);

/// A child and what it has reported so far.
pub(crate) struct Running {
    child: Child,
    /// Receives the time of its end.
    exited: Receiver<Instant>,
    stderr: Stderr,
    reader: ProgressReader,
}

/// How the child ended.
pub(crate) struct End {
    /// When.
    pub(crate) at: Instant,
    /// It had been asked to.
    pub(crate) stopped: bool,
}

impl Running {
    pub(crate) fn new(child: Child, exited: Receiver<Instant>, stderr: Stderr) -> Self {
        Self { child, exited, stderr, reader: ProgressReader::default() }
    }

    /// Reads what the child reports until it ends.
    pub(crate) fn watch(
        &mut self,
        stop: &dyn Fn() -> bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> End {
        let mut asked = None;
        loop {
            self.stop_if_asked(stop, &mut asked);
            if let Some(at) = self.read_or_wait(on_event) {
                let stopped = asked.is_some();
                return End { at, stopped };
            }
        }
    }

    /// Sends SIGTERM once the caller wants to stop, and SIGKILL after [`GRACE`].
    fn stop_if_asked(&self, stop: &dyn Fn() -> bool, asked: &mut Option<Instant>) {
        match asked {
            None if stop() => {
                self.child.terminate();
                *asked = Some(Instant::now());
            }
            Some(since) if since.elapsed() >= GRACE => self.child.kill(),
            _ => {}
        }
    }

    /// Reads what came, or waits a moment for it. Returns the time of the end.
    fn read_or_wait(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> Option<Instant> {
        match self.exited.try_recv() {
            Ok(at) => return Some(at),
            Err(TryRecvError::Disconnected) => return Some(Instant::now()),
            Err(TryRecvError::Empty) => {}
        }
        match self.stderr.chunks.recv_timeout(STOP_POLL) {
            Ok(chunk) => self.reader.push(&chunk, on_event),
            Err(RecvTimeoutError::Timeout) => {}
            // Nothing more will be reported: what is left is to wait for the end.
            Err(RecvTimeoutError::Disconnected) => {
                return self.exited.recv_timeout(STOP_POLL).ok();
            }
        }
        None
    }

    /// Kills what is left of the process group, reads what is still in the pipe, and reaps.
    pub(crate) fn finish(
        mut self,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> io::Result<(ExitStatus, StreamReport)> {
        let status = self.child.reap()?;
        let deadline = Instant::now() + DRAIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(chunk) = self.stderr.chunks.recv_timeout(left) else {
                break;
            };
            self.reader.push(&chunk, on_event);
        }
        Ok((status, self.reader.finish(on_event)))
    }
}
