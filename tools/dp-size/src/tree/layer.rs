//! What one layer brings: its entries, as a tar or a layer folder lists them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::{Entry, Kind};
use super::packed::PackedEntries;
use super::{PathId, Paths, TreeError};

/// Most entries of one layer, and of all layers of an image together.
pub(super) const MOST_ENTRIES: usize = 1 << 23;

/// Most bytes of one layer: what an `f64` counts exactly.
const MOST_BYTES: u64 = 1 << 53;

/// The entries of one layer, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    entries: PackedEntries,
    bytes: u64,
    files: u64,
    captured: BTreeMap<PathId, Captured>,
    /// Digests of entries, by their indexes.
    digests: Vec<(usize, Digest)>,
}

/// The SHA-256 of a file's bytes.
pub(crate) type Digest = [u8; 32];

/// What a source captured of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileContent {
    /// The bytes, if they were requested.
    pub(crate) captured: Option<Captured>,
    /// Their digest, if it was requested.
    pub(crate) digest: Option<Digest>,
}

/// The bytes of a file that were requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Captured {
    /// All of them.
    Bytes(Arc<[u8]>),
    /// The file exists, but its bytes are too many, or not all in the archive
    /// (those of a sparse file).
    Omitted,
}

impl Layer {
    /// Adds an entry after the others.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<(), TreeError> {
        if self.entries.len() >= MOST_ENTRIES {
            return Err(TreeError::TooManyEntries { most: MOST_ENTRIES });
        }
        let may_be_root = matches!(entry.kind, Kind::Directory | Kind::Opaque);
        if entry.path == PathId::ROOT && !may_be_root {
            return Err(TreeError::RootReplaced);
        }
        match entry.kind {
            Kind::File { size } => {
                let sum = self.bytes.checked_add(size).filter(|sum| *sum <= MOST_BYTES);
                self.bytes = sum.ok_or(TreeError::TooManyBytes)?;
                self.files += 1;
            }
            Kind::HardLink { .. } => self.files += 1,
            _ => {}
        }
        if !self.captured.is_empty() {
            self.captured.remove(&entry.path);
        }
        self.entries.push(entry)
    }

    /// Adds the content of the entry that was pushed last.
    pub(crate) fn attach(&mut self, content: FileContent) {
        let Some(last) = self.entries.len().checked_sub(1) else { return };
        if let Some(captured) = content.captured {
            self.captured.insert(self.entries.get(last).path, captured);
        }
        if let Some(digest) = content.digest {
            self.digests.push((last, digest));
        }
    }

    /// The content that was captured, by path.
    pub(super) fn captured(&self) -> &BTreeMap<PathId, Captured> {
        &self.captured
    }

    /// Each entry, with its digest if one was taken.
    pub(super) fn with_digests(&self) -> impl Iterator<Item = (Entry, Option<Digest>)> {
        let mut digests = self.digests.iter().peekable();
        self.entries().enumerate().map(move |(index, entry)| {
            let digest = digests.next_if(|(at, _)| *at == index);
            (entry, digest.map(|(_, digest)| *digest))
        })
    }

    /// The entries, in the order in which they were read.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = Entry> {
        (0..self.entries.len()).map(|index| self.entries.get(index))
    }

    /// The entry at this index.
    pub(super) fn entry(&self, index: usize) -> Entry {
        self.entries.get(index)
    }

    /// Sum of the sizes of its regular files; a file with several names counts
    /// once.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Names of regular files that it brings, including hard links.
    pub(crate) fn files(&self) -> u64 {
        self.files
    }
}

/// Finds the path that a name in an archive means, and makes all of its parents
/// known: absolute paths begin at the root of the image, `.` and empty
/// components are skipped, `..` is the parent (as the engines clean names before
/// they extract).
pub(crate) fn resolve(paths: &mut Paths, name: &[u8]) -> Result<PathId, TreeError> {
    let absolute = name.first() == Some(&b'/');
    let mut at = PathId::ROOT;
    for component in name.split(|byte| *byte == b'/') {
        at = match component {
            b"" | b"." => at,
            b".." => match paths.parent(at) {
                Some(parent) => parent,
                None if absolute => at,
                None => return Err(TreeError::Escapes { path: shown(name) }),
            },
            component => paths.child(at, component)?,
        };
    }
    Ok(at)
}

/// A name as text for a message.
pub(crate) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::entry::Meta;
    use super::*;

    fn resolved(name: &str) -> Result<String, TreeError> {
        let mut paths = Paths::default();
        resolve(&mut paths, name.as_bytes()).map(|id| paths.text(id))
    }

    #[test]
    fn names_are_cleaned() {
        for (name, path) in [
            ("./etc/passwd", "/etc/passwd"),
            ("/etc//passwd", "/etc/passwd"),
            ("usr/lib/", "/usr/lib"),
            ("a/./b/../c", "/a/c"),
            ("/../etc", "/etc"),
            ("./", "/"),
            ("", "/"),
        ] {
            assert_eq!(resolved(name).as_deref(), Ok(path), "{name}");
        }
    }

    #[test]
    fn a_name_that_leaves_the_image_is_refused() {
        for name in ["../etc/passwd", "a/../../b", ".."] {
            assert!(matches!(resolved(name), Err(TreeError::Escapes { .. })), "{name}");
        }
    }

    #[test]
    fn sizes_beyond_what_counts_exactly_are_refused() {
        let mut layer = Layer::default();
        let path = Paths::default().child(PathId::ROOT, b"a").unwrap();
        let file = |size| Entry { path, kind: Kind::File { size }, meta: Meta::default() };
        layer.push(file(MOST_BYTES)).unwrap();
        assert_eq!(layer.push(file(1)), Err(TreeError::TooManyBytes));
        assert_eq!(layer.push(file(u64::MAX)), Err(TreeError::TooManyBytes));
    }

    #[test]
    fn the_root_stays_a_directory() {
        let push =
            |kind| Layer::default().push(Entry { path: PathId::ROOT, kind, meta: Meta::default() });
        assert_eq!(push(Kind::Directory), Ok(()));
        assert_eq!(push(Kind::Opaque), Ok(()));
        assert_eq!(push(Kind::File { size: 1 }), Err(TreeError::RootReplaced));
        assert_eq!(push(Kind::Whiteout), Err(TreeError::RootReplaced));
    }

    #[test]
    fn the_type_bits_of_a_mode_are_left_out() {
        assert_eq!(Meta::new(0o100_4755, 1, 2).mode, 0o4755);
    }
}
