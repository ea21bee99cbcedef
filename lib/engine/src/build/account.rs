//! What a build on the engine's API has told so far.

use super::buildx::Event;
use super::reduce::Reducer;
use super::status::SolveStatus;
use super::tail::Tail;
use super::trace::Trace;

/// Plain-text lines that are kept of one build.
const TEXT_LINES: usize = 50;

/// Collects progress and text, and hands each on.
pub(crate) struct Account<'a> {
    reducer: Reducer,
    text: Tail,
    failed: bool,
    images: Vec<String>,
    made: Vec<String>,
    on_event: &'a mut dyn FnMut(Event<'_>),
}

/// All that was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) trace: Trace,
    pub(crate) text: Vec<String>,
    /// Whether an error was among it.
    pub(crate) failed: bool,
    /// Ids of images, in the order in which they were told.
    pub(crate) images: Vec<String>,
    /// Ids of images that are new, in the order in which they were made.
    pub(crate) made: Vec<String>,
}

impl<'a> Account<'a> {
    pub(crate) fn new(on_event: &'a mut dyn FnMut(Event<'_>)) -> Self {
        let (reducer, text) = (Reducer::new(), Tail::new(TEXT_LINES));
        Self { reducer, text, failed: false, images: Vec::new(), made: Vec::new(), on_event }
    }

    /// Progress.
    pub(crate) fn status(&mut self, status: SolveStatus) {
        (self.on_event)(Event::Status(&status));
        self.reducer.push(status);
    }

    /// Text for people.
    pub(crate) fn text(&mut self, text: &str) {
        for line in text.lines() {
            (self.on_event)(Event::Text(line));
            self.text.push_line(line);
        }
    }

    /// The id of an image.
    pub(crate) fn image(&mut self, id: &str) {
        self.images.push(id.to_owned());
    }

    /// The id of an image that was not there before.
    pub(crate) fn made(&mut self, id: &str) {
        self.made.push(id.to_owned());
    }

    /// Why the build failed. It is told as buildx tells it.
    pub(crate) fn error(&mut self, message: &str) {
        self.failed = true;
        self.text(&format!("ERROR: {message}"));
    }

    pub(crate) fn finish(self) -> Told {
        let (trace, text) = (self.reducer.finish(), self.text.into_lines());
        Told { trace, text, failed: self.failed, images: self.images, made: self.made }
    }
}
