//! The layers of an image as the overlay2 driver of a local engine keeps them:
//! one folder for each. Only metadata is read, and the content of the few files
//! that are wished for, so the size of the image does not matter. Linux, and root.

mod config;
#[cfg(test)]
mod overlay_test;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod walk;
#[cfg(test)]
mod walk_test;

pub(crate) use config::config;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use dp_tool::Progress;

use crate::content::Wishes;
use crate::tree::{Kind, Layer, Paths, TreeError};

/// Why the layer folders cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// The engine has none, or not here.
    #[error("the engine names no layer folders on this machine ({0})")]
    NoFolders(&'static str),
    /// Not root enough to see what overlayfs wrote.
    #[error("layer folders tell all to root only: {0}")]
    NotPermitted(&'static str),
    /// They are written in a way that they alone do not tell.
    #[error("the layers were written with overlayfs' {0}, which their folders do not tell")]
    Feature(&'static str),
    /// A folder cannot be read (any more).
    #[error("cannot read {}: {error}", path.display())]
    Folder {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its entries make no layer.
    #[error("{}: {error}", path.display())]
    Layer {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: TreeError,
    },
}

/// Whether layer folders would tell all here.
#[cfg(target_os = "linux")]
pub(crate) fn check() -> Result<(), StorageError> {
    rights::check()
}

/// Reads the layers that these folders hold, lowest first.
pub(crate) fn read_all(
    folders: &[PathBuf],
    paths: &mut Paths,
    wishes: &Wishes,
    progress: &Progress,
) -> Result<Vec<Layer>, StorageError> {
    let mut pass = |mut wishes: Wishes| {
        let read = |(at, folder): (usize, &PathBuf)| {
            progress.detail(&format!("layer {} of {}", at + 1, folders.len()));
            read(folder, paths, &mut wishes)
        };
        folders.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()
    };
    if !wishes.has_digests() {
        return pass(wishes.clone());
    }
    // Sizes cost nearly nothing, and most of them are there once.
    let sizes = repeated_sizes(&pass(Wishes::nothing())?);
    pass(wishes.clone().with_digests_of(sizes))
}

/// The sizes that several files have.
fn repeated_sizes(layers: &[Layer]) -> HashSet<u64> {
    let (mut once, mut again) = (HashSet::new(), HashSet::new());
    for entry in layers.iter().flat_map(Layer::entries) {
        if let Kind::File { size } = entry.kind
            && !once.insert(size)
        {
            again.insert(size);
        }
    }
    again
}

/// Reads the layer that a folder holds.
#[cfg(target_os = "linux")]
pub(crate) fn read(
    folder: &Path,
    paths: &mut Paths,
    wishes: &mut Wishes,
) -> Result<Layer, StorageError> {
    walk::walk(folder, paths, wishes)
}

/// Whether layer folders would tell all here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn check() -> Result<(), StorageError> {
    Err(StorageError::NoFolders("it is no Linux"))
}

/// Reads the layer that a folder holds.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read(_: &Path, _: &mut Paths, _: &mut Wishes) -> Result<Layer, StorageError> {
    Err(StorageError::NoFolders("it is no Linux"))
}
