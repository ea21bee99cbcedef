//! Folders of ours. Each holds a folder of its own name, by which `scripts/clean-engine`
//! tells it from the user's where dp-cache was killed and could not remove it. As long as
//! dp-cache works, it holds that open.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::{Builder, TempDir};

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    folder: TempDir,
    /// The one of its own name in it.
    _inner: File,
}

impl PrivateFolder {
    /// One in the temporary folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn temporary() -> anyhow::Result<Self> {
        let made = Builder::new().prefix("dp-cache-").tempdir().and_then(Self::with_inner);
        made.context("cannot make a temporary folder (set TMPDIR to one with room)")
    }

    /// One beside a file or folder, on its file system; none if that may not be.
    pub(crate) fn beside(path: &Path) -> Option<Self> {
        let parent = path.parent().filter(|parent| parent.is_dir())?;
        let folder = Builder::new().prefix(".dp-cache-").tempdir_in(parent).ok()?;
        Self::with_inner(folder).ok()
    }

    fn with_inner(folder: TempDir) -> io::Result<Self> {
        let inner = inner(folder.path());
        fs::create_dir(&inner)?;
        Ok(Self { folder, _inner: File::open(&inner)? })
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of its own name in it, empty at first.
    pub(crate) fn inner(&self) -> PathBuf {
        inner(self.path())
    }
}

fn inner(folder: &Path) -> PathBuf {
    folder.join(folder.file_name().unwrap_or_default())
}
