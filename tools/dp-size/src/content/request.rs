//! What a reader of layers is to capture of the files' content.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::is_database;
use crate::compress::{Effort, LayerCompressor, Method};
use crate::tree::{Captured, FileContent, PathId, Paths};

/// Most bytes of one file that are captured.
pub(super) const MOST_FILE: u64 = 1 << 23;

/// Most bytes that are captured of all layers together.
pub(super) const MOST_ALL: u64 = 1 << 25;

/// How many bytes are read at once.
const PIECE: usize = 1 << 16;

/// What to capture of the files of all layers that one reader reads.
#[derive(Debug, Clone)]
pub(crate) struct ContentRequests {
    databases: bool,
    digests: bool,
    /// If set, digests are taken only of files that have one of these sizes.
    digest_sizes: Option<Arc<HashSet<u64>>>,
    /// Whether the compressed size of each layer is to be found, and how.
    compressed_sizes: Option<Effort>,
    /// Bytes that may still be captured.
    bytes_left: u64,
}

/// What to capture of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRequest {
    /// Its bytes.
    bytes: bool,
    /// Its bytes were wanted too, but are more than the limits allow.
    omitted: bool,
    digest: bool,
    size: u64,
}

impl ContentRequests {
    /// Requests nothing: no content is read.
    pub(crate) fn nothing() -> Self {
        Self {
            databases: false,
            digests: false,
            digest_sizes: None,
            compressed_sizes: None,
            bytes_left: 0,
        }
    }

    /// Requests the databases of package managers.
    pub(crate) fn databases() -> Self {
        Self { databases: true, bytes_left: MOST_ALL, ..Self::nothing() }
    }

    /// Also requests the digest of every file.
    pub(crate) fn with_digests(self) -> Self {
        Self { digests: true, ..self }
    }

    /// Also requests the digests of the files that have one of these sizes.
    pub(crate) fn with_digests_of_sizes(self, sizes: HashSet<u64>) -> Self {
        Self { digests: true, digest_sizes: Some(Arc::new(sizes)), ..self }
    }

    /// Also requests the compressed size of every layer.
    pub(crate) fn with_compressed_sizes(self, effort: Effort) -> Self {
        Self { compressed_sizes: Some(effort), ..self }
    }

    /// Whether digests are requested.
    pub(crate) fn has_digests(&self) -> bool {
        self.digests
    }

    /// Whether something is requested that only the tar of a layer can give.
    pub(crate) fn needs_tars(&self) -> bool {
        self.compressed_sizes.is_some()
    }

    /// A compressor for a layer that is stored by this method, if compressed
    /// sizes are requested.
    pub(crate) fn compressor(&self, stored: Option<Method>) -> io::Result<Option<LayerCompressor>> {
        self.compressed_sizes.map(|effort| LayerCompressor::new(effort, stored)).transpose()
    }

    /// What to capture of the file of this path and size. The bytes that it may
    /// take count against the limit from now on.
    pub(crate) fn request_for(
        &mut self,
        paths: &Paths,
        path: PathId,
        size: u64,
    ) -> Option<ContentRequest> {
        let database = self.databases && is_database(paths, path);
        let bytes = database && size <= self.bytes_left.min(MOST_FILE);
        if bytes {
            self.bytes_left -= size;
        }
        let is_of_size = self.digest_sizes.as_ref().is_none_or(|sizes| sizes.contains(&size));
        let digest = self.digests && size > 0 && is_of_size;
        let omitted = database && !bytes;
        (database || digest).then_some(ContentRequest { bytes, omitted, digest, size })
    }
}

impl ContentRequest {
    /// Reads what is requested. A file that ends before its size is an error;
    /// what follows the file is not read.
    pub(crate) fn read(self, input: &mut dyn Read) -> io::Result<FileContent> {
        let mut bytes = Vec::new();
        let mut hash = Sha256::new();
        let mut left = if self.bytes || self.digest { self.size } else { 0 };
        let piece_of = |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let mut buffer = vec![0; piece_of(left)];
        while left > 0 {
            let piece = &mut buffer[..piece_of(left)];
            let count = match input.read(piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.digest {
                hash.update(&piece[..count]);
            }
            if self.bytes {
                bytes.extend_from_slice(&piece[..count]);
            }
            left -= count as u64;
        }
        let digest = self.digest.then(|| hash.finalize().into());
        Ok(FileContent { captured: self.captured(bytes), digest })
    }

    /// The content of a file whose bytes are not available.
    pub(crate) fn without_bytes(self) -> FileContent {
        let is_database = self.bytes || self.omitted;
        FileContent { captured: is_database.then_some(Captured::Omitted), digest: None }
    }

    fn captured(self, bytes: Vec<u8>) -> Option<Captured> {
        match (self.bytes, self.omitted) {
            (true, _) => Some(Captured::Bytes(bytes.into())),
            (false, true) => Some(Captured::Omitted),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::resolve;

    /// Requests the content of a file of this size at this path, and reads `bytes`.
    fn read(
        requests: &mut ContentRequests,
        path: &str,
        size: u64,
        bytes: &[u8],
    ) -> Option<FileContent> {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, path.as_bytes()).unwrap();
        let request = requests.request_for(&paths, id, size)?;
        Some(request.read(&mut &bytes[..]).unwrap())
    }

    const STATUS: &str = "/var/lib/dpkg/status";

    #[test]
    fn a_database_is_captured_and_nothing_else() {
        let mut requests = ContentRequests::databases();
        let content = read(&mut requests, STATUS, 3, b"abcd").unwrap();
        assert_eq!(content.captured, Some(Captured::Bytes(Arc::from(*b"abc"))));
        assert_eq!(content.digest, None);
        assert_eq!(read(&mut requests, "/etc/passwd", 3, b"abc"), None);
        assert_eq!(read(&mut ContentRequests::nothing(), STATUS, 3, b"abc"), None);
    }

    #[test]
    fn every_file_with_bytes_gets_its_digest_where_digests_are_requested() {
        let mut requests = ContentRequests::databases().with_digests();
        let content = read(&mut requests, "/a", 3, b"abc").unwrap();
        // printf abc | sha256sum
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let digits = content.digest.unwrap().map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(digits, expected);
        assert_eq!(content.captured, None);
        assert_eq!(read(&mut requests, "/empty", 0, b""), None);
        let both = read(&mut requests, STATUS, 3, b"abc").unwrap();
        assert!(both.captured.is_some() && both.digest.is_some());
    }

    #[test]
    fn captured_bytes_are_limited_by_file_and_in_all() {
        let mut requests = ContentRequests::databases();
        let large = read(&mut requests, STATUS, MOST_FILE + 1, b"").unwrap();
        assert_eq!(large.captured, Some(Captured::Omitted));
        let full = vec![b'x'; usize::try_from(MOST_FILE).unwrap()];
        for _ in 0..MOST_ALL / MOST_FILE {
            let captured = read(&mut requests, STATUS, MOST_FILE, &full).unwrap().captured;
            assert!(matches!(captured, Some(Captured::Bytes(_))));
        }
        assert_eq!(read(&mut requests, STATUS, 1, b"x").unwrap().captured, Some(Captured::Omitted));
        assert!(matches!(
            read(&mut requests, STATUS, 0, b"").unwrap().captured,
            Some(Captured::Bytes(_))
        ));
    }

    #[test]
    fn a_file_that_ends_too_early_is_an_error() {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, STATUS.as_bytes()).unwrap();
        let request = ContentRequests::databases().request_for(&paths, id, 5).unwrap();
        let error = request.read(&mut &b"abc"[..]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
