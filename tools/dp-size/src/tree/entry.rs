//! What one entry of a layer is.

use super::PathId;

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path; of a whiteout the path that it deletes, of an opaque mark the
    /// directory that it empties.
    pub(crate) path: PathId,
    pub(crate) kind: Kind,
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
    /// Deletes what lower layers have at the path, with all below it.
    Whiteout,
    /// Deletes what lower layers have below the directory.
    Opaque,
}

/// Mode and owner of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Meta {
    /// Permission bits, with setuid, setgid and sticky: 12 bits.
    pub(crate) mode: u16,
    /// Number of the user.
    pub(crate) uid: u32,
    /// Number of the group.
    pub(crate) gid: u32,
}

impl Meta {
    /// Leaves out the bits of the file type, which a kernel gives with the mode.
    pub(crate) fn new(mode: u32, uid: u32, gid: u32) -> Self {
        Self { mode: (mode & 0o7777) as u16, uid, gid }
    }
}
