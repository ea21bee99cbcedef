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
    /// It is something else.
    #[error(
        "it is no image archive but {what} (make one by docker save, or by docker buildx build -o type=oci)"
    )]
    NotAnArchive {
        /// What it seems to be.
        what: String,
    },
    /// The tar around all is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// Nothing says what the image is.
    #[error("no manifest.json and no index.json in it: truncated, or no image archive")]
    NoManifest,
    /// A part of it makes no sense.
    #[error("{member}: {reason}")]
    BadText {
        /// Its name in the archive.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A part of it is missing.
    #[error("{member} is not in it, though its manifest names it: truncated?")]
    Missing {
        /// Its name in the archive.
        member: String,
    },
    /// A part has another size than its manifest says.
    #[error("{member} has {found} bytes, its manifest says {told}")]
    Size {
        /// Its name in the archive.
        member: String,
        /// What it has.
        found: u64,
        /// What the manifest says.
        told: u64,
    },
    /// A layer cannot be read.
    #[error("layer {member}: {source}")]
    Layer {
        /// Its name in the archive.
        member: String,
        /// Why.
        source: LayerError,
    },
    /// The layers make no image.
    #[error(transparent)]
    Tree(#[from] TreeError),
}
