//! Compressed bytes, expanded: what a decompressor says of damage becomes a sentence.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read};

use super::limit::TooLarge;

/// That compressed bytes are not what their compressor wrote.
#[derive(Debug)]
pub(crate) struct Damaged {
    /// What compressed them.
    compressor: &'static str,
    /// Whether they end too early, and nothing else is wrong.
    cut: bool,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { compressor, cut } = self;
        match cut {
            true => write!(f, "its {compressor} data ends too early: was it cut off?"),
            false => write!(
                f,
                "its {compressor} data is damaged (wrong bytes or checksum): get it once more"
            ),
        }
    }
}

impl Error for Damaged {}

/// What a decompressor gives.
pub(super) struct Expanded<R> {
    input: R,
    compressor: &'static str,
}

impl<R> Expanded<R> {
    /// Expands by `input`, which undoes what `compressor` did.
    pub(super) fn new(input: R, compressor: &'static str) -> Self {
        Self { input, compressor }
    }
}

impl<R: BufRead> BufRead for Expanded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let compressor = self.compressor;
        self.input.fill_buf().map_err(|error| explained(error, compressor))
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for Expanded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

/// Reads what is left: a tar has an end mark, and checksums come after it.
pub(crate) fn read_to_end(input: &mut dyn BufRead) -> io::Result<()> {
    io::copy(input, &mut io::sink()).map(|_| ())
}

/// The error of a decompressor in words. Those of its own input are handed on: of the
/// system, and of what it reads through.
fn explained(error: io::Error, compressor: &'static str) -> io::Error {
    let kind = error.kind();
    let is_of_input = error.raw_os_error().is_some()
        || kind == io::ErrorKind::Interrupted
        || error.get_ref().is_some_and(|inner| inner.is::<Damaged>() || inner.is::<TooLarge>());
    if is_of_input {
        return error;
    }
    io::Error::new(kind, Damaged { compressor, cut: kind == io::ErrorKind::UnexpectedEof })
}
