//! Applies one layer over what is below it.
//!
//! The rules are those of the OCI image specification (image-layout layers) and
//! of an overlay mount, which agree: a whiteout deletes what lower layers have at
//! its path and never what its own layer brings; an opaque mark empties the
//! directory of lower content; a directory merges with a directory; of whatever
//! else meets at a path, the upper one wins, and what was below a replaced
//! directory is gone with it.

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::entry::{self, Kind};
use super::file::{Dead, DeadBy, FileId, PackedState, PathState};
use super::files::Files;
use super::layer::{Digest, Layer};
use super::{PathId, Paths, TreeError};

/// The image so far.
pub(super) struct Merge<'p> {
    paths: &'p Paths,
    /// Made when a directory that has something in it is emptied: most layers empty none.
    child_lists: Option<ChildLists>,
    layer: u16,
    pub(super) states: Vec<PackedState>,
    /// How many children of each path exist, where some do: of directories alone.
    children: HashMap<PathId, u32>,
    pub(super) files: Files,
    /// Digests of files, in the order of their numbers.
    pub(super) digests: Vec<(FileId, Digest)>,
    /// All names of files that have several, but for the first of each.
    pub(super) links: Vec<(FileId, PathId)>,
    /// How each name of such a file was lost.
    pub(super) lost_names: Vec<LostName>,
}

/// A name that a file of several names lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct LostName {
    pub(super) file: FileId,
    pub(super) name: PathId,
    pub(super) dead: Dead,
}

/// The children of every path that is known, as linked lists. 0 is none: the root is
/// nobody's child.
struct ChildLists {
    /// Of directories alone, which are few.
    first: HashMap<PathId, u32>,
    next: Vec<u32>,
}

impl ChildLists {
    fn new(paths: &Paths) -> Self {
        let mut child_lists = Self { first: HashMap::new(), next: vec![0; paths.len()] };
        for id in paths.ids() {
            if let Some(parent) = paths.parent(id) {
                let first = child_lists.first.entry(parent).or_default();
                child_lists.next[id.index()] = std::mem::replace(first, id.packed());
            }
        }
        child_lists
    }

    fn first(&self, path: PathId) -> Option<PathId> {
        self.first.get(&path).copied().map(PathId::unpacked)
    }

    fn next(&self, child: PathId) -> Option<PathId> {
        Some(self.next[child.index()]).filter(|child| *child != 0).map(PathId::unpacked)
    }
}

impl<'p> Merge<'p> {
    /// An empty image.
    pub(super) fn new(paths: &'p Paths) -> Self {
        let mut states = vec![PackedState::ABSENT; paths.len()];
        states[PathId::ROOT.index()] = PackedState::new(PathState::Directory);
        Self {
            paths,
            child_lists: None,
            layer: 0,
            states,
            children: HashMap::new(),
            files: Files::default(),
            digests: Vec::new(),
            links: Vec::new(),
            lost_names: Vec::new(),
        }
    }

    /// Applies the layer of this number, counted from 0.
    pub(super) fn apply(&mut self, number: u16, layer: &Arc<Layer>) -> Result<(), TreeError> {
        self.layer = number;
        self.files.add(layer)?;
        // Whiteouts first, wherever the archive has them: they never apply to
        // their own layer. Example: of [`new` in `d`, whiteout of `d`] the file
        // `d/new` stays, and what lower layers have in `d` goes.
        for entry in layer.entries() {
            match entry.kind {
                Kind::Whiteout => self.remove(entry.path),
                Kind::Opaque => self.empty(entry.path, entry.path),
                _ => {}
            }
        }
        for (index, (entry, digest)) in layer.with_digests().enumerate() {
            self.add(self.files.id(index), entry, digest);
        }
        Ok(())
    }

    /// Adds an entry, which writes the file of this number if it is one.
    fn add(&mut self, file: FileId, entry: entry::Entry, digest: Option<Digest>) {
        let path = entry.path;
        match entry.kind {
            // The directory of an opaque mark exists, with or without an entry
            // of its own; that of a whiteout need not exist.
            Kind::Whiteout => {}
            Kind::Directory | Kind::Opaque => self.make_directories(path),
            Kind::File { .. } => {
                self.digests.extend(digest.map(|digest| (file, digest)));
                self.put(path, PathState::File(file), Some(file));
            }
            Kind::HardLink { target } => self.link(file, path, target),
            Kind::Symlink | Kind::Device | Kind::Fifo => self.put(path, PathState::Other, None),
        }
    }

    /// Gives a file another name. A link to nothing is an empty file.
    fn link(&mut self, own: FileId, path: PathId, target: PathId) {
        match self.state(target) {
            _ if target == path => {}
            PathState::File(file) => {
                self.files.add_name(file);
                self.links.push((file, path));
                self.put(path, PathState::File(file), Some(file));
            }
            PathState::Other => self.put(path, PathState::Other, None),
            PathState::Absent | PathState::Directory => {
                self.files.make_empty_file(own);
                self.put(path, PathState::File(own), Some(own));
            }
        }
    }

    fn state(&self, path: PathId) -> PathState {
        self.states[path.index()].get()
    }

    /// Puts something that is no directory at a path.
    fn put(&mut self, path: PathId, state: PathState, by: Option<FileId>) {
        if let Some(parent) = self.paths.parent(path) {
            self.make_directories(parent);
        }
        match self.state(path) {
            PathState::File(old) => self.lose_name(old, path, DeadBy::Overwritten { by }),
            PathState::Directory => self.empty(path, path),
            PathState::Absent | PathState::Other => {}
        }
        self.set(path, state);
    }

    /// Makes the path a directory, and all above it.
    fn make_directories(&mut self, path: PathId) {
        let paths = self.paths;
        let mut next = Some(path);
        while let Some(id) = next {
            match self.state(id) {
                PathState::Directory => return,
                PathState::File(old) => self.lose_name(old, id, DeadBy::Overwritten { by: None }),
                PathState::Absent | PathState::Other => {}
            }
            self.set(id, PathState::Directory);
            next = paths.parent(id);
        }
    }

    /// Removes what is at a path.
    fn remove(&mut self, path: PathId) {
        match self.state(path) {
            PathState::File(old) => self.lose_name(old, path, DeadBy::Removed { root: path }),
            PathState::Directory => self.empty(path, path),
            PathState::Absent | PathState::Other => {}
        }
        self.set(path, PathState::Absent);
    }

    /// Removes what is below a path, because of something at `root`.
    fn empty(&mut self, path: PathId, root: PathId) {
        if !self.children.contains_key(&path) {
            return;
        }
        let lists = self.child_lists.take().unwrap_or_else(|| ChildLists::new(self.paths));
        let mut open = vec![path];
        while let Some(directory) = open.pop() {
            if !self.children.contains_key(&directory) {
                continue;
            }
            let mut child = lists.first(directory);
            while let Some(id) = child {
                match self.state(id) {
                    PathState::File(old) => self.lose_name(old, id, DeadBy::Removed { root }),
                    PathState::Directory => open.push(id),
                    PathState::Absent | PathState::Other => {}
                }
                self.set(id, PathState::Absent);
                child = lists.next(id);
            }
        }
        self.child_lists = Some(lists);
    }

    /// A file loses a name. With its last name it becomes dead.
    fn lose_name(&mut self, id: FileId, name: PathId, by: DeadBy) {
        let dead = Dead { layer: self.layer, by };
        if self.files.lose_name(id, dead) {
            self.lost_names.push(LostName { file: id, name, dead });
        }
    }

    fn set(&mut self, path: PathId, state: PathState) {
        let packed = PackedState::new(state);
        let was = std::mem::replace(&mut self.states[path.index()], packed);
        let Some(parent) = self.paths.parent(path) else { return };
        match (was == PackedState::ABSENT, state == PathState::Absent) {
            (true, false) => *self.children.entry(parent).or_default() += 1,
            (false, true) => {
                if let Entry::Occupied(mut children) = self.children.entry(parent) {
                    *children.get_mut() -= 1;
                    if *children.get() == 0 {
                        children.remove();
                    }
                }
            }
            _ => {}
        }
    }
}
