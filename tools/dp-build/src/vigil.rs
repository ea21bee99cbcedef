//! buildx that would wait for ever.
//!
//! Its sender gives up when it fails to read a file of the context, and tells
//! neither the engine nor the user (seen with buildx 0.29): both then wait for
//! the rest. A build may rightly be silent for hours, so silence alone ends
//! none: only when a context has been silent for long are its files read, and
//! only if one cannot be read is the build stopped.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use dp_engine::build::{BuildRun, Context, ContextError, Event, Keep, SolveStatus, VertexState};

use crate::context::{keep, read_ignore};
use crate::source::Source;

/// How long nothing is heard of a context before its files are read.
const SILENCE: Duration = Duration::from_secs(5);

/// What sends the context; those of `--build-context` have other names.
const SENDING: &str = "[internal] load build context";

/// Watches over the context of one build.
pub(crate) struct Vigil<'a> {
    source: &'a Source,
    sending: RefCell<Option<Sending>>,
    /// What could not be read.
    found: RefCell<Option<ContextError>>,
}

/// The context is being sent.
struct Sending {
    vertex: String,
    heard: Instant,
    /// The files have been read: once is enough.
    read: Cell<bool>,
}

impl<'a> Vigil<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, sending: RefCell::default(), found: RefCell::default() }
    }

    /// Hears what the build tells.
    pub(crate) fn hear(&self, event: Event<'_>) {
        if let Event::Status(status) = event {
            follow(&mut self.sending.borrow_mut(), status);
        }
    }

    /// Whether the build waits for what will never come. May take as long as
    /// it takes to read the context; `stop` ends that early.
    pub(crate) fn waits_in_vain(&self, stop: &dyn Fn() -> bool) -> bool {
        let silent =
            |sending: &Sending| sending.heard.elapsed() >= SILENCE && !sending.read.replace(true);
        if self.sending.borrow().as_ref().is_some_and(silent) {
            *self.found.borrow_mut() = self.unreadable(stop);
        }
        self.found.borrow().is_some()
    }

    fn unreadable(&self, stop: &dyn Fn() -> bool) -> Option<ContextError> {
        let subject = &self.source.subject;
        let ignore = read_ignore(&subject.context, &subject.dockerfile).ok()?;
        let filter = |path: &str, _: bool| -> Keep { keep(&ignore, path) };
        let context = Context { folder: &subject.context, filter: &filter };
        context.check_readable(stop).err()
    }

    /// The build as it ended: one that was stopped for a file failed by it, and
    /// by nothing that the stop itself broke.
    pub(crate) fn judge(self, mut run: BuildRun) -> BuildRun {
        let Some(error) = self.found.into_inner().filter(|_| run.cancelled) else { return run };
        for vertex in &mut run.trace.vertexes {
            if vertex.name == SENDING {
                vertex.state = VertexState::Failed;
                vertex.error = Some(error.told());
            } else if vertex.state == VertexState::Failed {
                vertex.state = VertexState::Canceled;
            }
        }
        run.cancelled = false;
        run.text.push(format!("ERROR: {}", error.told()));
        run
    }
}

fn follow(sending: &mut Option<Sending>, status: &SolveStatus) {
    for vertex in status.vertexes.iter().filter(|vertex| vertex.name == SENDING) {
        let runs = vertex.started.is_some() && vertex.completed.is_none();
        *sending = runs.then(|| Sending {
            vertex: vertex.digest.clone(),
            heard: Instant::now(),
            read: Cell::new(false),
        });
    }
    if let Some(sending) = sending
        && status.statuses.iter().any(|one| one.vertex == sending.vertex)
    {
        sending.heard = Instant::now();
    }
}
