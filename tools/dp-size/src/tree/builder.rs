//! Builds layers and trees for tests, from entries that are one call each.

use std::sync::Arc;

use super::{Captured, Entry, FileContent, Kind, Layer, Meta, PathId, Paths, Tree, resolve};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TestEntry {
    Dir(String),
    File(String, u64),
    /// A file of this mode and owner.
    Owned(String, u64, Meta),
    /// A file of this text, which is captured.
    Text(String, String),
    /// Name and target.
    Link(String, String),
    Symlink(String),
    Whiteout(String),
    Opaque(String),
}

impl TestEntry {
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Dir(path)
            | Self::File(path, _)
            | Self::Owned(path, ..)
            | Self::Text(path, _)
            | Self::Link(path, _)
            | Self::Symlink(path)
            | Self::Whiteout(path)
            | Self::Opaque(path) => path,
        }
    }

    fn kind(&self, paths: &mut Paths) -> Kind {
        match self {
            Self::Dir(_) => Kind::Directory,
            Self::File(_, size) | Self::Owned(_, size, _) => Kind::File { size: *size },
            Self::Text(_, text) => Kind::File { size: text.len() as u64 },
            Self::Link(_, target) => Kind::HardLink { target: id(paths, target) },
            Self::Symlink(_) => Kind::Symlink,
            Self::Whiteout(_) => Kind::Whiteout,
            Self::Opaque(_) => Kind::Opaque,
        }
    }
}

/// A directory.
pub(crate) fn dir(path: &str) -> TestEntry {
    TestEntry::Dir(path.to_owned())
}

/// A file of so many bytes.
pub(crate) fn file(path: &str, size: u64) -> TestEntry {
    TestEntry::File(path.to_owned(), size)
}

/// A file of this mode.
pub(crate) fn moded(path: &str, size: u64, mode: u32) -> TestEntry {
    TestEntry::Owned(path.to_owned(), size, Meta::new(mode, 0, 0))
}

/// A file of this user.
pub(crate) fn owned(path: &str, size: u64, uid: u32) -> TestEntry {
    TestEntry::Owned(path.to_owned(), size, Meta::new(0, uid, 0))
}

/// A file of this text.
pub(crate) fn text(path: &str, text: &str) -> TestEntry {
    TestEntry::Text(path.to_owned(), text.to_owned())
}

/// A hard link.
pub(crate) fn link(path: &str, target: &str) -> TestEntry {
    TestEntry::Link(path.to_owned(), target.to_owned())
}

/// A symbolic link.
pub(crate) fn symlink(path: &str) -> TestEntry {
    TestEntry::Symlink(path.to_owned())
}

/// Deletes a path of lower layers.
pub(crate) fn whiteout(path: &str) -> TestEntry {
    TestEntry::Whiteout(path.to_owned())
}

/// Empties a directory of lower content.
pub(crate) fn opaque(path: &str) -> TestEntry {
    TestEntry::Opaque(path.to_owned())
}

/// The path of this name.
pub(crate) fn id(paths: &mut Paths, path: &str) -> PathId {
    resolve(paths, path.as_bytes()).unwrap()
}

/// The layers as a source would read them.
pub(crate) fn layers(layers_of_entries: &[Vec<TestEntry>]) -> (Paths, Vec<Layer>) {
    let mut paths = Paths::default();
    let mut layers = Vec::new();
    for entries in layers_of_entries {
        let mut layer = Layer::default();
        for entry in entries {
            let (path, kind) = (id(&mut paths, entry.path()), entry.kind(&mut paths));
            let meta =
                if let TestEntry::Owned(_, _, meta) = entry { *meta } else { Meta::default() };
            layer.push(Entry { path, kind, meta }).unwrap();
            if let TestEntry::Text(_, text) = entry {
                let captured = Some(Captured::Bytes(text.as_bytes().into()));
                layer.attach(FileContent { captured, digest: None });
            }
        }
        layers.push(layer);
    }
    (paths, layers)
}

/// The image of these layers.
pub(crate) fn tree(layers_of_entries: &[Vec<TestEntry>]) -> Tree {
    let (paths, layers) = layers(layers_of_entries);
    let layers: Vec<Arc<Layer>> = layers.into_iter().map(Arc::new).collect();
    Tree::new(Arc::new(paths), &layers).unwrap()
}
