//! The content of files: what a source hands on while it reads a layer.
//!
//! ```text
//! Wishes::wish(path, size) -> Wish -> Wish::read(bytes) -> Content -> Layer::keep
//!                                                                        v
//!                                    Tree::kept(path), Tree::digest(file)
//! ```
//!
//! [`Wishes`] say what is wanted, and go with a reader through all layers of an
//! archive or image. For each regular file, once its path and size are known
//! and before its bytes pass, the reader asks [`Wishes::wish`]. Mostly the
//! answer is none: then the tar reader skips the bytes, and the walk over layer
//! folders does not open the file. Else it gives the bytes to [`Wish::read`],
//! pushes the entry, and hands the [`Content`] to
//! [`Layer::keep`](crate::tree::Layer::keep), which takes it as that of the
//! entry pushed last.
//!
//! Two things can be wished for, both at once too:
//! - **databases** ([`is_database`]): the bytes of what package managers know,
//!   at most [`MOST_FILE`] of one and [`MOST_ALL`] of all together; one beyond
//!   that is [`Kept::Left`], so that nobody takes it for absent;
//! - **digests**: the SHA-256 of every file that has bytes.
//!
//! In the tree the content of what a container sees stands at its path: that of
//! the uppermost layer's copy; a removed database is none.
//! Of a sparse file in a tar (no engine writes one) the bytes are not all
//! there: it has no digest, and is `Left`. A hard link has no bytes in a tar:
//! the walk reads none for it either.

mod database;
#[cfg(test)]
mod source_test;
mod wish;

pub(crate) use database::is_database;
pub(crate) use wish::{Content, Digest, Kept, Wish, Wishes};
