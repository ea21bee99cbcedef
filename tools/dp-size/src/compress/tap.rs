//! Input that is compressed while it is read.

use std::io::{self, BufRead, Read};

use super::{Packed, Press};

/// Gives a press all that is read through it.
#[derive(Debug)]
pub(crate) struct Tap<R> {
    input: R,
    press: Press,
    failed: Option<io::Error>,
}

impl<R: BufRead> Tap<R> {
    pub(crate) fn new(input: R, press: Press) -> Self {
        Self { input, press, failed: None }
    }

    /// Reads on to the end of the input: a tar ends before what fills it up.
    pub(crate) fn finish(mut self) -> io::Result<Packed> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                return self.press.finish();
            }
            self.consume(count);
        }
    }
}

impl<R: BufRead> BufRead for Tap<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.input.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        // What was filled and not consumed is still there.
        let fed = self.input.fill_buf().and_then(|bytes| self.press.feed(&bytes[..count]));
        self.failed = self.failed.take().or(fed.err());
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for Tap<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}
