//! Collects what a build on the engine's API reports.

use crate::progress::reduce::Reducer;
use crate::progress::status::{Event, SolveStatus};
use crate::progress::tail::Tail;
use crate::progress::trace::Trace;

/// Plain-text lines that are kept of one build.
const TEXT_LINES: usize = 50;

/// Collects progress and text while the build runs, and passes each on at once.
pub(crate) struct Collector<'a> {
    reducer: Reducer,
    text: Tail,
    failed: bool,
    images: Vec<String>,
    created_images: Vec<String>,
    on_event: &'a mut dyn FnMut(Event<'_>),
}

/// All that a build reported.
#[derive(Debug)]
pub(crate) struct BuildReport {
    pub(crate) trace: Trace,
    pub(crate) text: Vec<String>,
    /// Whether an error was among it.
    pub(crate) failed: bool,
    /// Ids of images, in the order in which they were reported.
    pub(crate) images: Vec<String>,
    /// Ids of images that were not there before, oldest first.
    pub(crate) created_images: Vec<String>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(on_event: &'a mut dyn FnMut(Event<'_>)) -> Self {
        Self {
            reducer: Reducer::new(),
            text: Tail::new(TEXT_LINES),
            failed: false,
            images: Vec::new(),
            created_images: Vec::new(),
            on_event,
        }
    }

    /// Progress.
    pub(crate) fn add_status(&mut self, status: SolveStatus) {
        (self.on_event)(Event::Status(&status));
        self.reducer.push(status);
    }

    /// Text for people.
    pub(crate) fn add_text(&mut self, text: &str) {
        for line in text.lines() {
            (self.on_event)(Event::Text(line));
            self.text.push_line(line);
        }
    }

    /// The id of an image.
    pub(crate) fn add_image(&mut self, id: &str) {
        self.images.push(id.to_owned());
    }

    /// The id of an image that was not there before.
    pub(crate) fn add_created_image(&mut self, id: &str) {
        self.created_images.push(id.to_owned());
    }

    /// Why the build failed, as a line of text in buildx's form.
    pub(crate) fn add_error(&mut self, message: &str) {
        self.failed = true;
        self.add_text(&format!("ERROR: {message}"));
    }

    pub(crate) fn finish(self) -> BuildReport {
        BuildReport {
            trace: self.reducer.finish(),
            text: self.text.into_lines(),
            failed: self.failed,
            images: self.images,
            created_images: self.created_images,
        }
    }
}
