//! Files that belong together: dead files that became dead in the same way, and
//! live files of equal content.

use std::collections::{BTreeMap, HashMap};

use super::{Dead, DeadBy, Digest, File, FileId, PathId, Tree};

/// All groups of the files of an image.
#[derive(Debug, Default)]
pub(crate) struct FileGroups {
    /// Each group once, in order.
    pub(crate) dead: Vec<(DeadGroup, Amount)>,
    /// Live files of equal size and digest, at least two in each group: where
    /// digests were requested. Hard links share their bytes, and are one file.
    pub(crate) equal: Vec<Vec<FileId>>,
}

/// What the dead files of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeadGroup {
    /// The layer that wrote them, counted from 0.
    pub(crate) layer: u16,
    /// The layer that deleted or overwrote them.
    pub(crate) by_layer: u16,
    /// The path that was removed, with all below it, or overwritten.
    pub(crate) path: PathId,
    pub(crate) cause: Cause,
}

/// Why files became dead, by what replaced them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The same layer wrote something else there: its archive has the path twice.
    Twice,
    /// The same bytes were stored again with another owner.
    Chown,
    /// The same bytes were stored again with another mode.
    Chmod,
    /// The same bytes were stored again, unchanged, since the layer gave them one more
    /// name.
    Linked,
    Overwritten,
    Removed,
}

/// How much a group is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) bytes: u64,
    pub(crate) files: u32,
    /// Those of the files that have no bytes.
    pub(crate) empty_files: u32,
}

impl Amount {
    /// Adds another amount.
    pub(crate) fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.empty_files += other.empty_files;
    }
}

impl FileGroups {
    /// Groups all files of an image.
    pub(crate) fn new(tree: &Tree) -> Self {
        Self { dead: dead_groups(tree), equal: equal_files(tree) }
    }
}

fn dead_groups(tree: &Tree) -> Vec<(DeadGroup, Amount)> {
    // Of a path that was overwritten there is mostly one file, so that a group is no less
    // than the file; below one that was removed there may be many.
    let mut removed: BTreeMap<DeadGroup, Amount> = BTreeMap::new();
    let mut groups: Vec<(DeadGroup, Amount)> = Vec::new();
    for (id, file) in tree.numbered() {
        let Some(Dead { layer: by_layer, by }) = file.dead else { continue };
        let (cause, path) = match by {
            DeadBy::Removed { root } => (Cause::Removed, root),
            DeadBy::Overwritten { by } => (cause_of_overwriting(tree, id, &file, by), file.path),
        };
        let cause = if file.layer == by_layer { Cause::Twice } else { cause };
        let group = DeadGroup { layer: file.layer, by_layer, path, cause };
        let amount = Amount { bytes: file.size, files: 1, empty_files: u32::from(file.size == 0) };
        match by {
            DeadBy::Removed { .. } => removed.entry(group).or_default().add(amount),
            DeadBy::Overwritten { .. } => groups.push((group, amount)),
        }
    }
    groups.extend(removed);
    groups.sort_unstable_by_key(|(group, _)| *group);
    groups.dedup_by(|(group, amount), (first, sum)| {
        let same = group == first;
        if same {
            sum.add(*amount);
        }
        same
    });
    groups
}

/// A file of the same size (and, where it is known, of the same content) but with
/// another owner, mode or further name is what chown, chmod and ln leave.
fn cause_of_overwriting(tree: &Tree, id: FileId, file: &File, by: Option<FileId>) -> Cause {
    let is_copy = |by: &FileId| {
        let differs = match (tree.digest(id), tree.digest(*by)) {
            (Some(before), Some(after)) => before != after,
            _ => false,
        };
        tree.file(*by).size == file.size && !differs
    };
    let Some(copy) = by.filter(is_copy).map(|by| tree.file(by)) else { return Cause::Overwritten };
    match copy.meta {
        meta if (meta.uid, meta.gid) != (file.meta.uid, file.meta.gid) => Cause::Chown,
        meta if meta.mode != file.meta.mode => Cause::Chmod,
        // A kernel copies a file up before it links to it.
        _ if copy.linked && !file.linked => Cause::Linked,
        _ => Cause::Overwritten,
    }
}

fn equal_files(tree: &Tree) -> Vec<Vec<FileId>> {
    let mut groups: HashMap<(u64, &Digest), Vec<FileId>> = HashMap::new();
    for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead()) {
        if let Some(digest) = tree.digest(id) {
            groups.entry((file.size, digest)).or_default().push(id);
        }
    }
    groups.into_values().filter(|files| files.len() > 1).collect()
}
