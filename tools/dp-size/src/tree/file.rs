//! Files: the bytes that layers wrote, and what later layers did to them.

use super::{Meta, PathId};

/// A file, by its number within a [`Tree`](super::Tree): that of the entry that wrote it,
/// counted over all layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(super) u32);

/// Bytes that a layer wrote, under one or several names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name. Of several names: the first in byte order of those that are
    /// left; of a dead file, of those that the last layer took away.
    pub(crate) path: PathId,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// The layer that wrote it, counted from 0.
    pub(crate) layer: u16,
    /// Mode and owner.
    pub(crate) meta: Meta,
    /// How many of its names a container can still reach.
    pub(crate) names: u32,
    /// Whether it ever had more than one name.
    pub(crate) linked: bool,
    /// Set if a layer deleted or overwrote it; none of a live file.
    pub(crate) dead: Option<Dead>,
}

/// What made a file dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dead {
    /// The layer that deleted or overwrote it, counted from 0.
    pub(crate) layer: u16,
    /// Whether it was overwritten or removed.
    pub(crate) by: DeadBy,
}

/// In which way a file became dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadBy {
    /// A later layer wrote something else to its path.
    Overwritten {
        /// The file that was written; none if it is no regular file. Equal size
        /// with another mode or owner suggests a copy made by chmod or chown.
        by: Option<FileId>,
    },
    /// Its path was removed, alone or with a directory above it.
    Removed {
        /// The path that was removed: that of a whiteout or opaque mark, or of
        /// what replaced a directory.
        root: PathId,
    },
}

/// What a container finds at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathState {
    /// Nothing.
    Absent,
    /// A directory.
    Directory,
    /// A name of a file.
    File(FileId),
    /// A symbolic link, device or pipe.
    Other,
}

/// A [`PathState`] in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedState(u32);

impl PackedState {
    pub(super) const ABSENT: Self = Self(0);
    const FIRST_FILE: u32 = 3;

    pub(super) fn new(state: PathState) -> Self {
        match state {
            PathState::Absent => Self::ABSENT,
            PathState::Directory => Self(1),
            PathState::Other => Self(2),
            PathState::File(FileId(number)) => Self(number + Self::FIRST_FILE),
        }
    }

    pub(super) fn get(self) -> PathState {
        match self.0 {
            0 => PathState::Absent,
            1 => PathState::Directory,
            2 => PathState::Other,
            number => PathState::File(FileId(number - Self::FIRST_FILE)),
        }
    }
}

impl FileId {
    /// Its index in a table of all files.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl File {
    /// Whether no container can reach it any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.is_some()
    }
}
