//! The finished image.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::file::{File, FileId, PackedState, PathState};
use super::files::Files;
use super::hard_links::name_linked_files;
use super::layer::MOST_ENTRIES;
use super::layer::{Captured, Digest};
use super::merge::Merge;
use super::tally::{self, Tally, Totals};
use super::{Layer, PathId, Paths, TreeError};

/// Most layers of an image. Engines take 127; a manifest of a few bytes may
/// name one layer a million times.
const MOST_LAYERS: usize = 1 << 12;

/// An image, with all that its layers ever wrote.
#[derive(Debug)]
pub(crate) struct Tree {
    paths: Arc<Paths>,
    files: Files,
    states: Vec<PackedState>,
    /// All names of files that have or had several, but for the first of each.
    links: Vec<(FileId, PathId)>,
    /// The captured content of live files.
    captured: BTreeMap<PathId, Captured>,
    /// In the order of the files' numbers.
    digests: Vec<(FileId, Digest)>,
    tallies: Vec<Tally>,
    totals: Totals,
}

impl Tree {
    /// Applies the layers one over the other, lowest first. All of their paths
    /// must be those of `paths`.
    pub(crate) fn new(paths: Arc<Paths>, layers: &[Arc<Layer>]) -> Result<Self, TreeError> {
        check(layers)?;
        let mut merge = Merge::new(&paths);
        for (number, layer) in (0..).zip(layers) {
            merge.apply(number, layer)?;
        }
        let Merge { mut files, states, mut links, lost_names, digests, .. } = merge;
        links.sort_unstable();
        links.dedup();
        name_linked_files(&mut files, &links, lost_names, &states, &paths);
        let tallies = tally::tallies(layers, &files);
        let totals = tally::totals(&tallies, &files, &states)?;
        let captured = live_content(layers, &files, &states);
        Ok(Self { paths, files, states, links, captured, digests, tallies, totals })
    }

    /// The paths that all numbers here refer to.
    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Every file that a layer wrote, live or dead.
    pub(crate) fn files(&self) -> impl Iterator<Item = File> {
        self.numbered().map(|(_, file)| file)
    }

    /// Every file, with its number.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (FileId, File)> {
        self.files.numbered()
    }

    /// One file.
    pub(crate) fn file(&self, id: FileId) -> File {
        self.files.get(id)
    }

    /// What a container finds at a path.
    pub(crate) fn state_at(&self, path: PathId) -> PathState {
        self.states[path.index()].get()
    }

    /// The captured content of the file that a container finds at a path. None
    /// if there is no file, or nothing of it was requested.
    pub(crate) fn captured(&self, path: PathId) -> Option<&Captured> {
        self.captured.get(&path)
    }

    /// All captured content of live files, in the order of path numbers.
    pub(crate) fn all_captured(&self) -> impl Iterator<Item = (PathId, &Captured)> {
        self.captured.iter().map(|(path, captured)| (*path, captured))
    }

    /// The digest of a file's bytes, if digests were requested. Files without
    /// bytes have none.
    pub(crate) fn digest(&self, id: FileId) -> Option<&Digest> {
        let found = self.digests.binary_search_by_key(&id, |(file, _)| *file).ok()?;
        Some(&self.digests[found].1)
    }

    /// All names that a file has or had, in no particular order.
    pub(crate) fn names(&self, id: FileId) -> Vec<PathId> {
        let begin = self.links.partition_point(|(file, _)| *file < id);
        let names = self.links[begin..].iter().take_while(|(file, _)| *file == id);
        let first = self.files.first_name(id);
        let further = names.map(|(_, name)| *name).filter(|name| *name != first);
        [first].into_iter().chain(further).collect()
    }

    /// What each layer holds, lowest first.
    pub(crate) fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// What all layers hold.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// The live bytes of the files below each folder that has some. A file of several
    /// names counts only at [`File::path`].
    pub(crate) fn folder_bytes(&self) -> HashMap<PathId, u64> {
        let mut bytes: HashMap<PathId, u64> = HashMap::new();
        for file in self.files().filter(|file| !file.is_dead() && file.size > 0) {
            if let Some(parent) = self.paths.parent(file.path) {
                *bytes.entry(parent).or_default() += file.size;
            }
        }
        // A parent's number is smaller than those of its children.
        for id in self.paths.ids().rev() {
            if let (Some(parent), Some(count)) = (self.paths.parent(id), bytes.get(&id).copied()) {
                *bytes.entry(parent).or_default() += count;
            }
        }
        bytes
    }
}

/// The captured content of the files that a container can reach, by path.
fn live_content(
    layers: &[Arc<Layer>],
    files: &Files,
    states: &[PackedState],
) -> BTreeMap<PathId, Captured> {
    let mut live = BTreeMap::new();
    for (number, layer) in layers.iter().enumerate() {
        for (path, captured) in layer.captured() {
            if let PathState::File(id) = states[path.index()].get()
                && usize::from(files.get(id).layer) == number
            {
                live.insert(*path, captured.clone());
            }
        }
    }
    live
}

/// Whether the layers can be those of an image.
fn check(layers: &[Arc<Layer>]) -> Result<(), TreeError> {
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
