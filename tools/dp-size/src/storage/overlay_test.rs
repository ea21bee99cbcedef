//! The kernel decides what is right: random changes are made on overlay mounts,
//! each over the layers before it, as an engine runs the steps of a build. What
//! the last mount shows must be what the tree finds in the layer folders.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;

use super::{check, read};
use crate::content::ContentRequests;
use crate::tree::{Layer, PathState, Paths, Tree};

/// A change. What the kernel refuses does not happen.
#[derive(Debug, Clone)]
enum Change {
    Write(String, usize),
    Folder(String),
    Remove(String),
    Link(String, String),
    Symlink(String),
    Mode(String),
    Rename(String, String),
}

impl Change {
    fn make(&self, root: &Path) {
        let at = |path: &String| root.join(path);
        let parent = |path: &String| {
            let _ = fs::create_dir_all(at(path).parent().unwrap());
        };
        let _ = match self {
            Self::Write(path, size) => {
                parent(path);
                fs::write(at(path), vec![b'x'; *size])
            }
            Self::Folder(path) => fs::create_dir_all(at(path)),
            Self::Remove(path) => {
                fs::remove_file(at(path)).or_else(|_| fs::remove_dir_all(at(path)))
            }
            Self::Link(path, target) => {
                parent(path);
                fs::hard_link(at(target), at(path))
            }
            Self::Symlink(path) => symlink("nowhere", at(path)),
            Self::Mode(path) => fs::set_permissions(at(path), fs::Permissions::from_mode(0o700)),
            Self::Rename(from, to) => {
                parent(to);
                fs::rename(at(from), at(to))
            }
        };
    }
}

/// A mount, removed at the end.
struct Mount(PathBuf);

impl Mount {
    fn new(lower: &[PathBuf], upper: &Path, at: &Path) -> Self {
        let (work, merged) = (at.join("work"), at.join("merged"));
        fs::create_dir_all(&work).unwrap();
        fs::create_dir_all(&merged).unwrap();
        let lower: Vec<_> = lower.iter().rev().map(|one| one.display().to_string()).collect();
        let options = format!(
            "lowerdir={},upperdir={},workdir={},redirect_dir=off,index=off,metacopy=off",
            lower.join(":"),
            upper.display(),
            work.display()
        );
        let mut mount = Command::new("mount");
        mount.args(["-t", "overlay", "overlay", "-o", &options]).arg(&merged);
        assert!(mount.status().unwrap().success(), "{options}");
        Self(merged)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// The files that a folder shows by path, and their bytes by inode.
fn look(folder: &Path, shown: &mut BTreeMap<PathBuf, u64>, inodes: &mut HashMap<u64, u64>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            look(&path, shown, inodes);
        } else if about.is_file() {
            inodes.insert(about.ino(), about.len());
            shown.insert(path, about.len());
        }
    }
}

/// The same files in a tree.
fn shown(tree: &Tree, root: &Path) -> BTreeMap<PathBuf, u64> {
    let files = tree.paths().ids().filter_map(|path| {
        let PathState::File(id) = tree.state_at(path) else { return None };
        let file = tree.file(id);
        Some((root.join(tree.paths().text(path).trim_start_matches('/')), file.size))
    });
    files.collect()
}

fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (path(), 0..5_000_usize).prop_map(|(path, size)| Change::Write(path, size)),
        2 => path().prop_map(Change::Folder),
        4 => path().prop_map(Change::Remove),
        3 => (path(), path()).prop_map(|(path, target)| Change::Link(path, target)),
        1 => path().prop_map(Change::Symlink),
        1 => path().prop_map(Change::Mode),
        2 => (path(), path()).prop_map(|(from, to)| Change::Rename(from, to)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    #[ignore = "needs root: make test-engine"]
    fn the_tree_shows_what_an_overlay_mount_shows(
        layers in prop::collection::vec(prop::collection::vec(change(), 1..15), 1..5),
    ) {
        check().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut folders = vec![folder.path().join("base")];
        fs::create_dir(&folders[0]).unwrap();
        let mut last = None;
        for (number, changes) in layers.iter().enumerate() {
            drop(last.take());
            let at = folder.path().join(number.to_string());
            let upper = at.join("diff");
            fs::create_dir_all(&upper).unwrap();
            let mount = Mount::new(&folders, &upper, &at);
            for change in changes {
                change.make(&mount.0);
            }
            folders.push(upper);
            last = Some(mount);
        }
        let mount = last.unwrap();
        let mut paths = Paths::default();
        let layers: Vec<Layer> = folders.iter().map(|one| read(one, &mut paths, &mut ContentRequests::nothing()).unwrap()).collect();
        let layers: Vec<Arc<Layer>> = layers.into_iter().map(Arc::new).collect();
        let tree = Tree::new(Arc::new(paths), &layers).unwrap();
        let (mut expected, mut inodes) = (BTreeMap::new(), HashMap::new());
        look(&mount.0, &mut expected, &mut inodes);
        prop_assert_eq!(shown(&tree, &mount.0), expected);
        prop_assert_eq!(tree.totals().live, inodes.values().sum::<u64>());
    }
}
