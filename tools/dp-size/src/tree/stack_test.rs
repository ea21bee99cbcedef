//! Random stacks of layers, counted by the tree and in a real folder to which
//! the same entries were applied.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::builder::{self, TestEntry};
use super::file::PathState;
use super::{PathId, Tree};

/// A folder to which layers are applied one by one. Each file is filled with the
/// number of its layer, so that the layer of its bytes is known at the end.
pub(crate) struct Folder {
    root: TempDir,
    /// A link is made here first, until its path is free.
    aside: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), aside: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path_of(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Applies the entries of a layer.
    pub(crate) fn apply(&self, layer: u8, entries: &[TestEntry]) {
        for entry in entries {
            match entry {
                TestEntry::Whiteout(path) => remove(&self.path_of(path)),
                TestEntry::Opaque(path) => empty(&self.path_of(path)),
                _ => {}
            }
        }
        for entry in entries {
            self.add(layer, entry);
        }
    }

    fn add(&self, layer: u8, entry: &TestEntry) {
        let place = self.path_of(entry.path());
        match entry {
            TestEntry::Dir(_) | TestEntry::Opaque(_) => self.make_directories(&place),
            TestEntry::File(_, size) | TestEntry::Owned(_, size, _) => {
                self.clear(&place);
                fs::write(&place, vec![layer; usize::try_from(*size).unwrap()]).unwrap();
            }
            TestEntry::Text(_, text) => {
                self.clear(&place);
                fs::write(&place, vec![layer; text.len()]).unwrap();
            }
            TestEntry::Symlink(_) => {
                self.clear(&place);
                symlink("nowhere", &place).unwrap();
            }
            TestEntry::Link(path, target) if path == target => {}
            TestEntry::Link(_, target) => self.link(&place, &self.path_of(target)),
            TestEntry::Whiteout(_) => {}
        }
    }

    fn link(&self, place: &Path, target: &Path) {
        let waiting = self.aside.path().join("link");
        match kind(target) {
            Some(kind) if kind.is_dir() => fs::write(&waiting, "").unwrap(),
            Some(_) => fs::hard_link(target, &waiting).unwrap(),
            None => fs::write(&waiting, "").unwrap(),
        }
        self.clear(place);
        fs::rename(waiting, place).unwrap();
    }

    /// Makes room for something new.
    fn clear(&self, place: &Path) {
        self.make_directories(place.parent().unwrap());
        remove(place);
    }

    fn make_directories(&self, place: &Path) {
        let below = place.strip_prefix(self.root.path()).unwrap();
        let mut at = self.root.path().to_owned();
        for name in below {
            at.push(name);
            if !kind(&at).is_some_and(|kind| kind.is_dir()) {
                remove(&at);
                fs::create_dir(&at).unwrap();
            }
        }
    }

    /// Bytes that are left of each layer.
    pub(crate) fn live(&self, layers: usize) -> Vec<u64> {
        let mut found = HashMap::new();
        collect(self.root.path(), &mut found);
        let mut live = vec![0; layers];
        for content in found.values().filter(|content| !content.is_empty()) {
            live[usize::from(content[0])] += content.len() as u64;
        }
        live
    }
}

fn kind(path: &Path) -> Option<fs::FileType> {
    fs::symlink_metadata(path).ok().map(|found| found.file_type())
}

fn remove(path: &Path) {
    let removed = match kind(path) {
        Some(kind) if kind.is_dir() => fs::remove_dir_all(path),
        _ => fs::remove_file(path),
    };
    // Below a file or a symbolic link to nowhere nothing can exist.
    let absent = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    assert!(removed.map_or_else(|error| absent.contains(&error.kind()), |()| true), "{path:?}");
}

fn empty(path: &Path) {
    if kind(path).is_some_and(|kind| kind.is_dir()) {
        for entry in fs::read_dir(path).unwrap() {
            remove(&entry.unwrap().path());
        }
    }
}

/// The content of every file, by inode.
fn collect(folder: &Path, found: &mut HashMap<u64, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            collect(&path, found);
        } else if about.is_file() {
            found.insert(about.ino(), fs::read(&path).unwrap());
        }
    }
}

/// What the tree has at a path must be what the folder has there.
fn assert_same_view(tree: &Tree, folder: &Folder) -> Result<(), TestCaseError> {
    for id in tree.paths().ids().filter(|id| *id != PathId::ROOT) {
        let path = tree.paths().text(id);
        let there = kind(&folder.path_of(path.trim_start_matches('/')));
        let same = match tree.state_at(id) {
            PathState::Absent => there.is_none(),
            PathState::Directory => there.is_some_and(|kind| kind.is_dir()),
            PathState::File(_) => there.is_some_and(|kind| kind.is_file()),
            PathState::Other => there.is_some_and(|kind| kind.is_symlink()),
        };
        prop_assert!(same, "{path}: {:?} in the tree, {there:?} in the folder", tree.state_at(id));
    }
    Ok(())
}

fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn entry() -> impl Strategy<Value = TestEntry> {
    prop_oneof![
        5 => (path(), 0..40_u64).prop_map(|(path, size)| TestEntry::File(path, size)),
        2 => path().prop_map(TestEntry::Dir),
        2 => (path(), path()).prop_map(|(path, target)| TestEntry::Link(path, target)),
        1 => path().prop_map(TestEntry::Symlink),
        2 => path().prop_map(TestEntry::Whiteout),
        1 => path().prop_map(TestEntry::Opaque),
    ]
}

/// Up to six layers of up to twelve entries over 39 paths: they meet often.
pub(crate) fn stack() -> impl Strategy<Value = Vec<Vec<TestEntry>>> {
    prop::collection::vec(prop::collection::vec(entry(), 0..12), 0..6)
}

proptest! {
    #[test]
    fn the_tree_counts_what_a_real_folder_holds(layers in stack()) {
        let tree = builder::tree(&layers);
        let folder = Folder::new();
        for (number, entries) in (0..).zip(&layers) {
            folder.apply(number, entries);
        }
        let live = folder.live(layers.len());
        for (tally, live) in tree.tallies().iter().zip(&live) {
            prop_assert_eq!(tally.bytes - tally.dead_bytes, *live);
        }
        let totals = tree.totals();
        prop_assert_eq!(totals.live, live.iter().sum::<u64>());
        prop_assert_eq!(totals.live + totals.dead, totals.size);
        assert_same_view(&tree, &folder)?;
    }

    #[test]
    fn what_makes_a_file_dead_is_a_later_layer_or_its_own(layers in stack()) {
        let tree = builder::tree(&layers);
        for file in tree.files() {
            prop_assert_eq!(file.is_dead(), file.names == 0);
            if let Some(dead) = file.dead {
                prop_assert!(dead.layer >= file.layer);
                prop_assert!(usize::from(dead.layer) < layers.len());
            }
        }
    }

    #[test]
    fn the_root_folder_holds_all_live_bytes(layers in stack()) {
        let tree = builder::tree(&layers);
        let all = tree.folder_bytes().get(&PathId::ROOT).copied();
        prop_assert_eq!(all.unwrap_or_default(), tree.totals().live);
    }
}
