//! Entries of a layer in few bytes: an image may have millions.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::entry::{Entry, Kind, Meta};
use super::{PathId, TreeError};

/// Most different modes and owners of one layer: what is left beside the kind.
const MOST_METAS: usize = 1 << 29;

/// Where the kind is in [`PackedEntry::kind_and_meta`]; the bits below are the number of
/// mode and owner.
const KIND_SHIFT: u32 = 29;
const META_MASK: u32 = (1 << KIND_SHIFT) - 1;

/// What stands for a size that has a place of its own.
const LARGE: u32 = u32::MAX;

/// Entries, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct PackedEntries {
    entries: Vec<PackedEntry>,
    /// Sizes of [`LARGE`] bytes and more, by the index of their entry.
    large: BTreeMap<usize, u64>,
    /// All different modes and owners: of a million files there are a few.
    metas: Vec<Meta>,
    numbers: HashMap<Meta, u32>,
}

/// Twelve bytes.
#[derive(Debug, Clone, Copy)]
struct PackedEntry {
    path: u32,
    kind_and_meta: u32,
    /// The size of a file, the target of a link.
    value: u32,
}

impl PackedEntries {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<(), TreeError> {
        let (kind, value) = match entry.kind {
            Kind::Directory => (0, 0),
            Kind::File { size } => (1, u32::try_from(size).unwrap_or(LARGE)),
            Kind::HardLink { target } => (2, target.packed()),
            Kind::Symlink => (3, 0),
            Kind::Device => (4, 0),
            Kind::Fifo => (5, 0),
            Kind::Whiteout => (6, 0),
            Kind::Opaque => (7, 0),
        };
        if let Kind::File { size } = entry.kind
            && value == LARGE
        {
            self.large.insert(self.entries.len(), size);
        }
        let meta = self.number_of(entry.meta)?;
        let kind_and_meta = kind << KIND_SHIFT | meta;
        self.entries.push(PackedEntry { path: entry.path.packed(), kind_and_meta, value });
        Ok(())
    }

    fn number_of(&mut self, meta: Meta) -> Result<u32, TreeError> {
        if let Some(number) = self.numbers.get(&meta) {
            return Ok(*number);
        }
        let number = u32::try_from(self.metas.len()).ok().filter(|_| self.metas.len() < MOST_METAS);
        let number = number.ok_or(TreeError::TooManyEntries { most: MOST_METAS })?;
        self.metas.push(meta);
        self.numbers.insert(meta, number);
        Ok(number)
    }

    /// The entry at this index.
    pub(super) fn get(&self, index: usize) -> Entry {
        let PackedEntry { path, kind_and_meta, value } = self.entries[index];
        let kind = match kind_and_meta >> KIND_SHIFT {
            0 => Kind::Directory,
            1 if value == LARGE => Kind::File { size: self.large[&index] },
            1 => Kind::File { size: u64::from(value) },
            2 => Kind::HardLink { target: PathId::unpacked(value) },
            3 => Kind::Symlink,
            4 => Kind::Device,
            5 => Kind::Fifo,
            6 => Kind::Whiteout,
            _ => Kind::Opaque,
        };
        let meta = self.metas[(kind_and_meta & META_MASK) as usize];
        Entry { path: PathId::unpacked(path), kind, meta }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let target = PathId::unpacked(u32::MAX);
        let large = u64::from(u32::MAX);
        let kinds = [
            Kind::Directory,
            Kind::File { size: 0 },
            Kind::File { size: large - 1 },
            Kind::File { size: large },
            Kind::File { size: large + 1 },
            Kind::File { size: 1 << 52 },
            Kind::HardLink { target },
            Kind::Symlink,
            Kind::Device,
            Kind::Fifo,
            Kind::Whiteout,
            Kind::Opaque,
        ];
        let metas =
            [Meta::default(), Meta::new(0o7777, u32::MAX, 1), Meta::new(0o644, 0, u32::MAX)];
        let mut packed = PackedEntries::default();
        let mut expected = Vec::new();
        for (n, kind) in (0..).zip(kinds) {
            for meta in metas {
                let entry = Entry { path: PathId::unpacked(n), kind, meta };
                packed.push(entry).unwrap();
                expected.push(entry);
            }
        }
        let found: Vec<Entry> = (0..packed.len()).map(|index| packed.get(index)).collect();
        assert_eq!(found, expected);
        assert_eq!(size_of::<PackedEntry>(), 12);
    }
}
