//! One file, folder or other thing of a context.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}

/// An entry. Owner and group are left out: in a build everything is root's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the context.
    pub path: PathBuf,
    /// What it is.
    pub kind: EntryKind,
    /// Permissions, with set-user-id, set-group-id and sticky: the low 12 bits.
    pub mode: u32,
    /// Bytes of a file, or of the target of a symbolic link.
    pub size: u64,
    /// Last change, in nanoseconds since 1970.
    pub modified: i64,
    /// Target of a symbolic link; of a further hard link the path that came first.
    pub link: Option<PathBuf>,
    /// Major and minor number of a device.
    pub device: (u32, u32),
}

impl Entry {
    /// Reads what `folder/path` is.
    pub(crate) fn read(folder: &Path, path: &Path) -> io::Result<(Self, Metadata)> {
        let full = folder.join(path);
        let metadata = fs::symlink_metadata(&full)?;
        let kind = kind(&metadata);
        let link = (kind == EntryKind::Symlink).then(|| fs::read_link(&full)).transpose()?;
        let number = metadata.rdev();
        let entry = Self {
            path: path.to_owned(),
            kind,
            mode: metadata.mode() & 0o7777,
            size: if kind == EntryKind::Folder { 0 } else { metadata.len() },
            modified: modified(&metadata),
            link,
            device: (rustix::fs::major(number), rustix::fs::minor(number)),
        };
        Ok((entry, metadata))
    }

    /// Whether a file has the same permissions, size and time of its last change.
    pub fn is_still(&self, now: &Metadata) -> bool {
        let same_file = (self.mode, self.size) == (now.mode() & 0o7777, now.len());
        same_file && self.modified == modified(now)
    }

    /// The path as it is sent.
    pub(crate) fn path_bytes(&self) -> &[u8] {
        self.path.as_os_str().as_bytes()
    }

    /// The target as it is sent; empty without one.
    pub(crate) fn link_bytes(&self) -> &[u8] {
        self.link.as_ref().map_or(&[], |link| link.as_os_str().as_bytes())
    }

    /// Whether it is a further name of a file that came before.
    pub(crate) fn is_hard_link(&self) -> bool {
        self.kind != EntryKind::Symlink && self.link.is_some()
    }
}

/// Nanoseconds since 1970.
fn modified(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

fn kind(metadata: &Metadata) -> EntryKind {
    let kind = metadata.file_type();
    if kind.is_dir() {
        EntryKind::Folder
    } else if kind.is_symlink() {
        EntryKind::Symlink
    } else if kind.is_fifo() {
        EntryKind::Fifo
    } else if kind.is_socket() {
        EntryKind::Socket
    } else if kind.is_char_device() {
        EntryKind::CharDevice
    } else if kind.is_block_device() {
        EntryKind::BlockDevice
    } else {
        EntryKind::File
    }
}
