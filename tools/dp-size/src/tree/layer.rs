//! What one layer brings: its entries, as a tar or a layer folder tells them.

use std::collections::BTreeMap;

use super::{PathId, Paths, TreeError};
use crate::compress::Packed;
use crate::content::{Content, Digest, Kept};

/// Most entries of one layer, and of all layers of an image together.
pub(super) const MOST_ENTRIES: usize = 1 << 23;

/// Most bytes of one layer: what an `f64` counts exactly.
const MOST_BYTES: u64 = 1 << 53;

/// The entries of one layer, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    entries: Vec<Entry>,
    bytes: u64,
    files: u64,
    kept: BTreeMap<PathId, Kept>,
    packed: Option<Packed>,
    /// Digests of entries, by their places.
    digests: Vec<(usize, Digest)>,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it stands; of a whiteout the path that it hides, of an opaque mark
    /// the directory that it empties.
    pub(crate) path: PathId,
    /// What it is.
    pub(crate) kind: Kind,
    /// Mode and owner.
    pub(crate) meta: Meta,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A directory; merges with one of a lower layer.
    Directory,
    /// A regular file. Holes of a sparse file count as bytes.
    File {
        /// Its size in bytes.
        size: u64,
    },
    /// Another name of a file.
    HardLink {
        /// The name that was there first.
        target: PathId,
    },
    /// A symbolic link.
    Symlink,
    /// A character or block device.
    Device,
    /// A named pipe.
    Fifo,
    /// Hides the path of lower layers, with all below it.
    Whiteout,
    /// Hides what lower layers have below the directory.
    Opaque,
}

/// Mode and owner of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Permission bits, with setuid, setgid and sticky: 12 bits.
    pub(crate) mode: u16,
    /// Number of the user.
    pub(crate) uid: u32,
    /// Number of the group.
    pub(crate) gid: u32,
}

impl Layer {
    /// Adds an entry behind the others.
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
        if !self.kept.is_empty() {
            self.kept.remove(&entry.path);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Takes the content of the entry that was pushed last.
    pub(crate) fn keep(&mut self, content: Content) {
        let Some(entry) = self.entries.last() else { return };
        if let Some(kept) = content.kept {
            self.kept.insert(entry.path, kept);
        }
        if let Some(digest) = content.digest {
            self.digests.push((self.entries.len() - 1, digest));
        }
    }

    /// The content that was kept, by path.
    pub(super) fn kept(&self) -> &BTreeMap<PathId, Kept> {
        &self.kept
    }

    /// Each entry, with its digest if one was taken.
    pub(super) fn with_digests(&self) -> impl Iterator<Item = (&Entry, Option<Digest>)> {
        let mut digests = self.digests.iter().peekable();
        self.entries.iter().enumerate().map(move |(place, entry)| {
            let digest = digests.next_if(|(at, _)| *at == place);
            (entry, digest.map(|(_, digest)| *digest))
        })
    }

    /// Takes what the layer takes when it is compressed.
    pub(crate) fn pack(&mut self, packed: Packed) {
        self.packed = Some(packed);
    }

    /// What the layer takes when it is compressed, if that was wished for.
    pub(crate) fn packed(&self) -> Option<Packed> {
        self.packed
    }

    /// The entries, in the order in which they were read.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Sum of the sizes of its regular files; a file with several names counts
    /// once.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Names of regular files that it brings, hard links included.
    pub(crate) fn files(&self) -> u64 {
        self.files
    }
}

impl Meta {
    /// Of the bits that a kernel or an archive gives, those of the file type
    /// are left out.
    pub(crate) fn new(mode: u32, uid: u32, gid: u32) -> Self {
        Self { mode: (mode & 0o7777) as u16, uid, gid }
    }
}

/// Finds the path that a name in an archive means, with the names on its way:
/// absolute paths begin at the root of the image, `.` and empty components mean
/// nothing, `..` the parent (as the engines clean names before they extract).
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

/// A name for a message.
pub(crate) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
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
