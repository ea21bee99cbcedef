//! A thread that compresses, and keeps only the count of bytes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{GZIP_LEVEL, Method, ZSTD_LEVEL};

/// How many pieces may wait for a worker.
const WAITING: usize = 8;

/// A thread that compresses pieces.
#[derive(Debug)]
pub(super) struct Worker {
    pieces: SyncSender<Arc<[u8]>>,
    thread: JoinHandle<io::Result<u64>>,
}

impl Worker {
    pub(super) fn spawn(method: Method) -> io::Result<Self> {
        let (pieces, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("compress".to_owned());
        let thread = thread.spawn(move || match method {
            Method::Gzip => gzip(&waiting),
            Method::Zstd => zstd(&waiting),
        })?;
        Ok(Self { pieces, thread })
    }

    /// Adds the next bytes; blocks while too many pieces are waiting. An error is
    /// returned by [`finish`](Self::finish).
    pub(super) fn feed(&self, piece: Arc<[u8]>) {
        let _ = self.pieces.send(piece);
    }

    /// How many bytes all pieces take compressed.
    pub(super) fn finish(self) -> io::Result<u64> {
        drop(self.pieces);
        let panicked = |_| Err(io::Error::other("the compressor panicked"));
        self.thread.join().unwrap_or_else(panicked)
    }
}

fn gzip(pieces: &Receiver<Arc<[u8]>>) -> io::Result<u64> {
    let mut encoder = GzEncoder::new(Count(0), Compression::new(GZIP_LEVEL));
    for piece in pieces {
        encoder.write_all(&piece)?;
    }
    Ok(encoder.finish()?.0)
}

fn zstd(pieces: &Receiver<Arc<[u8]>>) -> io::Result<u64> {
    let mut encoder = zstd::Encoder::new(Count(0), ZSTD_LEVEL)?;
    for piece in pieces {
        encoder.write_all(&piece)?;
    }
    Ok(encoder.finish()?.0)
}

/// Counts bytes and drops them.
#[derive(Debug)]
pub(super) struct Count(pub(super) u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
