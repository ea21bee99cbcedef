//! Input that shows its progress, and that ends when the user asks to stop.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dp_tool::{Progress, Stop};

/// Bytes between two updates of the progress, and two checks for a stop.
const UPDATE_EVERY: u64 = 1 << 22;

/// Counts layers while they are read; all clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct LayerCount(Arc<AtomicUsize>);

impl LayerCount {
    /// Counts one more.
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many layers were read so far.
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Input that shows how far it was read, and fails once the tool must stop.
pub(crate) struct ProgressReader<'p, R> {
    input: R,
    name: String,
    layers: LayerCount,
    stop: Stop,
    progress: &'p Progress,
    /// Bytes read so far.
    read: u64,
    /// When so many bytes were read, the next update is due.
    next_update: u64,
}

impl<'p, R: BufRead> ProgressReader<'p, R> {
    /// Reads `input`, which the progress calls `name`.
    pub(crate) fn new(
        input: R,
        name: &str,
        layers: LayerCount,
        stop: Stop,
        progress: &'p Progress,
    ) -> Self {
        let name = name.to_owned();
        Self { input, name, layers, stop, progress, read: 0, next_update: 0 }
    }
}

impl<R: BufRead> BufRead for ProgressReader<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.next_update {
            self.next_update = self.read + UPDATE_EVERY;
            if self.stop.is_set() {
                self.next_update = 0;
                return Err(io::Error::other("stopped"));
            }
            let (read, layers) = (self.read / 1_000_000, self.layers.get());
            self.progress.detail(&format!("{}: {read} MB read, {layers} layers", self.name));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.read += count as u64;
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for ProgressReader<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}
