//! Reads one layer folder.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawDir, Stat, fgetxattr, flistxattr, fstat, openat,
    statat,
};
use rustix::io::Errno;

use super::StorageError;
use crate::content::{ContentRequest, ContentRequests};
use crate::tree::{Entry, FileContent, Kind, Layer, Meta, PathId, Paths, TreeError};

/// Bytes of names of a directory that are read at once.
const NAMES: usize = 1 << 16;

/// Most bytes of a list of extended attributes (`XATTR_LIST_MAX`).
const ATTRIBUTES: usize = 1 << 16;

/// How folders are opened: not even their access times change.
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOATIME);

/// How files are opened.
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NOATIME);

/// What ends a walk.
enum WalkError {
    System(Errno),
    Content(io::Error),
    Redirected,
    Tree(TreeError),
}

impl From<Errno> for WalkError {
    fn from(error: Errno) -> Self {
        Self::System(error)
    }
}

impl From<TreeError> for WalkError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// All entries of a layer folder, as its tar would list them.
pub(super) fn walk(
    folder: &Path,
    paths: &mut Paths,
    requests: &mut ContentRequests,
) -> Result<Layer, StorageError> {
    let mut walk = Walk {
        paths,
        requests,
        layer: Layer::default(),
        unread: Vec::new(),
        links: HashMap::new(),
        names: Vec::with_capacity(NAMES),
        attributes: vec![0; ATTRIBUTES],
    };
    let walked = openat(CWD, folder, FOLDER, Mode::empty())
        .map_err(WalkError::from)
        .and_then(|root| walk.folder(&Rc::new(root), PathId::ROOT))
        .and_then(|()| walk.rest());
    let path = || folder.to_owned();
    match walked {
        Ok(()) => Ok(walk.layer),
        Err(WalkError::System(error)) => {
            Err(StorageError::Folder { path: path(), error: io::Error::from(error) })
        }
        Err(WalkError::Content(error)) => Err(StorageError::Folder { path: path(), error }),
        Err(WalkError::Redirected) => Err(StorageError::Feature("redirect_dir")),
        Err(WalkError::Tree(error)) => Err(StorageError::Layer { path: path(), error }),
    }
}

struct Walk<'p> {
    paths: &'p mut Paths,
    requests: &'p mut ContentRequests,
    layer: Layer,
    /// Folders that were found and not read yet.
    unread: Vec<Unread>,
    /// The first name of each file that has several.
    links: HashMap<(u64, u64), PathId>,
    /// Memory that is used for all folders.
    names: Vec<u8>,
    attributes: Vec<u8>,
}

/// A folder within another.
struct Unread {
    parent: Rc<OwnedFd>,
    path: PathId,
}

impl Walk<'_> {
    /// Reads the folders below the first one.
    fn rest(&mut self) -> Result<(), WalkError> {
        while let Some(Unread { parent, path }) = self.unread.pop() {
            let name = self.paths.name(path);
            let folder = openat(&*parent, name, FOLDER, Mode::empty())?;
            drop(parent);
            self.folder(&Rc::new(folder), path)?;
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Rc<OwnedFd>, path: PathId) -> Result<(), WalkError> {
        let meta = meta(&fstat(&**folder)?);
        self.push(path, Kind::Directory, meta)?;
        if self.is_opaque(folder)? {
            self.push(path, Kind::Opaque, meta)?;
        }
        let mut room = std::mem::take(&mut self.names);
        let mut names = RawDir::new(&**folder, room.spare_capacity_mut());
        while let Some(name) = names.next() {
            let name = name?;
            let text = name.file_name();
            if !matches!(text.to_bytes(), b"." | b"..") {
                self.entry(folder, path, text, name.file_type())?;
            }
        }
        self.names = room;
        Ok(())
    }

    fn entry(
        &mut self,
        folder: &Rc<OwnedFd>,
        parent: PathId,
        name: &CStr,
        kind: FileType,
    ) -> Result<(), WalkError> {
        let path = self.paths.child(parent, name.to_bytes())?;
        let known = matches!(kind, FileType::Directory | FileType::Symlink);
        let (kind, about) = if known {
            (kind, None)
        } else {
            let about = statat(&**folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            (FileType::from_raw_mode(about.st_mode), Some(about))
        };
        match (kind, about) {
            (FileType::Directory, _) => {
                self.unread.push(Unread { parent: Rc::clone(folder), path });
            }
            (FileType::Symlink, _) => self.push(path, Kind::Symlink, Meta::default())?,
            (FileType::RegularFile, Some(about)) => self.file(folder, path, name, &about)?,
            (FileType::CharacterDevice, Some(about)) if about.st_rdev == 0 => {
                self.push(path, Kind::Whiteout, Meta::default())?;
            }
            (FileType::CharacterDevice | FileType::BlockDevice, Some(about)) => {
                self.push(path, Kind::Device, meta(&about))?;
            }
            (FileType::Fifo, Some(about)) => self.push(path, Kind::Fifo, meta(&about))?,
            // Engines leave sockets out of layers.
            _ => {}
        }
        Ok(())
    }

    fn file(
        &mut self,
        folder: &OwnedFd,
        path: PathId,
        name: &CStr,
        about: &Stat,
    ) -> Result<(), WalkError> {
        let size = u64::try_from(about.st_size).unwrap_or_default();
        let mut kind = Kind::File { size };
        if about.st_nlink > 1 {
            let first = self.links.entry((about.st_dev, about.st_ino)).or_insert(path);
            if *first != path {
                kind = Kind::HardLink { target: *first };
            }
        }
        self.push(path, kind, meta(about))?;
        if matches!(kind, Kind::File { .. })
            && let Some(request) = self.requests.request_for(self.paths, path, size)
        {
            self.layer.attach(content(folder, name, request)?);
        }
        Ok(())
    }

    fn push(&mut self, path: PathId, kind: Kind, meta: Meta) -> Result<(), WalkError> {
        Ok(self.layer.push(Entry { path, kind, meta })?)
    }

    /// Whether the folder deletes what lower layers have in it: overlayfs marks it
    /// by an attribute; `user.` is that of engines without root.
    fn is_opaque(&mut self, folder: &OwnedFd) -> Result<bool, WalkError> {
        let length = match flistxattr(folder, &mut self.attributes[..]) {
            Ok(length) => length,
            Err(Errno::NOTSUP) => 0,
            Err(error) => return Err(error.into()),
        };
        let names = self.attributes[..length].split(|byte| *byte == 0);
        let mut opaque = false;
        for name in names {
            match name {
                b"trusted.overlay.redirect" | b"user.overlay.redirect" => {
                    return Err(WalkError::Redirected);
                }
                b"trusted.overlay.opaque" | b"user.overlay.opaque" => {
                    let mut value = [0; 2];
                    let length = fgetxattr(folder, name, &mut value[..])?;
                    opaque |= value[..length] == *b"y";
                }
                _ => {}
            }
        }
        Ok(opaque)
    }
}

/// Reads what is requested of a file.
fn content(
    folder: &OwnedFd,
    name: &CStr,
    request: ContentRequest,
) -> Result<FileContent, WalkError> {
    let file = openat(folder, name, FILE, Mode::empty())?;
    request.read(&mut File::from(file)).map_err(WalkError::Content)
}

fn meta(about: &Stat) -> Meta {
    Meta::new(about.st_mode, about.st_uid, about.st_gid)
}
