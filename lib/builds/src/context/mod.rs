//! The files of a build context, as an engine gets them.
//!
//! Nothing here knows the rules of `.dockerignore`: the caller says what is kept.

mod entry;
mod error;
mod file;
mod tar;
mod walk;
mod xattr;

use std::path::{Path, PathBuf};

pub use entry::{Entry, EntryKind};
pub use error::ContextError;
pub(crate) use file::FileReader;
pub(crate) use tar::{ExtraFile, TarStream};
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

impl Context<'_> {
    /// All that is sent, folders before what is in them.
    ///
    /// # Errors
    /// Something cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, ContextError> {
        let folder = resolve(self.folder)?;
        let mut walk = Walk::new(&folder, Box::new(self.filter))?;
        let mut entries = Vec::new();
        while let Some(entry) = walk.next()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Reads all that is sent, and keeps nothing of it: whether it can be read.
    /// What changes meanwhile, or is gone, is no matter. Ends early, as if all
    /// were well, once `stop` says true.
    ///
    /// # Errors
    /// Something cannot be read.
    pub fn check_readable(&self, stop: &dyn Fn() -> bool) -> Result<(), ContextError> {
        let folder = resolve(self.folder)?;
        let mut walk = Walk::new(&folder, Box::new(self.filter))?;
        while let Some(entry) = walk.next()? {
            match read_whole(&folder, &entry, stop) {
                Err(ContextError::Changed { .. }) | Ok(()) => {}
                Err(unreadable) => return Err(unreadable),
            }
        }
        Ok(())
    }
}

fn read_whole(folder: &Path, entry: &Entry, stop: &dyn Fn() -> bool) -> Result<(), ContextError> {
    if entry.kind == EntryKind::File && entry.link.is_none() {
        let mut file = FileReader::open(folder, &entry.path, entry.size)?;
        while !stop() && file.next()?.is_some() {}
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folder: &Path, kept: &'static str) -> Result<(), String> {
        let filter = |path: &str, _: bool| if path == kept { Keep::Yes } else { Keep::Nothing };
        let context = Context { folder, filter: &filter };
        context.check_readable(&|| false).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_that_cannot_be_read_is_found_where_it_is_sent() {
        // Not even root reads a process's memory from its beginning.
        let process = Path::new("/proc/self");
        let error = check(process, "mem").unwrap_err();
        assert!(error.starts_with("cannot read mem: "), "{error}");
        assert_eq!(check(process, "comm"), Ok(()));
    }

    #[test]
    fn pipes_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        assert_eq!(check(folder.path(), "f"), Ok(()));
    }
}
