//! Finds the compressed sizes of one layer.

use std::io;
use std::sync::Arc;

use super::sample::Sample;
use super::worker::Worker;
use super::{CompressedSizes, Effort, Method};

/// Bytes that are compressed at once. The size that zlib-rs makes of the same bytes
/// depends on how they are divided, by a byte or two: so they always come in pieces
/// of this size.
const PIECE: usize = 1 << 18;

/// Compresses the tar of a layer and counts the bytes.
#[derive(Debug)]
pub(crate) struct LayerCompressor {
    piece: Vec<u8>,
    gzip: Option<Worker>,
    zstd: Option<Worker>,
    sample: Option<Sample>,
}

impl LayerCompressor {
    /// For a layer that is stored by this method, or as a plain tar. A method by
    /// which the archive stores it is not applied again.
    pub(crate) fn new(effort: Effort, stored: Option<Method>) -> io::Result<Self> {
        let exact = |method: Method, wanted: bool| {
            let spawn = wanted && effort == Effort::Exact;
            spawn.then(|| Worker::spawn(method)).transpose()
        };
        Ok(Self {
            piece: Vec::with_capacity(PIECE),
            gzip: exact(Method::Gzip, stored.is_none())?,
            zstd: exact(Method::Zstd, stored != Some(Method::Zstd))?,
            sample: (effort == Effort::Estimate && stored.is_none()).then(Sample::new),
        })
    }

    /// Adds the next bytes of the tar.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = bytes.len().min(PIECE - self.piece.len());
            self.piece.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.piece.len() == PIECE {
                self.compress_piece()?;
            }
        }
        Ok(())
    }

    fn compress_piece(&mut self) -> io::Result<()> {
        if let Some(sample) = &mut self.sample {
            sample.feed(&self.piece)?;
        }
        let workers = [&self.gzip, &self.zstd];
        if workers.iter().any(|worker| worker.is_some()) {
            let piece: Arc<[u8]> = Arc::from(&self.piece[..]);
            workers.into_iter().flatten().for_each(|worker| worker.feed(Arc::clone(&piece)));
        }
        self.piece.clear();
        Ok(())
    }

    /// The sizes of all bytes.
    pub(crate) fn finish(mut self) -> io::Result<CompressedSizes> {
        if !self.piece.is_empty() {
            self.compress_piece()?;
        }
        Ok(CompressedSizes {
            stored: None,
            gzip: self.gzip.map(Worker::finish).transpose()?,
            zstd: self.zstd.map(Worker::finish).transpose()?,
            estimate: self.sample.map(Sample::finish).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn compressor(bytes: &[u8], effort: Effort, stored: Option<Method>) -> CompressedSizes {
        let mut compressor = LayerCompressor::new(effort, stored).unwrap();
        bytes.chunks(100_001).for_each(|piece| compressor.feed(piece).unwrap());
        compressor.finish().unwrap()
    }

    #[test]
    fn sizes_are_those_of_the_compressed_bytes() {
        let text: Vec<u8> = (0..300_000_u64).flat_map(|n| (n * n).to_le_bytes()).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        text.chunks(PIECE).for_each(|piece| encoder.write_all(piece).unwrap());
        let gzip = encoder.finish().unwrap();
        let zstd = zstd::encode_all(&text[..], 3).unwrap();
        let compressed = compressor(&text, Effort::Exact, None);
        assert_eq!(compressed.gzip, Some(gzip.len() as u64));
        // `encode_all` knows the size beforehand, and its headers differ by that.
        let difference = compressed.zstd.unwrap().abs_diff(zstd.len() as u64);
        assert!(difference < 64, "{compressed:?} {}", zstd.len());
        let estimate = compressor(&text, Effort::Estimate, None);
        let expected =
            CompressedSizes { estimate: estimate.estimate, ..CompressedSizes::default() };
        assert_eq!(estimate, expected);
    }

    #[test]
    fn what_is_stored_compressed_is_compressed_by_the_other_method_only() {
        let none = CompressedSizes::default();
        assert_eq!(compressor(b"abc", Effort::Exact, Some(Method::Zstd)), none);
        assert_eq!(compressor(b"abc", Effort::Estimate, Some(Method::Gzip)), none);
        let gzip = compressor(b"abc", Effort::Exact, Some(Method::Gzip));
        assert_eq!((gzip.gzip, gzip.zstd.is_some()), (None, true));
    }
}
