//! A parent group of our own: it outlives the containers below it, so that all
//! they used is counted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{CgroupError, ParentError};
use super::figures::{Usage, Version};
use super::folders::Folders;
use super::group::Group;
use super::group_files::GroupFiles;
use super::mounts::Mounts;
use super::slice::{self, Slice, Systemd};

/// How often, and how far apart, a group that is still in use is tried again:
/// an engine needs up to half a second to end what it ran.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A parent group of our own. It is removed when this is dropped.
#[derive(Debug)]
pub struct ParentGroup {
    /// Of its folder.
    name: String,
    mounts: Mounts,
    /// What holds it; none if whoever puts something into it makes it.
    slice: Option<Slice>,
}

impl ParentGroup {
    /// A group for containers of an engine with this control group driver (`cgroupfs` or
    /// `systemd`, as `docker info` calls it), named after `name`.
    ///
    /// # Errors
    /// We may not make one, or systemd does not.
    pub fn new(name: &str, driver: &str) -> Result<Self, ParentError> {
        match driver {
            "cgroupfs" => Self::folder(name),
            "systemd" => {
                let unit = slice::unit(name);
                let mut group = Self::folder(&unit)?;
                group.slice = Some(Slice::start(Systemd::here(), unit, || group.any_folder())?);
                Ok(group)
            }
            other => Err(ParentError::Driver(other.to_owned())),
        }
    }

    /// Chooses the group `name` below the root of every hierarchy; whoever puts a process into
    /// it makes it.
    ///
    /// # Errors
    /// This machine has no control groups that we may remove again.
    pub fn folder(name: &str) -> Result<Self, ParentError> {
        let mounts = Mounts::here().filter(|_| rustix::process::geteuid().is_root());
        let mounts = mounts.ok_or(ParentError::Forbidden)?;
        Ok(Self { name: name.to_owned(), mounts, slice: None })
    }

    /// The value of the engine's option (`--cgroup-parent`, `CgroupParent`).
    pub fn parent(&self) -> String {
        match self.slice {
            Some(_) => self.name.clone(),
            None => format!("/{}", self.name),
        }
    }

    /// The same for a group of this name below that of [`ParentGroup::parent`].
    pub fn below(parent: &str, name: &str) -> String {
        if parent.starts_with('/') {
            format!("{parent}/{name}")
        } else {
            slice::below(parent, name)
        }
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

    /// One that it has.
    fn any_folder(&self) -> Option<PathBuf> {
        self.every_folder().find(|folder| folder.is_dir())
    }

    /// Whether no process is in it, or none is left soon.
    fn gets_free(&self) -> bool {
        (0..TRIES).any(|tried| {
            if tried > 0 {
                std::thread::sleep(PAUSE);
            }
            !self.every_folder().any(|folder| slice::has_process(&folder))
        })
    }
}

impl Drop for ParentGroup {
    fn drop(&mut self) {
        if let Some(slice) = &self.slice {
            // systemd would end a container whose engine was lost. It stays, as it does
            // below a group that is only a folder.
            if !self.gets_free() {
                return;
            }
            slice.stop();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_below_another_is_named_as_its_driver_wants_it() {
        assert_eq!(ParentGroup::below("/dp-1", "my-db"), "/dp-1/my-db");
        assert_eq!(ParentGroup::below("dp_1.slice", "my-db"), "dp_1-my_db.slice");
    }

    #[test]
    fn another_driver_is_named_in_the_reason() {
        let why = ParentGroup::new("dp-x", "none").unwrap_err().to_string();
        assert_eq!(why, "the engine's control group driver is none, not cgroupfs or systemd");
    }
}
