//! The folders of a group: on version 1 one for each controller.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::CgroupError;
use super::figures::Version;
use super::membership::{Membership, container_part};
use super::mounts::{Mount, Mounts};

/// The version 1 controllers that have figures for us.
const CONTROLLERS: [&str; 5] = ["memory", "cpu", "cpuacct", "pids", "blkio"];

/// The name of the version 2 hierarchy in [`Folders::of`].
pub(crate) const UNIFIED: &str = "";

/// Where a group is seen, and where the root of its hierarchy is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Folders {
    own: BTreeMap<&'static str, (PathBuf, PathBuf)>,
}

impl Folders {
    /// The folders of a running container, by one of its processes; `root` is `/` but
    /// in tests.
    pub(crate) fn of_container(
        root: &Path,
        container: &str,
        pid: u32,
    ) -> Result<(Version, Self), CgroupError> {
        let path = root.join(format!("proc/{pid}/cgroup"));
        let text = fs::read_to_string(&path).map_err(|error| CgroupError::of(&path, error))?;
        let membership = Membership::parse(&text);
        let not_of = || CgroupError::NotOfContainer { pid, container: container.to_owned() };
        let own = |path| container_part(path, container);
        let memory = membership.controller("memory").and_then(own);
        let unified = membership.unified.as_deref().and_then(own);
        let named = memory.or(unified).ok_or_else(not_of)?;
        let not_mounted = || CgroupError::NotMounted(named.to_owned());
        let mounts = Mounts::below(root).ok_or_else(not_mounted)?;
        let version = if memory.is_some() { Version::V1 } else { Version::V2 };
        let folders = Self::find(&mounts, version, unified, |controller| {
            membership.controller(controller).and_then(own)
        });
        match folders.own.is_empty() {
            // The process is a zombie then, and its group was removed.
            true if named.ends_with(" (deleted)") => Err(CgroupError::Gone(named.into())),
            true => Err(not_mounted()),
            false => Ok((version, folders)),
        }
    }

    /// The folders of the group of this name below the root of every hierarchy.
    pub(crate) fn named(
        mounts: &Mounts,
        version: Version,
        name: &str,
    ) -> Result<Self, CgroupError> {
        let path = format!("/{name}");
        let folders = Self::find(mounts, version, Some(&path), |_| Some(&path));
        if folders.own.is_empty() { Err(CgroupError::Gone(path.into())) } else { Ok(folders) }
    }

    /// The folders that exist. On version 1 the version 2 hierarchy of a hybrid
    /// host still counts pressure.
    fn find<'a>(
        mounts: &Mounts,
        version: Version,
        unified: Option<&str>,
        legacy: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let mut own = BTreeMap::new();
        if let Some(found) = unified.and_then(|path| existing(mounts.unified(), path)) {
            own.insert(UNIFIED, found);
        }
        let legacy_controllers: &[_] = if version == Version::V1 { &CONTROLLERS } else { &[] };
        for controller in legacy_controllers {
            let found =
                legacy(controller).and_then(|path| existing(mounts.controller(controller), path));
            own.extend(found.map(|found| (*controller, found)));
        }
        Self { own }
    }

    /// The folder of the group in the hierarchy of a controller.
    pub(crate) fn of(&self, controller: &str) -> Option<&Path> {
        self.own.get(controller).map(|(folder, _)| folder.as_path())
    }

    /// The root of the hierarchy of a controller.
    pub(crate) fn root_of(&self, controller: &str) -> Option<&Path> {
        self.own.get(controller).map(|(_, root)| root.as_path())
    }

    /// Any of them, for messages.
    pub(crate) fn any(&self) -> Option<&Path> {
        self.own.values().next_back().map(|(folder, _)| folder.as_path())
    }
}

/// A folder of this path in one of the mounts, and the mount's own.
fn existing<'a>(
    mut mounts: impl Iterator<Item = &'a Mount>,
    path: &str,
) -> Option<(PathBuf, PathBuf)> {
    mounts.find_map(|mount| {
        let folder = mount.folder(path).filter(|folder| folder.is_dir())?;
        Some((folder, mount.point.clone()))
    })
}
