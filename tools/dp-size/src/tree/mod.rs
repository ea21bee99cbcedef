//! The layers of an image, one laid over the other: which bytes a container
//! can still reach, and which are there for nothing.
//!
//! ```text
//! source -> Paths + Layer (entries) ... -> Tree::new -> files, tallies, folders
//! ```
//!
//! A source (tar stream, layer folders) interns each path in [`Paths`] and
//! pushes one [`Entry`] per path into a [`Layer`]. [`Tree::new`] lays the layers
//! over each other and answers:
//!
//! - [`Tree::files`]: every file that any layer wrote, live or dead, with its
//!   layer, size, mode and owner; of a dead one the layer that hid it and how
//!   ([`How`]): a file that was overwritten knows the file that did it, one that
//!   was removed the path at which the removal stands;
//! - [`Tree::at`]: what a container sees at a path;
//! - [`Tree::totals`], [`Tree::tallies`]: bytes by layer. `live + dead = size`
//!   is checked when the tree is made: live bytes are counted from what is
//!   reachable at the end, dead ones from what was hidden on the way;
//! - [`Tree::kept`], [`Tree::digest`]: content that was wished for (see
//!   [`content`](crate::content));
//! - [`Tree::folder_bytes`], [`largest`]: what is big.
//!
//! A file is what the kernel calls an inode: several names (hard links) share
//! its bytes, and they are dead only when the last name is gone. Directories,
//! symbolic links, devices and whiteouts count no bytes.

mod file;
mod largest;
mod layer;
mod merge;
mod path;
mod settle;
#[cfg(test)]
pub(crate) mod sketch;
#[cfg(test)]
pub(crate) mod stack_test;
mod tally;
#[cfg(test)]
mod trap_test;
mod view;

pub(crate) use file::{File, FileId, Hidden, How, Slot};
pub(crate) use largest::{Weighed, largest, largest_by};
pub(crate) use layer::{Entry, Kind, Layer, Meta, resolve, shown};
pub(crate) use path::{PathId, Paths};
pub(crate) use view::Tree;

/// Why layers make no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TreeError {
    /// More paths than any image has.
    #[error("more than {most} different paths: no image that dp-size reads has so many")]
    TooManyPaths {
        /// The limit.
        most: usize,
    },
    /// More entries than any image has.
    #[error("more than {most} entries in its layers: no image that dp-size reads has so many")]
    TooManyEntries {
        /// The limit.
        most: usize,
    },
    /// More layers than any engine takes.
    #[error("{count} layers: no engine takes so many")]
    TooManyLayers {
        /// How many there are.
        count: usize,
    },
    /// Sizes that no disk holds.
    #[error("its files claim more than 9 PB: their sizes cannot be true")]
    TooManyBytes,
    /// A name that leads out of the image.
    #[error("the path {path:?} leads out of the image: engines refuse such a layer")]
    Escapes {
        /// The name as it stands.
        path: String,
    },
    /// Something else than a directory in the place of the root.
    #[error("it puts something else in the place of the root directory")]
    RootReplaced,
    /// Our own accounting is wrong.
    #[error(
        "{live} live and {dead} dead bytes do not make {size}: this is a bug in dp-size, please report it"
    )]
    Unbalanced {
        /// Bytes that are reachable at the end.
        live: u64,
        /// Bytes that were hidden.
        dead: u64,
        /// Bytes that the layers hold.
        size: u64,
    },
}
