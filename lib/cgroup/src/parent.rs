//! A parent group of our own: it outlives the containers below it, so that all
//! they used is counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::CgroupError;
use super::figures::{Usage, Version};
use super::folders::Folders;
use super::group::Group;
use super::group_files::GroupFiles;
use super::mounts::Mounts;

/// How often, and how far apart, a group that is still in use is tried again:
/// an engine needs up to half a second to end what it ran.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A parent group of our own. It is removed when this is dropped.
#[derive(Debug)]
pub struct ParentGroup {
    name: String,
    mounts: Mounts,
}

impl ParentGroup {
    /// Chooses the group `name` below the root of every hierarchy; the engine
    /// makes it. None where this machine has no control groups that we may
    /// remove again.
    pub fn new(name: &str) -> Option<Self> {
        let mounts = Mounts::here()?;
        let ours = rustix::process::geteuid().is_root();
        ours.then(|| Self { name: name.to_owned(), mounts })
    }

    /// The value of the engine's option (`--cgroup-parent`, `CgroupParent`).
    pub fn parent(&self) -> String {
        format!("/{}", self.name)
    }

    /// CPU time and peak of memory so far. The engine's version says which
    /// hierarchy counts.
    pub fn usage(&self, version: u8) -> Usage {
        let version = if version == 2 { Version::V2 } else { Version::V1 };
        self.files(version).map_or_else(|_| Usage::default(), |files| files.usage())
    }

    /// The whole group, to be read. On version 1 kills and throttling of the
    /// containers below are not counted here.
    ///
    /// # Errors
    /// The engine has not made it (yet).
    pub fn group(&self) -> Result<Group, CgroupError> {
        let version = if self.mounts.has_controllers() { Version::V1 } else { Version::V2 };
        Group::open(self.files(version)?)
    }

    fn files(&self, version: Version) -> Result<GroupFiles, CgroupError> {
        Ok(GroupFiles { version, folders: Folders::named(&self.mounts, version, &self.name)? })
    }

    /// Every folder that the group may have.
    fn every_folder(&self) -> impl Iterator<Item = PathBuf> {
        self.mounts.all().map(|root| root.join(&self.name))
    }
}

impl Drop for ParentGroup {
    fn drop(&mut self) {
        for folder in self.every_folder() {
            for _ in 0..TRIES {
                if remove(&folder) {
                    break;
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
}

/// Removes a group with the empty groups below it; whether it is gone. Only
/// folders can be removed in a control group file system, and only empty ones.
fn remove(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return true };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    fs::remove_dir(folder).is_ok()
}
