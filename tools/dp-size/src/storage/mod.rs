//! The layers of an image as a local engine stores them, by the overlay2 driver or
//! containerd's overlayfs snapshotter: one folder for each. Only metadata is read, and
//! the content of the few files for which it is requested, so the time does not depend
//! on the bytes of the image. Needs Linux and root.

#[cfg(test)]
mod overlay_test;
#[cfg(target_os = "linux")]
mod rights;
pub(crate) mod store;
#[cfg(target_os = "linux")]
mod walk;
#[cfg(test)]
mod walk_test;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use dp_engine::snapshots::SnapshotError;
use dp_tool::Progress;

use crate::content::ContentRequests;
use crate::tree::{Kind, Layer, Paths, TreeError};

/// Why the layer folders cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// The engine has no layer folders, or not on this machine.
    #[error("the engine names no layer folders on this machine ({0})")]
    NoFolders(&'static str),
    /// containerd does not name them.
    #[error("the engine's containerd names no layer folders on this machine ({0})")]
    Snapshots(#[from] SnapshotError),
    /// This user cannot read the attributes that overlayfs wrote.
    #[error("layer folders tell all to root only: {0}")]
    NotPermitted(&'static str),
    /// overlayfs wrote them with a feature that the folders do not fully show.
    #[error("the layers were written with overlayfs' {0}, which their folders do not tell")]
    Feature(&'static str),
    /// A folder cannot be read (any more).
    #[error("cannot read {}: {error}", path.display())]
    Folder {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its entries are not those of a layer.
    #[error("{}: {error}", path.display())]
    Layer {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: TreeError,
    },
}

/// Whether the layer folders can be read here with all that they say.
///
/// # Errors
/// They cannot.
#[cfg(target_os = "linux")]
pub(crate) fn check() -> Result<(), StorageError> {
    rights::check()
}

/// Reads the layers of these folders, lowest first.
///
/// # Errors
/// A folder cannot be read, or holds what no layer has.
pub(crate) fn read_all(
    folders: &[PathBuf],
    paths: &mut Paths,
    requests: &ContentRequests,
    progress: &Progress,
) -> Result<Vec<Layer>, StorageError> {
    let mut pass = |mut requests: ContentRequests| {
        let read = |(at, folder): (usize, &PathBuf)| {
            progress.detail(&format!("layer {} of {}", at + 1, folders.len()));
            read(folder, paths, &mut requests)
        };
        folders.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()
    };
    if !requests.has_digests() {
        return pass(requests.clone());
    }
    // To read sizes costs nearly nothing, and most sizes occur once: a file of
    // such a size has no equal, and need not be read.
    let sizes = repeated_sizes(&pass(ContentRequests::nothing())?);
    pass(requests.clone().with_digests_of_sizes(sizes))
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

/// Reads the layer of a folder.
#[cfg(target_os = "linux")]
pub(crate) fn read(
    folder: &Path,
    paths: &mut Paths,
    requests: &mut ContentRequests,
) -> Result<Layer, StorageError> {
    walk::walk(folder, paths, requests)
}

/// Whether the layer folders can be read here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn check() -> Result<(), StorageError> {
    Err(StorageError::NoFolders("it is no Linux"))
}

/// Reads the layer of a folder.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read(
    _: &Path,
    _: &mut Paths,
    _: &mut ContentRequests,
) -> Result<Layer, StorageError> {
    Err(StorageError::NoFolders("it is no Linux"))
}
