//! An image as the engine exports it (`docker save`).
//!
//! The engine's answer is passed to another thread, which reads it as an archive:
//! the two wait for each other only where the channel between them is full or
//! empty. Once the archive has ended, nothing waits for the engine any more: it
//! cleans up what it staged before it ends its answer, which takes most of a
//! second after a gigabyte.

use std::io::{self, BufRead, Read};
use std::thread::{self, JoinHandle};
use std::{mem, vec};

use bytes::{Buf as _, Bytes};
use dp_engine::image::ImageFacts;
use dp_engine::{Engine, EngineError};
use dp_tool::{Progress, Stop};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::archive::{Archive, ArchiveError, read_stream};
use crate::content::ContentRequests;
use crate::progress_reader::LayerCount;

/// Bytes of the engine's pieces: it copies through a buffer of this size. Only the
/// last piece is shorter, and pieces that a read of the socket cuts in two.
const PIECE: usize = 1 << 15;

/// Bytes that are passed on together: to wake the reader for each piece costs
/// more than to read it.
const BATCH_BYTES: usize = 1 << 17;

/// How many batches may wait between engine and reader.
const WAITING: usize = 16;

/// Bytes between two updates of the progress.
const SHOW_EVERY: u64 = 1 << 22;

/// Why an export gave no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The engine did not export it, or not all of it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What it exported cannot be read.
    #[error("the engine's export cannot be read: {0}")]
    Archive(#[from] ArchiveError),
    /// It exported another image.
    #[error("the engine's export has other layers than {id}")]
    OtherImage {
        /// The image that was asked for.
        id: String,
    },
    /// The user wants to stop.
    #[error("stopped")]
    Stopped,
    /// The thread that reads cannot be started, or panicked.
    #[error("cannot read the export: {0}")]
    Thread(String),
}

/// Reads the image of this id from the engine's export.
pub(crate) async fn export(
    engine: &Engine,
    image: &ImageFacts,
    requests: ContentRequests,
    stop: &Stop,
    progress: &Progress,
) -> Result<Archive, ExportError> {
    let (sender, receiver) = channel(WAITING);
    let layers_read = LayerCount::default();
    let reading = spawn_reader(receiver, requests, layers_read.clone())?;
    let show = |bytes: u64| {
        let (mega, layers) = (bytes / 1_000_000, image.diff_ids.len());
        let read = layers_read.get();
        progress.detail(&format!("{mega} MB exported, {read} of {layers} layers"));
    };
    progress.detail("waiting for the engine to stage the image");
    let pumped = pump(engine, &image.id, &sender, stop, show).await;
    drop(sender);
    let read = reading.join();
    // Where the engine failed, the error of the reader is only a consequence.
    pumped?;
    Ok(read.map_err(|_| ExportError::Thread("the reader panicked".to_owned()))??)
}

fn spawn_reader(
    pieces: Receiver<Vec<Bytes>>,
    requests: ContentRequests,
    layers_read: LayerCount,
) -> Result<JoinHandle<Result<Archive, ArchiveError>>, ExportError> {
    let reader = thread::Builder::new().name("export".to_owned());
    let read = move || {
        let on_layer = || layers_read.add_one();
        read_stream(&mut PieceReader::new(pieces), requests, &on_layer)
    };
    reader.spawn(read).map_err(|error| ExportError::Thread(error.to_string()))
}

/// Passes on what the engine sends, until the engine or the reader ends.
async fn pump(
    engine: &Engine,
    id: &str,
    sender: &Sender<Vec<Bytes>>,
    stop: &Stop,
    show: impl Fn(u64),
) -> Result<(), ExportError> {
    let mut stream = engine.export(id);
    let mut ended = select(Box::pin(stop.wait()), Box::pin(sender.closed()));
    let (mut bytes, mut show_at) = (0_u64, SHOW_EVERY);
    let mut batch = Batch::default();
    loop {
        let piece = match select(stream.next(), ended).await {
            Either::Left((piece, waiting)) => {
                ended = waiting;
                piece.transpose()?
            }
            Either::Right((Either::Left(_), _)) => return Err(ExportError::Stopped),
            // The reader has seen the end, or an error that it will return.
            Either::Right((Either::Right(_), _)) => return Ok(()),
        };
        let Some(piece) = piece else {
            // A reader that is gone will return its own error.
            let _ = sender.send(batch.pieces).await;
            return Ok(());
        };
        bytes += piece.len() as u64;
        if bytes >= show_at {
            show_at = bytes + SHOW_EVERY;
            show(bytes);
        }
        if let Some(pieces) = batch.add(piece)
            && sender.send(pieces).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Pieces that are to be passed on together.
#[derive(Default)]
struct Batch {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Batch {
    /// Adds a piece; returns those to pass on now, if any. A short one may be the
    /// last and waits for no other: the engine ends its answer much later.
    fn add(&mut self, piece: Bytes) -> Option<Vec<Bytes>> {
        let short = piece.len() < PIECE;
        self.bytes += piece.len();
        self.pieces.push(piece);
        (short || self.bytes >= BATCH_BYTES).then(|| mem::take(self).pieces)
    }
}

/// The pieces as one input.
struct PieceReader {
    receiver: Receiver<Vec<Bytes>>,
    batch: vec::IntoIter<Bytes>,
    current: Bytes,
}

impl PieceReader {
    fn new(receiver: Receiver<Vec<Bytes>>) -> Self {
        Self { receiver, batch: Vec::new().into_iter(), current: Bytes::new() }
    }
}

impl BufRead for PieceReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.batch.next() {
                Some(piece) => self.current = piece,
                None => match self.receiver.blocking_recv() {
                    Some(pieces) => self.batch = pieces.into_iter(),
                    None => break,
                },
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, count: usize) {
        self.current.advance(count);
    }
}

impl Read for PieceReader {
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
    fn full_pieces_are_passed_on_together_and_a_short_one_at_once() {
        let mut batch = Batch::default();
        let mut passed_on = |bytes| batch.add(vec![0; bytes].into()).map(|all| all.len());
        let full = [PIECE, PIECE, PIECE, PIECE, PIECE].map(&mut passed_on);
        assert_eq!(full, [None, None, None, Some(4), None]);
        assert_eq!([PIECE - 1, 1, PIECE].map(&mut passed_on), [Some(2), Some(1), None]);
    }

    #[test]
    fn pieces_of_any_size_are_one_input() {
        let (sender, pieces) = channel(WAITING);
        for pieces in [&[][..], &["", "ab", ""], &[""], &["cdefg", "h"]] {
            let pieces = pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes()));
            sender.try_send(pieces.collect()).unwrap();
        }
        drop(sender);
        let mut input = PieceReader::new(pieces);
        let mut text = String::new();
        input.by_ref().take(3).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        input.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdefgh");
        assert!(input.fill_buf().unwrap().is_empty());
    }
}

#[cfg(test)]
#[path = "export_test.rs"]
mod late_end;
