//! Reads a tar as it comes, in one pass and in bounded memory: POSIX ustar and
//! pax, GNU (long names, base-256 numbers, sparse files), star, and what is
//! older than all of them. Engines write by Go's archive/tar; where dialects
//! differ this reader takes what that one takes.
//!
//! Why by hand: version 0.4 of the `tar` crate was tried. It reads a long name or
//! a set of pax records into memory whatever size their header claims, so that a
//! hostile archive decides how much memory is used; it copies the bytes that it
//! skips, though nearly all bytes of an image are skipped; and it does not give
//! the byte position that a message about a broken archive needs. The goal is to
//! take at most 1.1 times as long as a bare GET of the export. The tests compare
//! this reader with that crate.

mod header;
mod number;
mod pax;
mod reader;
#[cfg(test)]
mod reader_test;

pub(crate) use header::is_header;
pub(crate) use reader::{Entry, Kind, Tar, is_end};

/// Size of all units of a tar, in bytes.
pub(crate) const BLOCK: usize = 512;

/// Why a tar cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TarError {
    /// It ends too early.
    #[error("it ends at byte {at}, in the middle of {inside}: truncated?")]
    Truncated {
        /// Where it ends.
        at: u64,
        /// In what.
        inside: String,
    },
    /// Where a header must be, there is something else.
    #[error("no tar header at byte {at}: {reason}")]
    Bad {
        /// Where.
        at: u64,
        /// Why it is none.
        reason: &'static str,
    },
    /// The input failed.
    #[error(transparent)]
    Input(#[from] std::io::Error),
}
