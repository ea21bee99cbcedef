//! What is wished for, and what came of it.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest as _, Sha256};

use super::is_database;
use crate::compress::{Effort, Method, Press};
use crate::tree::{PathId, Paths};

/// Most bytes of one file that are kept.
pub(super) const MOST_FILE: u64 = 1 << 23;

/// Most bytes that are kept of all layers together.
pub(super) const MOST_ALL: u64 = 1 << 25;

/// How much is read at once.
const PIECE: usize = 1 << 16;

/// The SHA-256 of a file's bytes.
pub(crate) type Digest = [u8; 32];

/// What is wished for of the files of all layers that one reader reads.
#[derive(Debug, Clone)]
pub(crate) struct Wishes {
    databases: bool,
    digests: bool,
    /// Sizes of files that digests are wished for; none means any.
    only: Option<Arc<HashSet<u64>>>,
    /// The compressed sizes of whole layers.
    sizes: Option<Effort>,
    /// Bytes that may still be kept.
    room: u64,
    /// How many layers were read; all copies count together.
    read: Arc<AtomicUsize>,
}

/// What is wished for of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    keep: bool,
    left: bool,
    digest: bool,
    size: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// The bytes, if they were wished for.
    pub(crate) kept: Option<Kept>,
    /// Their digest, if it was wished for.
    pub(crate) digest: Option<Digest>,
}

/// The bytes of a file that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// All of them.
    Bytes(Arc<[u8]>),
    /// It is there, but its bytes are too many, or not all in the archive.
    Left,
}

impl Wishes {
    /// Wishes for nothing: no content is read.
    pub(crate) fn nothing() -> Self {
        Self {
            databases: false,
            digests: false,
            only: None,
            sizes: None,
            room: 0,
            read: Arc::default(),
        }
    }

    /// Wishes for the databases of package managers.
    pub(crate) fn databases() -> Self {
        Self {
            databases: true,
            digests: false,
            only: None,
            sizes: None,
            room: MOST_ALL,
            read: Arc::default(),
        }
    }

    /// Wishes for the digest of every file, too.
    pub(crate) fn with_digests(self) -> Self {
        Self { digests: true, ..self }
    }

    /// Wishes for the digests of the files that have one of these sizes.
    pub(crate) fn with_digests_of(self, sizes: HashSet<u64>) -> Self {
        Self { digests: true, only: Some(Arc::new(sizes)), ..self }
    }

    /// Whether digests are wished for.
    pub(crate) fn has_digests(&self) -> bool {
        self.digests
    }

    /// Whether only the tars of layers tell all that is wished for.
    pub(crate) fn needs_tars(&self) -> bool {
        self.sizes.is_some()
    }

    /// Wishes for the compressed sizes of layers, too.
    pub(crate) fn with_sizes(self, effort: Effort) -> Self {
        Self { sizes: Some(effort), ..self }
    }

    /// Says that a layer was read.
    pub(crate) fn count_layer(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }

    /// How many layers were read by now, for those who watch.
    pub(crate) fn layers_read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    /// What finds the sizes of a layer that is stored by this method, if they
    /// are wished for.
    pub(crate) fn press(&self, stored: Option<Method>) -> io::Result<Option<Press>> {
        self.sizes.map(|effort| Press::new(effort, stored)).transpose()
    }

    /// What is wished for of the file of this path and size. Room for what is
    /// to be kept is taken at once.
    pub(crate) fn wish(&mut self, paths: &Paths, path: PathId, size: u64) -> Option<Wish> {
        let database = self.databases && is_database(paths, path);
        let keep = database && size <= self.room.min(MOST_FILE);
        if keep {
            self.room -= size;
        }
        let of_interest = self.only.as_ref().is_none_or(|sizes| sizes.contains(&size));
        let digest = self.digests && size > 0 && of_interest;
        (database || digest).then_some(Wish { keep, left: database && !keep, digest, size })
    }
}

impl Wish {
    /// Reads what is wished for. A file that ends before its size is an error,
    /// what stands behind it is not read.
    pub(crate) fn read(self, input: &mut dyn Read) -> io::Result<Content> {
        let mut bytes = Vec::new();
        let mut hash = Sha256::new();
        let mut left = if self.keep || self.digest { self.size } else { 0 };
        let piece = |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let mut room = vec![0; piece(left)];
        while left > 0 {
            let piece = &mut room[..piece(left)];
            let count = match input.read(piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.digest {
                hash.update(&piece[..count]);
            }
            if self.keep {
                bytes.extend_from_slice(&piece[..count]);
            }
            left -= count as u64;
        }
        let digest = self.digest.then(|| hash.finalize().into());
        Ok(Content { kept: self.kept(bytes), digest })
    }

    /// What becomes of a file whose bytes cannot be had.
    pub(crate) fn without_bytes(self) -> Content {
        Content { kept: (self.keep || self.left).then_some(Kept::Left), digest: None }
    }

    fn kept(self, bytes: Vec<u8>) -> Option<Kept> {
        match (self.keep, self.left) {
            (true, _) => Some(Kept::Bytes(bytes.into())),
            (false, true) => Some(Kept::Left),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::resolve;

    /// Wishes for a file of this size at this path, and reads `bytes`.
    fn read(wishes: &mut Wishes, path: &str, size: u64, bytes: &[u8]) -> Option<Content> {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, path.as_bytes()).unwrap();
        let wish = wishes.wish(&paths, id, size)?;
        Some(wish.read(&mut &bytes[..]).unwrap())
    }

    const STATUS: &str = "/var/lib/dpkg/status";

    #[test]
    fn a_database_is_kept_and_nothing_else() {
        let mut wishes = Wishes::databases();
        let content = read(&mut wishes, STATUS, 3, b"abcd").unwrap();
        assert_eq!(content.kept, Some(Kept::Bytes(Arc::from(*b"abc"))));
        assert_eq!(content.digest, None);
        assert_eq!(read(&mut wishes, "/etc/passwd", 3, b"abc"), None);
        assert_eq!(read(&mut Wishes::nothing(), STATUS, 3, b"abc"), None);
    }

    #[test]
    fn every_file_with_bytes_gets_its_digest_where_digests_are_wished_for() {
        let mut wishes = Wishes::databases().with_digests();
        let content = read(&mut wishes, "/a", 3, b"abc").unwrap();
        // printf abc | sha256sum
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let digits = content.digest.unwrap().map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(digits, expected);
        assert_eq!(content.kept, None);
        assert_eq!(read(&mut wishes, "/empty", 0, b""), None);
        let both = read(&mut wishes, STATUS, 3, b"abc").unwrap();
        assert!(both.kept.is_some() && both.digest.is_some());
    }

    #[test]
    fn what_is_kept_is_bounded_by_file_and_in_all() {
        let mut wishes = Wishes::databases();
        let large = read(&mut wishes, STATUS, MOST_FILE + 1, b"").unwrap();
        assert_eq!(large.kept, Some(Kept::Left));
        let full = vec![b'x'; usize::try_from(MOST_FILE).unwrap()];
        for _ in 0..MOST_ALL / MOST_FILE {
            let kept = read(&mut wishes, STATUS, MOST_FILE, &full).unwrap().kept;
            assert!(matches!(kept, Some(Kept::Bytes(_))));
        }
        assert_eq!(read(&mut wishes, STATUS, 1, b"x").unwrap().kept, Some(Kept::Left));
        assert!(matches!(read(&mut wishes, STATUS, 0, b"").unwrap().kept, Some(Kept::Bytes(_))));
    }

    #[test]
    fn a_file_that_ends_too_early_is_an_error() {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, STATUS.as_bytes()).unwrap();
        let wish = Wishes::databases().wish(&paths, id, 5).unwrap();
        let error = wish.read(&mut &b"abc"[..]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
