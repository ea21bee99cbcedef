//! Images as archives contain them: the stream of `docker save` (of engines 20.10
//! to 28), an OCI layout as `docker buildx build -o type=oci` writes it, each
//! as a tar, a compressed tar or a folder, with plain, gzip or Zstandard
//! layers.
//!
//! ```text
//! stream (one pass) -+-> members -> manifests -> Archive: Paths, layers, images
//! folder ------------+
//! ```
//!
//! The manifest says what is a layer, but comes last: so whatever looks like a
//! tar is read as a layer when it comes, and only its entries are kept. Of
//! content only what is requested is captured; nothing is written to disk.

#[cfg(test)]
mod applied_test;
mod blobs;
mod error;
mod expanded;
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
pub(crate) use expanded::read_to_end;
pub(crate) use folder::Open;
pub(crate) use image::{Archive, ArchivedImage};

use std::io::BufRead;
use std::path::Path;

use crate::content::ContentRequests;

/// Called whenever a layer was read.
pub(crate) type OnLayer<'c> = &'c dyn Fn();

/// Reads an archive that comes as a stream of bytes, in one pass.
pub(crate) fn read_stream(
    input: &mut dyn BufRead,
    requests: ContentRequests,
    on_layer: OnLayer<'_>,
) -> Result<Archive, ArchiveError> {
    image::assemble(stream::Stream::read(input, requests, on_layer)?)
}

/// Reads an archive that was unpacked into a folder. The files of layers are
/// read through what `open` wraps them in.
pub(crate) fn read_folder<'o>(
    folder: &Path,
    open: Open<'o>,
    requests: ContentRequests,
    on_layer: OnLayer<'o>,
) -> Result<Archive, ArchiveError> {
    image::assemble(folder::Folder::new(folder, open, requests, on_layer))
}
