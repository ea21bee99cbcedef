//! Images as archives hold them: the stream of `docker save` (of engines 20.10
//! to 28), an OCI layout as `docker buildx build -o type=oci` writes it, each
//! as a tar, a compressed tar or a folder, with plain, gzip or Zstandard
//! layers.
//!
//! ```text
//! stream (one pass) -+-> members -> manifests -> Archive: Paths, layers, images
//! folder ------------+
//! ```
//!
//! What a layer is stands in the manifest, which comes last: so whatever looks
//! like a tar is read as a layer when it comes, and kept as entries alone.
//! Of content only what is wished for is kept, nothing is written to disk.

#[cfg(test)]
mod applied_test;
mod blobs;
mod error;
mod folder;
#[cfg(test)]
mod hostile_test;
mod image;
mod layer;
mod limit;
mod manifest;
#[cfg(test)]
pub(crate) mod pack_test;
#[cfg(test)]
mod read_test;
mod sniff;
mod stream;
mod tar;

pub(crate) use error::ArchiveError;
pub(crate) use folder::Open;
pub(crate) use image::{Archive, ArchivedImage};

use std::io::BufRead;
use std::path::Path;

use crate::content::Wishes;

/// Reads an archive that comes as a stream of bytes, in one pass.
pub(crate) fn read_stream(
    input: &mut dyn BufRead,
    wishes: Wishes,
) -> Result<Archive, ArchiveError> {
    image::assemble(stream::Stream::read(input, wishes)?)
}

/// Reads an archive that was unpacked into a folder. Layers are read through
/// what `open` makes of their files.
pub(crate) fn read_folder(
    folder: &Path,
    open: Open<'_>,
    wishes: Wishes,
) -> Result<Archive, ArchiveError> {
    image::assemble(folder::Folder::new(folder, open, wishes))
}
