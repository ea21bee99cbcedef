//! The content of an image as the engine streams it.
//!
//! The engine's answer is pumped to a thread of its own that reads it as an
//! archive: neither waits for the other but where the pipe between them is full
//! or empty. Once the archive has ended nothing waits for the engine any more:
//! it tidies up what it staged before it ends its answer, for most of a second
//! behind a gigabyte.

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
use crate::content::Wishes;

/// The engine's pieces: it copies through a buffer of so many bytes, only the
/// last piece is shorter, and those that a read of the socket cuts in two.
const PIECE: usize = 1 << 15;

/// Bytes that are handed on together: to wake the reader for each piece costs
/// more than to read it.
const TOGETHER: usize = 1 << 17;

/// How often that many may wait between engine and reader.
const WAITING: usize = 16;

/// Bytes between two words on the terminal.
const SAY_EVERY: u64 = 1 << 22;

/// Why an export gave no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The engine did not give it, or not all of it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What it gave cannot be read.
    #[error("the engine's export cannot be read: {0}")]
    Archive(#[from] ArchiveError),
    /// It gave another image.
    #[error("the engine's export has other layers than {id}")]
    OtherImage {
        /// The image that was asked for.
        id: String,
    },
    /// The user wants to stop.
    #[error("stopped")]
    Stopped,
    /// No thread could be had.
    #[error("cannot read the export: {0}")]
    Thread(String),
}

/// Reads the image of this id from the engine's export.
pub(crate) async fn export(
    engine: &Engine,
    image: &ImageFacts,
    wishes: Wishes,
    stop: &Stop,
    progress: &Progress,
) -> Result<Archive, ExportError> {
    let (sender, receiver) = channel(WAITING);
    let reading = read_beside(receiver, wishes.clone())?;
    let say = |bytes: u64| {
        let (mega, layers) = (bytes / 1_000_000, image.diff_ids.len());
        let read = wishes.layers_read();
        progress.detail(&format!("{mega} MB exported, {read} of {layers} layers"));
    };
    progress.detail("waiting for the engine to stage the image");
    let pumped = pump(engine, &image.id, &sender, stop, say).await;
    drop(sender);
    let read = reading.join();
    // Where the engine failed, what the reader says is only a consequence.
    pumped?;
    Ok(read.map_err(|_| ExportError::Thread("the reader panicked".to_owned()))??)
}

fn read_beside(
    pieces: Receiver<Vec<Bytes>>,
    wishes: Wishes,
) -> Result<JoinHandle<Result<Archive, ArchiveError>>, ExportError> {
    let reader = thread::Builder::new().name("export".to_owned());
    let read = move || read_stream(&mut Pieces::new(pieces), wishes);
    reader.spawn(read).map_err(|error| ExportError::Thread(error.to_string()))
}

/// Hands on what the engine sends until one of the two ends.
async fn pump(
    engine: &Engine,
    id: &str,
    sender: &Sender<Vec<Bytes>>,
    stop: &Stop,
    say: impl Fn(u64),
) -> Result<(), ExportError> {
    let mut stream = engine.export(id);
    let mut ended = select(Box::pin(stop.wait()), Box::pin(sender.closed()));
    let (mut bytes, mut say_at) = (0_u64, SAY_EVERY);
    let mut together = Together::default();
    loop {
        let piece = match select(stream.next(), ended).await {
            Either::Left((piece, waiting)) => {
                ended = waiting;
                piece.transpose()?
            }
            Either::Right((Either::Left(_), _)) => return Err(ExportError::Stopped),
            // The reader has seen the end, or an error that it will tell.
            Either::Right((Either::Right(_), _)) => return Ok(()),
        };
        let Some(piece) = piece else {
            // A reader that is gone has its own word to say.
            let _ = sender.send(together.pieces).await;
            return Ok(());
        };
        bytes += piece.len() as u64;
        if bytes >= say_at {
            say_at = bytes + SAY_EVERY;
            say(bytes);
        }
        if let Some(pieces) = together.add(piece)
            && sender.send(pieces).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Pieces that are to be handed on.
#[derive(Default)]
struct Together {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Together {
    /// Takes a piece; answers those to hand on now. A short one may be the last
    /// and waits for no other: the engine ends its answer much later.
    fn add(&mut self, piece: Bytes) -> Option<Vec<Bytes>> {
        let short = piece.len() < PIECE;
        self.bytes += piece.len();
        self.pieces.push(piece);
        (short || self.bytes >= TOGETHER).then(|| mem::take(self).pieces)
    }
}

/// The pieces as one input.
struct Pieces {
    receiver: Receiver<Vec<Bytes>>,
    here: vec::IntoIter<Bytes>,
    current: Bytes,
}

impl Pieces {
    fn new(receiver: Receiver<Vec<Bytes>>) -> Self {
        Self { receiver, here: Vec::new().into_iter(), current: Bytes::new() }
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.here.next() {
                Some(piece) => self.current = piece,
                None => match self.receiver.blocking_recv() {
                    Some(pieces) => self.here = pieces.into_iter(),
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

impl Read for Pieces {
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
    fn full_pieces_are_handed_on_together_and_a_short_one_at_once() {
        let mut together = Together::default();
        let mut handed_on = |bytes| together.add(vec![0; bytes].into()).map(|all| all.len());
        let full = [PIECE, PIECE, PIECE, PIECE, PIECE].map(&mut handed_on);
        assert_eq!(full, [None, None, None, Some(4), None]);
        assert_eq!([PIECE - 1, 1, PIECE].map(&mut handed_on), [Some(2), Some(1), None]);
    }

    #[test]
    fn pieces_of_any_size_are_one_input() {
        let (sender, pieces) = channel(WAITING);
        for pieces in [&[][..], &["", "ab", ""], &[""], &["cdefg", "h"]] {
            let pieces = pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes()));
            sender.try_send(pieces.collect()).unwrap();
        }
        drop(sender);
        let mut input = Pieces::new(pieces);
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
