//! buildx that does not say which file it could not read.
//!
//! Its sender gives up when it fails to read a file of the context, without a
//! message to the engine or the user (seen with buildx 0.29). Mostly both then
//! wait for the rest for ever. A build may rightly be silent for hours, so silence
//! alone ends none: only when a context has been silent for long are its files
//! read, and only if one cannot be read is the build stopped. At times the engine
//! notices that the sender is gone: the build then fails with "error from sender:
//! context canceled", and the files are read to tell why.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::{BuildRun, Context, ContextError, Event, Keep, SolveStatus, VertexState};

use crate::subject::ResolvedSubject;
use crate::subject::content::{keep, read_ignore};

/// How long a context is silent before its files are read.
const SILENCE: Duration = Duration::from_secs(5);

/// What sends the context; those of `--build-context` have other names.
const SENDING: &str = "[internal] load build context";

/// Watches over the context of one build.
pub(crate) struct StallDetector<'a> {
    subject: &'a ResolvedSubject,
    sending: RefCell<Option<Sending>>,
    /// What could not be read.
    unreadable: RefCell<Option<ContextError>>,
}

/// The context is being sent.
struct Sending {
    vertex: String,
    last_message: Instant,
    /// Whether the files have been read: once is enough.
    checked: Cell<bool>,
}

impl<'a> StallDetector<'a> {
    pub(crate) fn new(subject: &'a ResolvedSubject) -> Self {
        Self { subject, sending: RefCell::default(), unreadable: RefCell::default() }
    }

    /// Takes what the build reports.
    pub(crate) fn observe(&self, event: Event<'_>) {
        if let Event::Status(status) = event {
            follow(&mut self.sending.borrow_mut(), status);
        }
    }

    /// Whether the build waits for what will never come. May take as long as
    /// it takes to read the context; `stop` ends that early.
    pub(crate) fn is_stalled(&self, stop: &dyn Fn() -> bool) -> bool {
        let is_silent = |sending: &Sending| {
            sending.last_message.elapsed() >= SILENCE && !sending.checked.replace(true)
        };
        if self.sending.borrow().as_ref().is_some_and(is_silent) {
            *self.unreadable.borrow_mut() = self.find_unreadable(stop);
        }
        self.unreadable.borrow().is_some()
    }

    fn find_unreadable(&self, stop: &dyn Fn() -> bool) -> Option<ContextError> {
        let subject = &self.subject.subject;
        let ignore = read_ignore(&subject.context, &subject.dockerfile, self.subject.rules).ok()?;
        let filter = |path: &str, _: bool| -> Keep { keep(&ignore, path) };
        let context = Context { folder: &subject.context, filter: &filter };
        context.check_readable(stop).err()
    }

    /// The build as it ended: one that was stopped for a file, or that only says
    /// that its sender gave up, failed by that file, and by nothing that the stop
    /// itself broke. `stop` ends the reading of the files early.
    pub(crate) fn judge(self, mut run: BuildRun, stop: &dyn Fn() -> bool) -> BuildRun {
        let found = self.unreadable.take();
        let lost_sender = !run.succeeded && !run.cancelled && says_that_sender_gave_up(&run.text);
        let unreadable = match found {
            Some(error) => Some(error).filter(|_| run.cancelled || lost_sender),
            None if lost_sender => self.find_unreadable(stop),
            None => None,
        };
        let Some(error) = unreadable else { return run };
        for vertex in &mut run.trace.vertexes {
            if vertex.name == SENDING {
                vertex.state = VertexState::Failed;
                vertex.error = Some(error.build_message());
            } else if vertex.state == VertexState::Failed {
                vertex.state = VertexState::Canceled;
            }
        }
        run.cancelled = false;
        run.text.push(format!("ERROR: {}", error.build_message()));
        run
    }
}

/// Whether the build failed since its client stopped sending, without a reason.
fn says_that_sender_gave_up(text: &[String]) -> bool {
    text.iter().any(|line| line.contains("error from sender: context canceled"))
}

fn follow(sending: &mut Option<Sending>, status: &SolveStatus) {
    for vertex in status.vertexes.iter().filter(|vertex| vertex.name == SENDING) {
        let runs = vertex.started.is_some() && vertex.completed.is_none();
        *sending = runs.then(|| Sending {
            vertex: vertex.digest.clone(),
            last_message: Instant::now(),
            checked: Cell::new(false),
        });
    }
    if let Some(sending) = sending
        && status.statuses.iter().any(|one| one.vertex == sending.vertex)
    {
        sending.last_message = Instant::now();
    }
}
