//! A guess from a sample: what gzip makes of some pieces of a layer speaks for
//! the rest of it.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::GZIP_LEVEL;
use super::worker::Count;

/// So many pieces at the begin of a layer are all compressed: small layers are
/// hardly guessed at.
const HEAD: u64 = 8;

/// Behind them each of so many.
const EVERY: u64 = 50;

/// Header and trailer of gzip.
const FRAME: u64 = 18;

/// How far gzip looks back.
const WINDOW: usize = 1 << 15;

/// The sample so far.
#[derive(Debug)]
pub(super) struct Sample {
    pieces: u64,
    head: DeflateEncoder<Count>,
    /// The end of the last piece: what gzip would know of when it comes to the
    /// next one.
    before: Vec<u8>,
    rest: u64,
    sampled: u64,
    compressed: u64,
}

impl Sample {
    pub(super) fn new() -> Self {
        let (pieces, rest, sampled, compressed) = (0, 0, 0, 0);
        Self { pieces, head: encoder(), before: Vec::new(), rest, sampled, compressed }
    }

    /// Takes the next piece of the layer.
    pub(super) fn feed(&mut self, piece: &[u8]) -> io::Result<()> {
        let at = self.pieces;
        self.pieces += 1;
        if at < HEAD {
            self.head.write_all(piece)?;
        } else {
            self.rest += piece.len() as u64;
            if (at - HEAD).is_multiple_of(EVERY) {
                self.sampled += piece.len() as u64;
                self.compressed += deflated(&self.before, piece)?;
            }
        }
        self.before.clear();
        self.before.extend_from_slice(&piece[piece.len().saturating_sub(WINDOW)..]);
        Ok(())
    }

    /// What gzip would make of the whole.
    pub(super) fn finish(self) -> io::Result<u64> {
        let rest = u128::from(self.rest) * u128::from(self.compressed);
        let rest = rest.checked_div(u128::from(self.sampled)).unwrap_or(0);
        let head = self.head.finish()?.0;
        Ok(FRAME + head + u64::try_from(rest).unwrap_or(u64::MAX))
    }
}

fn encoder() -> DeflateEncoder<Count> {
    DeflateEncoder::new(Count(0), Compression::new(GZIP_LEVEL))
}

/// Bytes that a piece takes behind others.
fn deflated(before: &[u8], piece: &[u8]) -> io::Result<u64> {
    let mut encoder = encoder();
    encoder.write_all(before)?;
    encoder.flush()?;
    let begin = encoder.get_ref().0;
    encoder.write_all(piece)?;
    Ok(encoder.finish()?.0 - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_alike_are_guessed_and_few_are_looked_at() {
        // Longer than the window, so that no piece helps the next one.
        let piece: Vec<u8> = (0..40_000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        let one = deflated(&[], &piece).unwrap();
        for count in [0, 1, HEAD, HEAD + 1, HEAD + EVERY, 300] {
            let mut sample = Sample::new();
            for _ in 0..count {
                sample.feed(&piece).unwrap();
            }
            let looked_at = sample.sampled / piece.len() as u64;
            assert_eq!(looked_at, count.saturating_sub(HEAD).div_ceil(EVERY));
            let guess = sample.finish().unwrap();
            assert!(guess.abs_diff(count * one) * 100 <= count * one + 3_000, "{count}: {guess}");
        }
    }
}
