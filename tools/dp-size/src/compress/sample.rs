//! An estimate from a sample: the ratio of some pieces of a layer is taken for that
//! of the rest.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::GZIP_LEVEL;
use super::worker::Count;

/// How many pieces at the beginning of a layer are all compressed: the sizes of small
/// layers are nearly exact.
const HEAD: u64 = 8;

/// After these, one of so many pieces is compressed.
const EVERY: u64 = 50;

/// Bytes of header and trailer of gzip.
const FRAME: u64 = 18;

/// How many bytes gzip looks back.
const WINDOW: usize = 1 << 15;

/// The sample so far.
#[derive(Debug)]
pub(super) struct Sample {
    pieces: u64,
    head: DeflateEncoder<Count>,
    /// The end of the last piece, which gzip would refer to in the next one.
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

    /// Adds the next piece of the layer.
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

    /// The estimated size of the whole layer by gzip, in bytes.
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

/// Compressed bytes of a piece that follows others.
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
    fn equal_pieces_are_estimated_well_and_few_are_compressed() {
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
