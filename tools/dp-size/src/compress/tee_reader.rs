//! Input that is compressed while it is read.

use std::io::{self, BufRead, Read};

use super::{CompressedSizes, LayerCompressor};

/// Gives all bytes that are read through it to a compressor too.
#[derive(Debug)]
pub(crate) struct TeeReader<R> {
    input: R,
    compressor: LayerCompressor,
    failed: Option<io::Error>,
}

impl<R: BufRead> TeeReader<R> {
    pub(crate) fn new(input: R, compressor: LayerCompressor) -> Self {
        Self { input, compressor, failed: None }
    }

    /// Reads to the end of the input, since padding follows the end of a tar, and
    /// returns the sizes.
    pub(crate) fn finish(mut self) -> io::Result<CompressedSizes> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                return self.compressor.finish();
            }
            self.consume(count);
        }
    }
}

impl<R: BufRead> BufRead for TeeReader<R> {
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
        // What was filled and not consumed is still in the buffer.
        let fed = self.input.fill_buf().and_then(|bytes| self.compressor.feed(&bytes[..count]));
        self.failed = self.failed.take().or(fed.err());
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for TeeReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}
