//! The files of a build context, as an engine is to get them.
//!
//! Nothing here knows the rules of `.dockerignore`: the caller says what is kept.

mod entry;
mod error;
mod file;
mod tar;
mod walk;
mod xattr;

use std::path::{Path, PathBuf};

pub(crate) use entry::{Entry, Kind};
pub use error::ContextError;
pub(crate) use file::FileReader;
pub(crate) use tar::{Extra, TarStream};
pub(crate) use walk::Walk;
pub(crate) use xattr::{Xattr, xattrs};

/// What a build gets of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// It is sent; each path below a folder is asked for by itself.
    Yes,
    /// It is left out, unless something below it is kept.
    Unneeded,
    /// It is left out with all that is below it.
    Nothing,
}

/// Says what is kept: of a path relative to the context (with `/`, invalid UTF-8
/// replaced), and whether it is a folder.
pub type Filter<'a> = dyn Fn(&str, bool) -> Keep + 'a;

/// A build context on this machine.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// What of it is sent. Asked for every path, folders before what is in them.
    pub filter: &'a Filter<'a>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The folder with its links resolved, if it can be read.
pub(crate) fn resolve(folder: &Path) -> Result<PathBuf, ContextError> {
    let resolved = folder.canonicalize().map_err(|error| ContextError::open(folder, error))?;
    // A folder that can be looked up need not be readable.
    std::fs::read_dir(&resolved).map_err(|error| ContextError::open(folder, error))?;
    Ok(resolved)
}
