//! All files of an image. What an entry says of a file is kept in its layer alone; what
//! later layers did to it, and further names, only of files to which that happened.

use std::sync::Arc;

use super::entry::Kind;
use super::file::{Dead, DeadBy, File, FileId};
use super::layer::Layer;
use super::{PathId, TreeError};

/// Every file that a layer wrote.
#[derive(Debug, Default)]
pub(super) struct Files {
    layers: Vec<Arc<Layer>>,
    /// The number of the first entry of each layer.
    begins: Vec<u32>,
    /// What happened to each entry; empty as long as nothing happened at all.
    changes: Vec<Change>,
    /// Files that have or had several names.
    linked: Vec<Linked>,
}

/// What happened to a file, in eight bytes.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// The path that was removed, the number of the file that overwrote it, or its index
    /// among those with several names.
    id: u32,
    /// The layer that did it.
    layer: u16,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    /// It is no file, but was made an empty one.
    MadeFile,
    Removed,
    OverwrittenByFile,
    Overwritten,
    Linked,
}

/// A file that has or had several names.
#[derive(Debug, Clone, Copy)]
struct Linked {
    path: PathId,
    /// Those that are left.
    names: u32,
    dead: Change,
}

impl Change {
    fn of(dead: Option<Dead>) -> Self {
        let Some(Dead { layer, by }) = dead else {
            return Self { id: 0, layer: 0, what: What::Nothing };
        };
        let (id, what) = match by {
            DeadBy::Removed { root } => (root.packed(), What::Removed),
            DeadBy::Overwritten { by: Some(by) } => (by.0, What::OverwrittenByFile),
            DeadBy::Overwritten { by: None } => (0, What::Overwritten),
        };
        Self { id, layer, what }
    }

    fn dead(self) -> Option<Dead> {
        let by = match self.what {
            What::Nothing | What::MadeFile | What::Linked => return None,
            What::Removed => DeadBy::Removed { root: PathId::unpacked(self.id) },
            What::OverwrittenByFile => DeadBy::Overwritten { by: Some(FileId(self.id)) },
            What::Overwritten => DeadBy::Overwritten { by: None },
        };
        Some(Dead { layer: self.layer, by })
    }
}

impl Files {
    /// Adds the files of a layer above the others.
    pub(super) fn add(&mut self, layer: &Arc<Layer>) -> Result<(), TreeError> {
        let begin = self.begin_of(self.layers.len());
        let count = begin as usize + layer.entries().len();
        if u32::try_from(count).is_err() {
            return Err(TreeError::TooManyEntries { most: u32::MAX as usize });
        }
        self.begins.push(begin);
        self.layers.push(Arc::clone(layer));
        Ok(())
    }

    fn begin_of(&self, layer: usize) -> u32 {
        match self.begins.get(layer) {
            Some(begin) => *begin,
            // Checked where they were added.
            None => self.layers.last().map_or(0, |last| {
                let count = u32::try_from(last.entries().len()).unwrap_or(u32::MAX);
                self.begins.last().copied().unwrap_or_default() + count
            }),
        }
    }

    /// How many entries all layers have: more than any file's number.
    pub(super) fn len(&self) -> usize {
        self.begin_of(self.layers.len()) as usize
    }

    /// The number of the entry at this index of the uppermost layer.
    pub(super) fn id(&self, index: usize) -> FileId {
        let begin = self.begins.last().copied().unwrap_or_default();
        FileId(begin + u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The file of this number.
    pub(super) fn get(&self, id: FileId) -> File {
        let layer = self.begins.partition_point(|begin| *begin <= id.0).saturating_sub(1);
        // Layers without entries begin where the next one does.
        self.file(layer, (id.0 - self.begins[layer]) as usize)
    }

    fn file(&self, layer: usize, index: usize) -> File {
        let entry = self.layers[layer].entry(index);
        let size = if let Kind::File { size } = entry.kind { size } else { 0 };
        let id = FileId(self.begins[layer] + u32::try_from(index).unwrap_or(u32::MAX));
        let number = u16::try_from(layer).unwrap_or(u16::MAX);
        let (path, meta) = (entry.path, entry.meta);
        let plain = File { path, size, layer: number, meta, names: 1, linked: false, dead: None };
        let Some(change) = self.change(id) else { return plain };
        if change.what != What::Linked {
            let dead = change.dead();
            return File { names: u32::from(dead.is_none()), dead, ..plain };
        }
        let Linked { path, names, dead } = self.linked[change.id as usize];
        File { path, names, linked: true, dead: dead.dead(), ..plain }
    }

    /// Every file, with its number.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (FileId, File)> {
        let ids = self.begins.iter().enumerate().flat_map(move |(layer, begin)| {
            let entries = self.layers[layer].entries();
            (*begin..).zip(entries.enumerate()).map(move |(id, (index, entry))| {
                let id = FileId(id);
                let is_file = match entry.kind {
                    Kind::File { .. } => true,
                    // A link to nothing is an empty file.
                    Kind::HardLink { .. } => self.change(id).is_some(),
                    _ => false,
                };
                is_file.then(|| (id, self.file(layer, index)))
            })
        });
        ids.flatten()
    }

    fn change(&self, id: FileId) -> Option<&Change> {
        self.changes.get(id.index()).filter(|change| change.what != What::Nothing)
    }

    /// The entry of the file's number: its first name.
    pub(super) fn first_name(&self, id: FileId) -> PathId {
        let layer = self.begins.partition_point(|begin| *begin <= id.0).saturating_sub(1);
        self.layers[layer].entry((id.0 - self.begins[layer]) as usize).path
    }

    /// Changes what is kept of a file.
    fn update(&mut self, id: FileId, update: impl FnOnce(&mut File)) {
        let mut file = self.get(id);
        update(&mut file);
        let new = self.change_at(id);
        if !file.linked {
            *new = Change::of(file.dead);
            return;
        }
        let linked = Linked { path: file.path, names: file.names, dead: Change::of(file.dead) };
        let change = *new;
        if change.what == What::Linked {
            self.linked[change.id as usize] = linked;
        } else {
            // There are no more of these than entries.
            let at = u32::try_from(self.linked.len()).unwrap_or(u32::MAX);
            *self.change_at(id) = Change { id: at, layer: 0, what: What::Linked };
            self.linked.push(linked);
        }
    }

    /// Where the change of an entry is kept.
    fn change_at(&mut self, id: FileId) -> &mut Change {
        if self.changes.len() < self.len() {
            self.changes.resize(self.len(), Change::of(None));
        }
        &mut self.changes[id.index()]
    }

    /// Makes an entry that is no file one without bytes.
    pub(super) fn make_empty_file(&mut self, id: FileId) {
        *self.change_at(id) = Change { id: 0, layer: 0, what: What::MadeFile };
    }

    /// A file gets one more name.
    pub(super) fn add_name(&mut self, id: FileId) {
        self.update(id, |file| {
            file.linked = true;
            file.names += 1;
        });
    }

    /// A file loses a name, and with its last name becomes dead. Says whether it ever
    /// had several.
    pub(super) fn lose_name(&mut self, id: FileId, dead: Dead) -> bool {
        let mut linked = false;
        self.update(id, |file| {
            file.names -= 1;
            if file.names == 0 {
                file.dead = Some(dead);
            }
            linked = file.linked;
        });
        linked
    }

    /// Chooses the name that stands for a file of several, and of a dead one the way in
    /// which it lost that.
    pub(super) fn set_name(&mut self, id: FileId, path: PathId, dead: Option<Dead>) {
        self.update(id, |file| {
            file.path = path;
            file.dead = dead.or(file.dead);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_to_a_file_takes_eight_bytes() {
        assert_eq!(size_of::<Change>(), 8);
    }
}
