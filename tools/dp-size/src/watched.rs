//! Input that can be watched and stopped.

use std::io::{self, BufRead, Read};

use dp_tool::{Progress, Stop};

use crate::content::Wishes;

/// So many bytes pass between two looks.
const LOOK: u64 = 1 << 22;

/// Input that shows how far it was read, and fails once the tool must stop.
pub(crate) struct Watched<'p, R> {
    input: R,
    stop: Stop,
    progress: &'p Progress,
    what: String,
    /// Knows how many layers were read.
    wishes: Wishes,
    read: u64,
    next_look: u64,
}

impl<'p, R: BufRead> Watched<'p, R> {
    /// Watches `input`, called `what` on the terminal.
    pub(crate) fn new(
        input: R,
        what: &str,
        wishes: Wishes,
        stop: Stop,
        progress: &'p Progress,
    ) -> Self {
        Self { input, stop, progress, what: what.to_owned(), wishes, read: 0, next_look: 0 }
    }
}

impl<R: BufRead> BufRead for Watched<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.next_look {
            self.next_look = self.read + LOOK;
            if self.stop.is_set() {
                self.next_look = 0;
                return Err(io::Error::other("stopped"));
            }
            let (read, layers) = (self.read / 1_000_000, self.wishes.layers_read());
            self.progress.detail(&format!("{}: {read} MB read, {layers} layers", self.what));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.read += count as u64;
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}
