//! Why a context cannot be sent.

use std::io;
use std::path::{Path, PathBuf};

/// A context that cannot be sent whole. The build fails then.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// It, or something in it, cannot be read.
    #[error("cannot read {path}: {source} (mend it, or leave it out by .dockerignore)")]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file was not what it had been when it was listed.
    #[error("{path} changed while it was sent (build when nothing else writes there)")]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl ContextError {
    /// The error as the message of a failed build, in the words that `BuildKit` uses too.
    pub fn build_message(&self) -> String {
        format!("error from sender: {self}")
    }

    pub(crate) fn open(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    /// For a file that was there when it was listed.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            return Self::changed(path);
        }
        Self::open(path, source)
    }

    pub(crate) fn changed(path: &Path) -> Self {
        Self::Changed { path: path.to_owned() }
    }
}
