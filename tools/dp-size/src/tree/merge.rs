//! Lays one layer over what is below it.
//!
//! The rules are those of the OCI image specification (image-layout layers) and
//! of an overlay mount, which agree: a whiteout hides what lower layers have at
//! its path and never what its own layer brings; an opaque mark empties the
//! directory of lower content; a directory merges with a directory; whatever
//! else meets at a path, the upper one wins, and what stood below a replaced
//! directory goes with it.

use super::file::{File, FileId, Hidden, How, Slot};
use super::layer::{Entry, Kind, Layer};
use super::{Meta, PathId, Paths, TreeError};
use crate::content::Digest;

/// The image so far.
pub(super) struct Merge<'p> {
    paths: &'p Paths,
    family: Family,
    layer: u16,
    pub(super) slots: Vec<Slot>,
    /// How many children of each path are there.
    children: Vec<u32>,
    pub(super) files: Vec<File>,
    /// Digests of files, in the order of their numbers.
    pub(super) digests: Vec<(FileId, Digest)>,
    /// All names of files that have several.
    pub(super) links: Vec<(FileId, PathId)>,
    /// How each name of such a file went.
    pub(super) losses: Vec<Loss>,
}

/// A name that a file of several names lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    pub(super) file: FileId,
    pub(super) name: PathId,
    pub(super) hidden: Hidden,
}

/// The children of every path that is known, as linked lists.
struct Family {
    first: Vec<Option<PathId>>,
    next: Vec<Option<PathId>>,
}

impl Family {
    fn new(paths: &Paths) -> Self {
        let mut family = Self { first: vec![None; paths.len()], next: vec![None; paths.len()] };
        for id in paths.ids() {
            if let Some(parent) = paths.parent(id) {
                family.next[id.index()] = family.first[parent.index()].replace(id);
            }
        }
        family
    }
}

impl<'p> Merge<'p> {
    /// An empty image.
    pub(super) fn new(paths: &'p Paths) -> Self {
        let mut slots = vec![Slot::Absent; paths.len()];
        slots[PathId::ROOT.index()] = Slot::Directory;
        Self {
            paths,
            family: Family::new(paths),
            layer: 0,
            slots,
            children: vec![0; paths.len()],
            files: Vec::new(),
            digests: Vec::new(),
            links: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Lays the layer of this number over the image.
    pub(super) fn apply(&mut self, number: u16, layer: &Layer) -> Result<(), TreeError> {
        self.layer = number;
        // Whiteouts first, wherever they stand in the archive: they never hit
        // their own layer.
        for entry in layer.entries() {
            match entry.kind {
                Kind::Whiteout => self.remove(entry.path),
                Kind::Opaque => self.empty(entry.path, entry.path),
                _ => {}
            }
        }
        for (entry, digest) in layer.with_digests() {
            self.add(entry, digest)?;
        }
        Ok(())
    }

    fn add(&mut self, entry: &Entry, digest: Option<Digest>) -> Result<(), TreeError> {
        let path = entry.path;
        match entry.kind {
            // The directory of an opaque mark is there, with or without an
            // entry of its own; that of a whiteout need not be.
            Kind::Whiteout => return Ok(()),
            Kind::Directory | Kind::Opaque => self.make_directories(path),
            Kind::File { size } => {
                let file = self.create(path, size, entry.meta)?;
                self.digests.extend(digest.map(|digest| (file, digest)));
                self.put(path, Slot::File(file), Some(file));
            }
            Kind::HardLink { target } => self.link(path, target, entry.meta)?,
            Kind::Symlink | Kind::Device | Kind::Fifo => self.put(path, Slot::Other, None),
        }
        Ok(())
    }

    /// Gives a file another name. A link to nothing is an empty file.
    fn link(&mut self, path: PathId, target: PathId, meta: Meta) -> Result<(), TreeError> {
        match self.slots[target.index()] {
            _ if target == path => {}
            Slot::File(file) => {
                let found = &mut self.files[file.index()];
                if !found.linked {
                    self.links.push((file, target));
                }
                found.linked = true;
                found.names += 1;
                self.links.push((file, path));
                self.put(path, Slot::File(file), Some(file));
            }
            Slot::Other => self.put(path, Slot::Other, None),
            Slot::Absent | Slot::Directory => {
                let file = self.create(path, 0, meta)?;
                self.put(path, Slot::File(file), Some(file));
            }
        }
        Ok(())
    }

    fn create(&mut self, path: PathId, size: u64, meta: Meta) -> Result<FileId, TreeError> {
        let number = u32::try_from(self.files.len());
        let id = FileId(number.map_err(|_| TreeError::TooManyEntries { most: u32::MAX as usize })?);
        let layer = self.layer;
        self.files.push(File { path, size, layer, meta, names: 1, linked: false, hidden: None });
        Ok(id)
    }

    /// Puts something that is no directory at a path.
    fn put(&mut self, path: PathId, slot: Slot, by: Option<FileId>) {
        if let Some(parent) = self.paths.parent(path) {
            self.make_directories(parent);
        }
        match self.slots[path.index()] {
            Slot::File(old) => self.lose(old, path, How::Overwritten { by }),
            Slot::Directory => self.empty(path, path),
            Slot::Absent | Slot::Other => {}
        }
        self.set(path, slot);
    }

    /// Makes the path a directory, and all above it.
    fn make_directories(&mut self, path: PathId) {
        let paths = self.paths;
        let mut next = Some(path);
        while let Some(id) = next {
            match self.slots[id.index()] {
                Slot::Directory => return,
                Slot::File(old) => self.lose(old, id, How::Overwritten { by: None }),
                Slot::Absent | Slot::Other => {}
            }
            self.set(id, Slot::Directory);
            next = paths.parent(id);
        }
    }

    /// Removes what stands at a path.
    fn remove(&mut self, path: PathId) {
        match self.slots[path.index()] {
            Slot::File(old) => self.lose(old, path, How::Removed { root: path }),
            Slot::Directory => self.empty(path, path),
            Slot::Absent | Slot::Other => {}
        }
        self.set(path, Slot::Absent);
    }

    /// Removes what stands below a path, because of something at `root`.
    fn empty(&mut self, path: PathId, root: PathId) {
        let mut open = vec![path];
        while let Some(directory) = open.pop() {
            if self.children[directory.index()] == 0 {
                continue;
            }
            let mut child = self.family.first[directory.index()];
            while let Some(id) = child {
                match self.slots[id.index()] {
                    Slot::File(old) => self.lose(old, id, How::Removed { root }),
                    Slot::Directory => open.push(id),
                    Slot::Absent | Slot::Other => {}
                }
                self.set(id, Slot::Absent);
                child = self.family.next[id.index()];
            }
        }
    }

    /// A file loses a name, with the last one its life.
    fn lose(&mut self, id: FileId, name: PathId, how: How) {
        let hidden = Hidden { layer: self.layer, how };
        let file = &mut self.files[id.index()];
        file.names -= 1;
        if file.names == 0 {
            file.hidden = Some(hidden);
        }
        if file.linked {
            self.losses.push(Loss { file: id, name, hidden });
        }
    }

    fn set(&mut self, path: PathId, slot: Slot) {
        let was = std::mem::replace(&mut self.slots[path.index()], slot);
        let Some(parent) = self.paths.parent(path) else { return };
        let children = &mut self.children[parent.index()];
        match (was == Slot::Absent, slot == Slot::Absent) {
            (true, false) => *children += 1,
            (false, true) => *children -= 1,
            _ => {}
        }
    }
}
