//! Layers as tests write them down.

use std::sync::Arc;

use crate::content::{Content, Kept};

use super::{Entry, Kind, Layer, Meta, PathId, Paths, Tree, resolve};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sketch {
    Dir(String),
    File(String, u64),
    /// A file of this mode and owner.
    Owned(String, u64, Meta),
    /// A file of this text, which is kept.
    Text(String, String),
    /// Name and target.
    Link(String, String),
    Symlink(String),
    Whiteout(String),
    Opaque(String),
}

impl Sketch {
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
pub(crate) fn dir(path: &str) -> Sketch {
    Sketch::Dir(path.to_owned())
}

/// A file of so many bytes.
pub(crate) fn file(path: &str, size: u64) -> Sketch {
    Sketch::File(path.to_owned(), size)
}

/// A file of this mode.
pub(crate) fn moded(path: &str, size: u64, mode: u32) -> Sketch {
    Sketch::Owned(path.to_owned(), size, Meta::new(mode, 0, 0))
}

/// A file of this user.
pub(crate) fn owned(path: &str, size: u64, uid: u32) -> Sketch {
    Sketch::Owned(path.to_owned(), size, Meta::new(0, uid, 0))
}

/// A file of this text.
pub(crate) fn text(path: &str, text: &str) -> Sketch {
    Sketch::Text(path.to_owned(), text.to_owned())
}

/// A hard link.
pub(crate) fn link(path: &str, target: &str) -> Sketch {
    Sketch::Link(path.to_owned(), target.to_owned())
}

/// A symbolic link.
pub(crate) fn symlink(path: &str) -> Sketch {
    Sketch::Symlink(path.to_owned())
}

/// What hides a path of lower layers.
pub(crate) fn whiteout(path: &str) -> Sketch {
    Sketch::Whiteout(path.to_owned())
}

/// What empties a directory of lower content.
pub(crate) fn opaque(path: &str) -> Sketch {
    Sketch::Opaque(path.to_owned())
}

/// The path of this name.
pub(crate) fn id(paths: &mut Paths, path: &str) -> PathId {
    resolve(paths, path.as_bytes()).unwrap()
}

/// The layers as a source would tell them.
pub(crate) fn layers(sketches: &[Vec<Sketch>]) -> (Paths, Vec<Layer>) {
    let mut paths = Paths::default();
    let mut layers = Vec::new();
    for entries in sketches {
        let mut layer = Layer::default();
        for sketch in entries {
            let (path, kind) = (id(&mut paths, sketch.path()), sketch.kind(&mut paths));
            let meta = if let Sketch::Owned(_, _, meta) = sketch { *meta } else { Meta::default() };
            layer.push(Entry { path, kind, meta }).unwrap();
            if let Sketch::Text(_, text) = sketch {
                let kept = Some(Kept::Bytes(text.as_bytes().into()));
                layer.keep(Content { kept, digest: None });
            }
        }
        layers.push(layer);
    }
    (paths, layers)
}

/// The image that they make.
pub(crate) fn tree(sketches: &[Vec<Sketch>]) -> Tree {
    let (paths, layers) = layers(sketches);
    let layers: Vec<&Layer> = layers.iter().collect();
    Tree::new(Arc::new(paths), &layers).unwrap()
}
