//! Reading records, a line at a time, in bounded memory.

use std::fmt;
use std::io::{self, BufRead, Write};

use crate::quick::Layouts;
use crate::{Invalid, Record, RecordView, Version, parse, printable};

/// The longest line that is read as a record.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// Characters of a parser's message that are shown.
const MESSAGE_CHARS: usize = 200;

/// The byte order mark that some editors and shells write before the first line.
pub(crate) const MARK: &str = "\u{feff}";

/// The text of a file without the byte order mark before it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Reads records from a stream and can hand every byte on while it reads.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    source: String,
    number: u64,
    buffer: Vec<u8>,
    layouts: Layouts,
    limit: usize,
}

/// One line of the input.
#[derive(Debug)]
pub struct Line {
    /// Where it stands: name of the source and number of the line, from 1.
    pub place: String,
    /// What it holds.
    pub content: Content,
}

/// What a line holds.
#[derive(Debug)]
pub enum Content<R = Box<Record>> {
    /// A record, of whatever kind.
    Record(R),
    /// Nothing but white space.
    Blank,
    /// Something that is no record.
    Bad(LineProblem),
}

/// Why a line is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineProblem {
    /// Longer than [`MAX_LINE_BYTES`].
    TooLong,
    /// Not UTF-8; the offset of the first wrong byte.
    NotUtf8(usize),
    /// Not JSON, or JSON of another shape.
    NotARecord(String),
    /// A record that breaks a rule of the format.
    Invalid(Invalid),
}

/// The stream itself failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input could not be read.
    #[error("{source_name}: cannot read: {error}")]
    Input {
        /// Name of the source.
        source_name: String,
        /// The cause.
        error: io::Error,
    },
    /// The output that bytes are handed on to could not be written.
    #[error("cannot hand on what was read: {0}")]
    Output(io::Error),
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the line is longer than {} MiB", MAX_LINE_BYTES >> 20),
            Self::NotUtf8(offset) => write!(f, "not UTF-8 (byte {})", offset + 1),
            Self::NotARecord(message) => write!(f, "not a dp record: {message}"),
            Self::Invalid(invalid) => write!(f, "{invalid}"),
        }
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads from `input`; `source` names it in messages.
    pub fn new(source: impl Into<String>, input: R) -> Self {
        Self {
            input,
            source: source.into(),
            number: 0,
            buffer: Vec::new(),
            layouts: Layouts::default(),
            limit: MAX_LINE_BYTES,
        }
    }

    /// The same with another longest line.
    #[cfg(test)]
    pub(crate) fn limited(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The next line; none at the end of the input.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read.
    pub fn next_line(&mut self) -> Result<Option<Line>, ReadError> {
        self.next_line_to(&mut io::sink())
    }

    /// The next line, after its bytes have been handed on to `output` just as
    /// they are, and flushed. A last line without `\n` gets one, so that what
    /// is written after it stays a line of its own.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read, or the output not be written.
    pub fn next_line_to(&mut self, output: &mut dyn Write) -> Result<Option<Line>, ReadError> {
        self.buffer.clear();
        let Some(length) = self.take_line(output)? else { return Ok(None) };
        self.number += 1;
        let content = if length > self.limit {
            self.buffer = Vec::new();
            Content::Bad(LineProblem::TooLong)
        } else {
            let mark = if self.number == 1 { MARK.as_bytes() } else { &[] };
            let line = self.buffer.strip_prefix(mark).unwrap_or(&self.buffer);
            match Content::like_those_before(line, &mut self.layouts) {
                Content::Record(record) => Content::Record(Box::new(record.into_owned())),
                Content::Blank => Content::Blank,
                Content::Bad(problem) => Content::Bad(problem),
            }
        };
        Ok(Some(Line { place: format!("{}:{}", self.source, self.number), content }))
    }

    /// Moves one line into the buffer (up to the limit) and to `output` (all
    /// of it). Answers its length in bytes without `\n`.
    fn take_line(&mut self, output: &mut dyn Write) -> Result<Option<usize>, ReadError> {
        let mut length = 0;
        let mut begun = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(ReadError::Input { source_name: self.source.clone(), error });
                }
            };
            if chunk.is_empty() {
                if begun {
                    output
                        .write_all(b"\n")
                        .and_then(|()| output.flush())
                        .map_err(ReadError::Output)?;
                }
                return Ok(begun.then_some(length));
            }
            begun = true;
            let newline = memchr::memchr(b'\n', chunk);
            let text = &chunk[..newline.unwrap_or(chunk.len())];
            let taken = newline.map_or(chunk.len(), |at| at + 1);
            output.write_all(&chunk[..taken]).map_err(ReadError::Output)?;
            length += text.len();
            if length <= self.limit {
                self.buffer.extend_from_slice(text);
            }
            self.input.consume(taken);
            if newline.is_some() {
                output.flush().map_err(ReadError::Output)?;
                return Ok(Some(length));
            }
        }
    }
}

/// The only field that matters where a line is no record: one of another major
/// version may have any shape.
#[derive(serde::Deserialize)]
struct Head {
    dp: Version,
}

impl<'a> Content<RecordView<'a>> {
    /// What a line holds, of which the end was taken.
    pub fn of_line(line: &'a [u8]) -> Self {
        Self::like_those_before(line, &mut Layouts::default())
    }

    /// The same of a line in a stream, whose lines have `layouts`.
    pub(crate) fn like_those_before(line: &'a [u8], layouts: &mut Layouts) -> Self {
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => return Self::Bad(LineProblem::NotUtf8(error.valid_up_to())),
        };
        if text.trim().is_empty() {
            return Self::Blank;
        }
        if !text.trim_start().starts_with('{') {
            return Self::Bad(not_a_record("the line is no JSON object"));
        }
        if let Some(record) = layouts.read(text) {
            return Self::checked(record);
        }
        match parse::record(text) {
            Ok(record) => Self::checked(record),
            Err(message) => Self::Bad(match serde_json::from_str::<Head>(text) {
                Ok(head) if !head.dp.is_readable() => {
                    LineProblem::Invalid(Invalid::Version(head.dp))
                }
                _ => not_a_record(&message),
            }),
        }
    }

    fn checked(record: RecordView<'a>) -> Self {
        match record.validate() {
            Ok(()) => Self::Record(record),
            Err(invalid) => Self::Bad(LineProblem::Invalid(invalid)),
        }
    }
}

fn not_a_record(message: &str) -> LineProblem {
    LineProblem::NotARecord(printable(message, MESSAGE_CHARS))
}
