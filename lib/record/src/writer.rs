//! Writing records: whole lines, flushed as soon as they are known.

use std::io::{self, Write};

use crate::Record;

/// Writes one record a line.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes to `output`.
    pub fn new(output: W) -> Self {
        Self { output, buffer: Vec::new() }
    }

    /// Writes a record as one line, in one call, and flushes it: a reader
    /// never sees half a record of a writer that lives.
    ///
    /// # Errors
    ///
    /// Where the output cannot be written.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, record)?;
        self.buffer.push(b'\n');
        self.output.write_all(&self.buffer)?;
        self.output.flush()
    }

    /// The output itself, for bytes that are passed on.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }
}
