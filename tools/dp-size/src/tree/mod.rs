//! The layers of an image, one applied over the other: which bytes a container
//! can still reach, and which later layers deleted or overwrote.
//!
//! ```text
//! source -> Paths + Layer (entries) ... -> Tree::new -> files, tallies, folders
//! ```
//!
//! A source (tar stream, layer folders) interns each path in [`Paths`] and
//! pushes one [`Entry`] per path into a [`Layer`]. [`Tree::new`] applies the
//! layers one over the other and answers:
//!
//! - [`Tree::files`]: every file that any layer wrote, live or dead, with its
//!   layer, size, mode and owner; of a dead one the layer that deleted or
//!   overwrote it ([`Dead`]): a file that was overwritten knows the file that
//!   replaced it, one that was removed knows the path that was removed;
//! - [`Tree::state_at`]: what a container finds at a path;
//! - [`Tree::totals`], [`Tree::tallies`]: bytes by layer. `live + dead = size`
//!   is checked when the tree is made: live bytes are counted from what is
//!   reachable at the end, dead ones from what became dead on the way;
//! - [`FileGroups`]: dead files that became dead in the same way, and live files of
//!   equal content;
//! - [`Tree::captured`], [`Tree::digest`]: content that a source captured (its
//!   requests are made in `content`);
//! - [`Tree::folder_bytes`], [`largest`]: what is big.
//!
//! A file is what the kernel calls an inode: several names (hard links) share
//! its bytes, and they are dead only when the last name is gone. Directories,
//! symbolic links, devices and whiteouts count no bytes.

#[cfg(test)]
mod adversarial_test;
#[cfg(test)]
pub(crate) mod builder;
mod entry;
mod file;
mod files;
mod groups;
mod hard_links;
mod largest;
mod layer;
mod merge;
mod packed;
mod path;
#[cfg(test)]
pub(crate) mod stack_test;
mod tally;
mod view;

pub(crate) use entry::{Entry, Kind, Meta};
pub(crate) use file::{Dead, DeadBy, File, FileId, PathState};
pub(crate) use groups::{Amount, Cause, DeadGroup, FileGroups};
pub(crate) use largest::{largest, largest_by};
pub(crate) use layer::{Captured, Digest, FileContent, Layer, resolve, shown};
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
        /// The name as the archive has it.
        path: String,
    },
    /// The root is replaced by something else than a directory.
    #[error("it puts something else in the place of the root directory")]
    RootReplaced,
    /// Our own accounting is wrong.
    #[error(
        "{live} live and {dead} dead bytes do not make {size}: this is a bug in dp-size, please report it"
    )]
    Unbalanced {
        /// Bytes that are reachable at the end.
        live: u64,
        /// Bytes of files that became dead.
        dead: u64,
        /// Bytes that the layers hold.
        size: u64,
    },
}
