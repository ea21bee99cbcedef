//! The finished image.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{File, FileId, Slot};
use super::layer::MOST_ENTRIES;
use super::merge::Merge;
use super::settle::settle;
use super::tally::{self, Tally, Totals};
use super::{Layer, PathId, Paths, TreeError};
use crate::content::{Digest, Kept};

/// Most layers of an image. Engines take 127; a manifest of a few bytes may
/// name one layer a million times.
const MOST_LAYERS: usize = 1 << 12;

/// An image, with all that its layers ever wrote.
#[derive(Debug)]
pub(crate) struct Tree {
    paths: Arc<Paths>,
    files: Vec<File>,
    slots: Vec<Slot>,
    /// All names of files that have or had several.
    links: Vec<(FileId, PathId)>,
    /// What was kept of live files.
    kept: BTreeMap<PathId, Kept>,
    /// In the order of the files' numbers.
    digests: Vec<(FileId, Digest)>,
    tallies: Vec<Tally>,
    totals: Totals,
}

impl Tree {
    /// Lays the layers over each other, lowest first. All of their paths must
    /// be those of `paths`.
    pub(crate) fn new(paths: Arc<Paths>, layers: &[&Layer]) -> Result<Self, TreeError> {
        check(layers)?;
        let mut merge = Merge::new(&paths);
        for (number, layer) in (0..).zip(layers) {
            merge.apply(number, layer)?;
        }
        let Merge { mut files, slots, mut links, losses, digests, .. } = merge;
        settle(&mut files, &links, &losses, &slots, &paths);
        links.sort_unstable();
        links.dedup();
        let tallies = tally::tallies(layers, &files);
        let totals = tally::totals(&tallies, &files, &slots)?;
        let kept = live_content(layers, &files, &slots);
        Ok(Self { paths, files, slots, links, kept, digests, tallies, totals })
    }

    /// The paths that everything here speaks of.
    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Every file that a layer wrote, live or dead.
    pub(crate) fn files(&self) -> &[File] {
        &self.files
    }

    /// Every file, with its number.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// One file.
    pub(crate) fn file(&self, id: FileId) -> &File {
        &self.files[id.index()]
    }

    /// The file that a container sees at a path, if it sees one.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests ask yet"))]
    pub(crate) fn file_at(&self, path: PathId) -> Option<&File> {
        match self.at(path) {
            Slot::File(id) => Some(self.file(id)),
            Slot::Absent | Slot::Directory | Slot::Other => None,
        }
    }

    /// What a container sees at a path.
    pub(crate) fn at(&self, path: PathId) -> Slot {
        self.slots[path.index()]
    }

    /// What was kept of the file that a container sees at a path. None if it
    /// sees none, or nothing was to be kept of it.
    pub(crate) fn kept(&self, path: PathId) -> Option<&Kept> {
        self.kept.get(&path)
    }

    /// All that was kept of what a container sees, in the order of path numbers.
    pub(crate) fn all_kept(&self) -> impl Iterator<Item = (PathId, &Kept)> {
        self.kept.iter().map(|(path, kept)| (*path, kept))
    }

    /// The digest of a file's bytes, if digests were wished for. Files without
    /// bytes have none.
    pub(crate) fn digest(&self, id: FileId) -> Option<&Digest> {
        let found = self.digests.binary_search_by_key(&id, |(file, _)| *file).ok()?;
        Some(&self.digests[found].1)
    }

    /// All names that a file has or had, in no order that means anything.
    pub(crate) fn names(&self, id: FileId) -> Vec<PathId> {
        let begin = self.links.partition_point(|(file, _)| *file < id);
        let names = self.links[begin..].iter().take_while(|(file, _)| *file == id);
        let names: Vec<PathId> = names.map(|(_, name)| *name).collect();
        if names.is_empty() { vec![self.file(id).path] } else { names }
    }

    /// What each layer holds, lowest first.
    pub(crate) fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// What all layers hold.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// For each path, by its index, the live bytes of the files below it. A
    /// file of several names counts at [`File::path`] alone.
    pub(crate) fn folder_bytes(&self) -> Vec<u64> {
        let mut bytes = vec![0; self.paths.len()];
        let mut add = |path, count| {
            if let Some(parent) = self.paths.parent(path) {
                bytes[parent.index()] += count;
            }
        };
        for file in self.files.iter().filter(|file| !file.is_dead()) {
            add(file.path, file.size);
        }
        // A parent's number is smaller than those of its children.
        for id in self.paths.ids().rev() {
            if let Some(parent) = self.paths.parent(id) {
                bytes[parent.index()] += bytes[id.index()];
            }
        }
        bytes
    }
}

/// What was kept of the files that a container sees, by path.
fn live_content(layers: &[&Layer], files: &[File], slots: &[Slot]) -> BTreeMap<PathId, Kept> {
    let mut live = BTreeMap::new();
    for (number, layer) in layers.iter().enumerate() {
        for (path, kept) in layer.kept() {
            if let Slot::File(id) = slots[path.index()]
                && usize::from(files[id.index()].layer) == number
            {
                live.insert(*path, kept.clone());
            }
        }
    }
    live
}

/// Whether the layers can be those of an image.
fn check(layers: &[&Layer]) -> Result<(), TreeError> {
    if layers.len() > MOST_LAYERS {
        return Err(TreeError::TooManyLayers { count: layers.len() });
    }
    let entries: usize = layers.iter().map(|layer| layer.entries().len()).sum();
    if entries > MOST_ENTRIES {
        return Err(TreeError::TooManyEntries { most: MOST_ENTRIES });
    }
    let bytes = layers.iter().try_fold(0_u64, |sum, layer| sum.checked_add(layer.bytes()));
    bytes.map(|_| ()).ok_or(TreeError::TooManyBytes)
}
