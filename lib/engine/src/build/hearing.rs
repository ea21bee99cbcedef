//! From the bytes of a rawjson stream to the trace of its build.

use std::io::{self, BufRead};

use super::buildx::Event;
use super::lines::Lines;
use super::rawjson::{Message, Parser};
use super::reduce::Reducer;
use super::tail::Tail;
use super::trace::Trace;

/// Plain-text lines that are kept of one build.
const TEXT_LINES: usize = 50;

/// What a whole stream told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What was built.
    pub trace: Trace,
    /// The last plain-text lines, at most 50 of 4 KiB.
    pub text: Vec<String>,
    /// Whether there was any progress in it.
    pub progress: bool,
}

/// Reads a recorded stream. Fails only if `input` does.
pub fn read(mut input: impl BufRead) -> io::Result<Heard> {
    let mut hearing = Hearing::default();
    loop {
        let bytes = input.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok(hearing.finish(&mut |_| {}));
        }
        hearing.push(bytes, &mut |_| {});
        input.consume(count);
    }
}

/// Takes a stream in pieces.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    lines: Lines,
    sense: Sense,
}

/// What is made of whole lines.
#[derive(Debug)]
struct Sense {
    parser: Parser,
    reducer: Reducer,
    text: Tail,
    progress: bool,
}

impl Default for Sense {
    fn default() -> Self {
        Self {
            parser: Parser::new(),
            reducer: Reducer::new(),
            text: Tail::new(TEXT_LINES),
            progress: false,
        }
    }
}

impl Hearing {
    pub(crate) fn push(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(Event<'_>)) {
        let sense = &mut self.sense;
        self.lines.push(bytes, |line| sense.line(line, on_event));
    }

    pub(crate) fn finish(mut self, on_event: &mut dyn FnMut(Event<'_>)) -> Heard {
        let sense = &mut self.sense;
        self.lines.finish(|line| sense.line(line, on_event));
        Heard {
            trace: self.sense.reducer.finish(),
            text: self.sense.text.into_lines(),
            progress: self.sense.progress,
        }
    }
}

impl Sense {
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
