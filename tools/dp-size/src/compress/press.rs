//! Finds the sizes of one layer.

use std::io;
use std::sync::Arc;

use super::sample::Sample;
use super::worker::Worker;
use super::{Effort, Method, Packed};

/// How much is handed over at once. What zlib-rs makes of the same bytes depends
/// on how they come, by a byte or two: so they always come like this.
const PIECE: usize = 1 << 18;

/// Takes the tar of a layer and finds its sizes.
#[derive(Debug)]
pub(crate) struct Press {
    piece: Vec<u8>,
    gzip: Option<Worker>,
    zstd: Option<Worker>,
    sample: Option<Sample>,
}

impl Press {
    /// For a layer that is stored by this method, or as a plain tar. What an
    /// archive holds compressed need not be compressed again.
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

    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = bytes.len().min(PIECE - self.piece.len());
            self.piece.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.piece.len() == PIECE {
                self.hand_over()?;
            }
        }
        Ok(())
    }

    fn hand_over(&mut self) -> io::Result<()> {
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

    /// What came of all bytes.
    pub(crate) fn finish(mut self) -> io::Result<Packed> {
        if !self.piece.is_empty() {
            self.hand_over()?;
        }
        Ok(Packed {
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

    fn press(bytes: &[u8], effort: Effort, stored: Option<Method>) -> Packed {
        let mut press = Press::new(effort, stored).unwrap();
        bytes.chunks(100_001).for_each(|piece| press.feed(piece).unwrap());
        press.finish().unwrap()
    }

    #[test]
    fn sizes_are_those_of_the_compressed_bytes() {
        let text: Vec<u8> = (0..300_000_u64).flat_map(|n| (n * n).to_le_bytes()).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        text.chunks(PIECE).for_each(|piece| encoder.write_all(piece).unwrap());
        let gzip = encoder.finish().unwrap();
        let zstd = zstd::encode_all(&text[..], 3).unwrap();
        let packed = press(&text, Effort::Exact, None);
        assert_eq!(packed.gzip, Some(gzip.len() as u64));
        // The end of the input is not known beforehand here: some frames are
        // told by their header.
        let difference = packed.zstd.unwrap().abs_diff(zstd.len() as u64);
        assert!(difference < 64, "{packed:?} {}", zstd.len());
        let estimate = press(&text, Effort::Estimate, None);
        let expected = Packed { estimate: estimate.estimate, ..Packed::default() };
        assert_eq!(estimate, expected);
    }

    #[test]
    fn what_is_stored_compressed_is_compressed_by_the_other_method_alone() {
        let none = Packed::default();
        assert_eq!(press(b"abc", Effort::Exact, Some(Method::Zstd)), none);
        assert_eq!(press(b"abc", Effort::Estimate, Some(Method::Gzip)), none);
        let gzip = press(b"abc", Effort::Exact, Some(Method::Gzip));
        assert_eq!((gzip.gzip, gzip.zstd.is_some()), (None, true));
    }
}
