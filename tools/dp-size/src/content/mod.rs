//! Which content of files a source captures while it reads a layer.
//!
//! ```text
//! ContentRequests::request_for(path, size) -> ContentRequest
//! ContentRequest::read(bytes) -> FileContent -> Layer::attach
//!                                                     v
//!                             Tree::captured(path), Tree::digest(file)
//! ```
//!
//! [`ContentRequests`] go with a reader through all layers of an archive or
//! image. For each regular file, once its path and size are known and before
//! its bytes pass, the reader calls [`ContentRequests::request_for`]. For most
//! files the answer is none: then the tar reader skips the bytes, and the walk
//! over layer folders does not open the file. Otherwise it gives the bytes to
//! [`ContentRequest::read`], pushes the entry, and hands the content to
//! [`Layer::attach`](crate::tree::Layer::attach), which takes it as that of the
//! entry pushed last.
//!
//! Two things can be requested, also both at once:
//! - **databases** ([`is_database`]): the bytes of the package managers' files,
//!   at most 8 MiB of one file and 32 MiB of all together; a file beyond these
//!   limits is [`Captured::Omitted`](crate::tree::Captured::Omitted), so that
//!   nobody takes it for absent;
//! - **digests**: the SHA-256 of every file that has bytes.
//!
//! In the tree, the content at a path is that of the file which a container
//! finds there: the uppermost layer's copy; a removed database has none.
//! Of a sparse file in a tar (no engine writes one) the holes are missing: it
//! has no digest, and is `Omitted`. A hard link has no bytes in a tar; so the
//! walk over layer folders reads none for it either.

mod database;
mod request;
#[cfg(test)]
mod source_test;

pub(crate) use database::is_database;
pub(crate) use request::{ContentRequest, ContentRequests};
