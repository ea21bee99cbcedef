//! The content of an image as the engine streams it.
//!
//! The engine's answer is pumped to a thread of its own that reads it as an
//! archive: neither waits for the other but where the pipe between them is full
//! or empty.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bytes::{Buf as _, Bytes};
use dp_engine::image::ImageFacts;
use dp_engine::{Engine, EngineError};
use dp_tool::{Progress, Stop};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};

use crate::archive::{Archive, ArchiveError, read_stream};
use crate::content::Wishes;

/// Pieces that may wait between engine and reader; the engine sends pieces of
/// 32 KiB or less, hyper joins them up to some hundred.
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
    let (sender, receiver) = sync_channel(WAITING);
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
    pieces: Receiver<Bytes>,
    wishes: Wishes,
) -> Result<JoinHandle<Result<Archive, ArchiveError>>, ExportError> {
    let reader = thread::Builder::new().name("export".to_owned());
    let read = move || read_stream(&mut Pieces { pieces, current: Bytes::new() }, wishes);
    reader.spawn(read).map_err(|error| ExportError::Thread(error.to_string()))
}

/// Hands on what the engine sends until one of the two ends.
async fn pump(
    engine: &Engine,
    id: &str,
    sender: &SyncSender<Bytes>,
    stop: &Stop,
    say: impl Fn(u64),
) -> Result<(), ExportError> {
    let mut stream = engine.export(id);
    let mut stopped = Box::pin(stop.wait());
    let (mut bytes, mut say_at) = (0_u64, SAY_EVERY);
    loop {
        let piece = match select(stream.next(), stopped).await {
            Either::Left((None, _)) => return Ok(()),
            Either::Left((Some(piece), waiting)) => {
                stopped = waiting;
                piece?
            }
            Either::Right(_) => return Err(ExportError::Stopped),
        };
        bytes += piece.len() as u64;
        if bytes >= say_at {
            say_at = bytes + SAY_EVERY;
            say(bytes);
        }
        if sender.send(piece).is_err() {
            // The reader has seen the end, or an error that it will tell.
            return Ok(());
        }
    }
}

/// The pieces as one input.
struct Pieces {
    pieces: Receiver<Bytes>,
    current: Bytes,
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.pieces.recv() {
                Ok(piece) => self.current = piece,
                Err(_) => break,
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
    fn pieces_of_any_size_are_one_input() {
        let (sender, pieces) = sync_channel(WAITING);
        for piece in ["", "ab", "", "cdefg", "h"] {
            sender.send(Bytes::from(piece)).unwrap();
        }
        drop(sender);
        let mut input = Pieces { pieces, current: Bytes::new() };
        let mut text = String::new();
        input.by_ref().take(3).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        input.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdefgh");
        assert!(input.fill_buf().unwrap().is_empty());
    }
}
