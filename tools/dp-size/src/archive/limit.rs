//! A limit on what compressed bytes may expand to.

use std::io::{self, BufRead, Read};

/// Most bytes of one archive or layer once it is expanded. Reading keeps no
/// content, so this limits time: a bomb ends in minutes, not in days.
const MOST_EXPANDED: u64 = 1 << 38;

/// That there was more.
#[derive(Debug, thiserror::Error)]
#[error("it expands to more than 256 GiB")]
pub(super) struct TooLarge;

/// Input that fails once it has given more than [`MOST_EXPANDED`] bytes.
pub(super) struct Limited<R> {
    input: R,
    left: u64,
}

impl<R> Limited<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: MOST_EXPANDED }
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(TooLarge));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_without_end_ends_at_the_limit() {
        let mut input = Limited { input: io::BufReader::new(io::repeat(0)), left: 100_000 };
        let error = io::copy(&mut input, &mut io::sink()).unwrap_err();
        assert_eq!(error.to_string(), "it expands to more than 256 GiB");
    }
}
