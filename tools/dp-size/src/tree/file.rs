//! Files: the bytes that layers wrote, and what became of them.

use super::{Meta, PathId};

/// A file, by its number within a [`Tree`](super::Tree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(super) u32);

/// Bytes that a layer wrote, under one or several names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name. Of several: the first in byte order of those that are left; of
    /// a dead file, of those that went last.
    pub(crate) path: PathId,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// The layer that wrote it, counted from 0.
    pub(crate) layer: u16,
    /// Mode and owner.
    pub(crate) meta: Meta,
    /// How many names are left.
    pub(crate) names: u32,
    /// Whether it ever had more than one name.
    pub(crate) linked: bool,
    /// What hid it; none of a live file.
    pub(crate) hidden: Option<Hidden>,
}

/// What hid a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// The layer that did it, counted from 0.
    pub(crate) layer: u16,
    /// How.
    pub(crate) how: How,
}

/// How a file was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Something else stands at its path now.
    Overwritten {
        /// The file that does; none if it is no regular file. Equal size with
        /// another mode or owner speaks for a copy by chmod or chown.
        by: Option<FileId>,
    },
    /// Its path was removed, alone or with a directory above it.
    Removed {
        /// The path at which the removal stands: of a whiteout or opaque mark,
        /// or of what took the place of a directory.
        root: PathId,
    },
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nothing.
    Absent,
    /// A directory.
    Directory,
    /// A name of a file.
    File(FileId),
    /// A symbolic link, device or pipe.
    Other,
}

impl FileId {
    /// Its place in a table of all files.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl File {
    /// Whether no container can reach it any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.hidden.is_some()
    }
}
