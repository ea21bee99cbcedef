//! The versions of plugins that were asked before.
//!
//! buildx is a program of 70 MB, whose mere start takes as long as a small build of ours may cost.
//! So its answer is kept in the user's cache folder, with what shows that the file is still the
//! same. Nothing is lost without it: whatever is wrong with the memory, the plugin is asked.

use std::env;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::geteuid;
use serde::{Deserialize, Serialize};

use super::BuildxVersion;
use crate::endpoint::sha256_hex;

/// How long ago a file must have changed last: one that changes again in the same tick of the file
/// system's clock looks unchanged.
const SETTLED: Duration = Duration::from_secs(5);

/// A folder that keeps one answer for each plugin.
#[derive(Debug, Clone)]
pub(super) struct Memory(PathBuf);

/// What is kept.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    identity: Identity,
    version: String,
}

/// What changes when a file does: no program can set the time of its last change.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
    bytes: u64,
    changed_seconds: i64,
    changed_nanoseconds: i64,
}

impl Identity {
    fn of(file: &Path) -> Option<Self> {
        let path = fs::canonicalize(file).ok()?;
        let found = fs::metadata(&path).ok()?;
        Some(Self {
            path,
            device: found.dev(),
            inode: found.ino(),
            bytes: found.len(),
            changed_seconds: found.ctime(),
            changed_nanoseconds: found.ctime_nsec(),
        })
    }

    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let changed = u64::try_from(self.changed_seconds).unwrap_or(u64::MAX);
        changed.saturating_add(SETTLED.as_secs()) < now.as_secs()
    }
}

impl Memory {
    /// In the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`), if that is there and his: a
    /// program that root runs in a user's name leaves nothing that the user cannot remove.
    pub(super) fn of_user() -> Option<Self> {
        let absolute =
            |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(".cache"));
        let folder = absolute("XDG_CACHE_HOME").or_else(home)?;
        let is_ours = |found: &Metadata| found.is_dir() && found.uid() == geteuid().as_raw();
        fs::metadata(&folder).ok().filter(is_ours)?;
        Some(Self(folder.join("dp")))
    }

    #[cfg(test)]
    pub(super) fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where the answer of the plugin at that path is kept.
    fn file(&self, path: &Path) -> PathBuf {
        let name = sha256_hex(&path.to_string_lossy());
        self.0.join(format!("buildx-{}.json", &name[..16]))
    }

    /// What the plugin said, if it is still the same.
    pub(super) fn recall(&self, plugin: &Path) -> Option<BuildxVersion> {
        let identity = Identity::of(plugin)?;
        let kept = fs::read(self.file(&identity.path)).ok()?;
        let kept: Kept = serde_json::from_slice(&kept).ok()?;
        (kept.identity == identity).then(|| kept.version.parse().ok()).flatten()
    }

    /// Calls `ask`, and keeps what it answers unless the plugin changed meanwhile.
    pub(super) async fn learn(
        &self,
        plugin: &Path,
        ask: impl Future<Output = Option<BuildxVersion>>,
    ) -> Option<BuildxVersion> {
        let before = Identity::of(plugin);
        let version = ask.await?;
        if let Some(identity) = before.filter(Identity::is_settled)
            && Identity::of(plugin).as_ref() == Some(&identity)
        {
            // Without it the plugin is asked again.
            let _ = self.keep(&Kept { identity, version: version.text.clone() });
        }
        Some(version)
    }

    /// Whole or not at all, whoever else writes.
    fn keep(&self, kept: &Kept) -> std::io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let file = self.file(&kept.identity.path);
        let new = file.with_extension(std::process::id().to_string());
        fs::write(&new, serde_json::to_vec(kept)?)?;
        fs::rename(&new, &file).inspect_err(|_| drop(fs::remove_file(&new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of the system's, which nobody changes meanwhile.
    const SETTLED_FILE: &str = "/bin/true";

    fn version() -> BuildxVersion {
        "0.29.1+ds1".parse().unwrap()
    }

    fn memory() -> (tempfile::TempDir, Memory) {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(folder.path().join("dp"));
        (folder, memory)
    }

    #[tokio::test]
    async fn what_a_plugin_said_is_recalled_of_that_plugin_alone() {
        let (_folder, memory) = memory();
        let plugin = Path::new(SETTLED_FILE);
        assert_eq!(memory.recall(plugin), None);
        assert_eq!(memory.learn(plugin, async { Some(version()) }).await, Some(version()));
        assert_eq!(memory.recall(plugin), Some(version()));
        let other = Path::new("/bin/false");
        assert_eq!(memory.recall(other), None);
        let newer = || "0.30.0".parse::<BuildxVersion>().ok();
        memory.learn(other, async { newer() }).await.unwrap();
        assert_eq!((memory.recall(plugin), memory.recall(other)), (Some(version()), newer()));
        assert_eq!(memory.recall(Path::new("/nowhere")), None);
    }

    #[tokio::test]
    async fn a_plugin_that_was_changed_is_forgotten() {
        let (folder, memory) = memory();
        let plugin = folder.path().join("plugin");
        fs::write(&plugin, "one").unwrap();
        let identity = Identity::of(&plugin).unwrap();
        memory.keep(&Kept { identity, version: version().text }).unwrap();
        assert_eq!(memory.recall(&plugin), Some(version()));
        // As long as before, and as old by its own word.
        let modified = fs::metadata(&plugin).unwrap().modified().unwrap();
        let changed = || Identity::of(&plugin).unwrap().changed_nanoseconds;
        let before = changed();
        while changed() == before {
            fs::write(&plugin, "two").unwrap();
            fs::File::options().write(true).open(&plugin).unwrap().set_modified(modified).unwrap();
        }
        assert_eq!(memory.recall(&plugin), None);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_plugin_that_has_just_been_installed_or_does_not_answer() {
        let (folder, memory) = memory();
        let plugin = folder.path().join("plugin");
        fs::write(&plugin, "").unwrap();
        assert_eq!(memory.learn(&plugin, async { Some(version()) }).await, Some(version()));
        assert_eq!(memory.learn(Path::new(SETTLED_FILE), async { None }).await, None);
        assert!(!folder.path().join("dp").exists());
    }

    #[test]
    fn a_memory_that_is_broken_is_none() {
        let (_folder, memory) = memory();
        fs::create_dir_all(&memory.0).unwrap();
        let file = memory.file(&fs::canonicalize(SETTLED_FILE).unwrap());
        for text in ["", "{}", "\0", r#"{"identity":{},"version":"1.2"}"#] {
            fs::write(&file, text).unwrap();
            assert_eq!(memory.recall(Path::new(SETTLED_FILE)), None, "{text:?}");
        }
    }
}
