//! Control groups of this machine (cgroups(7)): Linux only, versions 1 and 2.
//!
//! An engine that is told to put what it runs under a parent group of our own
//! leaves exact figures there: the parent outlives the containers, and the
//! kernel has counted, not we.

mod mounts;
mod v1;
mod v2;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mounts::Mounts;

/// How often, and how far apart, a group that is still in use is tried again:
/// an engine needs up to half a second to end what it ran.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// What the kernel counted for a group and all below it. What a version or a
/// kernel does not count is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time.
    pub cpu: Option<Duration>,
    /// Peak of memory, page cache included.
    pub memory_peak_bytes: Option<u64>,
}

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
        let mounts = Mounts::read()?;
        let ours = rustix::process::geteuid().is_root();
        ours.then(|| Self { name: name.to_owned(), mounts })
    }

    /// What to tell the engine (`--cgroup-parent`, `CgroupParent`).
    pub fn parent(&self) -> String {
        format!("/{}", self.name)
    }

    /// What was used so far. The engine's version says which hierarchy counts.
    pub fn usage(&self, version: u8) -> Usage {
        match version {
            2 => self
                .mounts
                .unified
                .as_deref()
                .map_or_else(Usage::default, |root| v2::usage(&root.join(&self.name))),
            _ => v1::usage(|controller| Some(self.mounts.controller(controller)?.join(&self.name))),
        }
    }

    /// Every folder that the group may have.
    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.mounts.all().map(|root| root.join(&self.name))
    }
}

impl Drop for ParentGroup {
    fn drop(&mut self) {
        for folder in self.folders() {
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

/// A file that holds one number.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
