//! Why an archive cannot be read.

use std::io;

use super::layer::LayerError;
use super::tar::TarError;
use crate::tree::TreeError;

/// Why an archive cannot be read. `Display` is one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// The input failed.
    #[error("cannot read it: {0}")]
    Input(#[from] io::Error),
    /// It is something else than an archive.
    #[error(
        "it is no image archive but {what} (make one by docker save, or by docker buildx build -o type=oci)"
    )]
    NotAnArchive {
        /// What it seems to be.
        what: String,
    },
    /// The outer tar is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// Nothing describes an image.
    #[error("no manifest.json and no index.json in it: truncated, or no image archive")]
    NoManifest,
    /// A member cannot be understood.
    #[error("{member}: {reason}")]
    BadText {
        /// Its name in the archive.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A member is missing.
    #[error("{member} is not in it, though its manifest names it: truncated?")]
    Missing {
        /// Its name in the archive.
        member: String,
    },
    /// A member has another size than its manifest says.
    #[error("{member} has {found} bytes, its manifest says {declared}")]
    Size {
        /// Its name in the archive.
        member: String,
        /// Bytes that it has.
        found: u64,
        /// Bytes that the manifest says.
        declared: u64,
    },
    /// A layer cannot be read.
    #[error("layer {member}: {source}")]
    Layer {
        /// Its name in the archive.
        member: String,
        /// Why.
        source: LayerError,
    },
    /// The layers are not those of an image.
    #[error(transparent)]
    Tree(#[from] TreeError),
}
