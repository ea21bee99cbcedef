//! From the bytes of a rawjson stream to the trace of its build.

use std::io::{self, BufRead};

use crate::progress::lines::LineSplitter;
use crate::progress::rawjson::{Message, Parser};
use crate::progress::reduce::Reducer;
use crate::progress::status::Event;
use crate::progress::tail::Tail;
use crate::progress::trace::Trace;

/// Plain-text lines that are kept of one build.
const TEXT_LINES: usize = 50;

/// All that a stream reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReport {
    /// What was built.
    pub trace: Trace,
    /// The last plain-text lines, at most 50 of 4 KiB.
    pub text: Vec<String>,
    /// Whether there was any progress in it.
    pub progress: bool,
    /// Whether it ends within a line that began as a message.
    pub ends_in_message: bool,
    /// Whether lines that look like progress follow the final error. They are text: the error may
    /// quote them, or they are of another build.
    pub progress_after_error: bool,
}

/// Reads a recorded stream to its end.
///
/// # Errors
/// `input` cannot be read. What it holds is never an error: bytes that are no
/// progress are text.
pub fn read(mut input: impl BufRead) -> io::Result<StreamReport> {
    let mut reader = ProgressReader::default();
    loop {
        let bytes = input.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok(reader.finish(&mut |_| {}));
        }
        reader.push(bytes, &mut |_| {});
        input.consume(count);
    }
}

/// Takes a stream in pieces.
#[derive(Debug, Default)]
pub(crate) struct ProgressReader {
    lines: LineSplitter,
    handler: LineHandler,
}

/// What is made of whole lines.
#[derive(Debug)]
struct LineHandler {
    parser: Parser,
    reducer: Reducer,
    text: Tail,
    progress: bool,
    ends_in_message: bool,
}

impl Default for LineHandler {
    fn default() -> Self {
        Self {
            parser: Parser::new(),
            reducer: Reducer::new(),
            text: Tail::new(TEXT_LINES),
            progress: false,
            ends_in_message: false,
        }
    }
}

impl ProgressReader {
    pub(crate) fn push(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        let handler = &mut self.handler;
        self.lines.push(bytes, |line| handler.line(line, on_event));
    }

    pub(crate) fn finish(mut self, on_event: &mut dyn FnMut(Event<'_>)) -> StreamReport {
        let handler = &mut self.handler;
        self.lines.finish(|line| handler.open_line(line, on_event));
        StreamReport {
            trace: self.handler.reducer.finish(),
            text: self.handler.text.into_lines(),
            progress: self.handler.progress,
            ends_in_message: self.handler.ends_in_message,
            progress_after_error: self.handler.parser.progress_after_error(),
        }
    }
}

impl LineHandler {
    /// The last line, without a newline.
    fn open_line(&mut self, line: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        self.ends_in_message = self.parser.is_part_of_message(line);
        self.line(line, on_event);
    }

    fn line(&mut self, line: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        match self.parser.line(line) {
            Message::Status(status) => {
                self.progress = true;
                on_event(Event::Status(&status));
                self.reducer.push(status);
            }
            Message::Text(text) => {
                on_event(Event::Text(&text));
                self.text.push_line(&text);
            }
        }
    }
}
