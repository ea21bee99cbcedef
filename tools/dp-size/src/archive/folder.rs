//! An archive that was unpacked, and an OCI layout, as a folder.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use super::blobs::{Blobs, MOST_TEXT, clean};
use super::layer::{self, ArchivedLayer};
use super::{ArchiveError, OnLayer};
use crate::content::ContentRequests;
use crate::tree::Paths;

/// Wraps a file, to be read through.
pub(crate) type Open<'o> = &'o dyn Fn(File) -> Box<dyn BufRead + 'o>;

/// The folder; its members are opened when they are needed.
pub(super) struct Folder<'o> {
    root: PathBuf,
    input: Open<'o>,
    paths: Paths,
    requests: ContentRequests,
    on_layer: OnLayer<'o>,
}

impl<'o> Folder<'o> {
    pub(super) fn new(
        root: &Path,
        input: Open<'o>,
        requests: ContentRequests,
        on_layer: OnLayer<'o>,
    ) -> Self {
        Self { root: root.to_owned(), input, paths: Paths::default(), requests, on_layer }
    }

    /// Opens a member; none if there is no such file.
    fn open(&self, name: &str) -> io::Result<Option<File>> {
        let Some(name) = clean(name) else { return Ok(None) };
        let path = self.root.join(name);
        // Looked at before it is opened: to open a named pipe is to wait for a writer.
        match fs::metadata(&path) {
            Ok(about) if about.is_file() => File::open(&path).map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Blobs for Folder<'_> {
    fn text(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        let bad = |reason: String| ArchiveError::BadText { member: name.to_owned(), reason };
        let Some(file) = self.open(name).map_err(|error| bad(error.to_string()))? else {
            return Ok(None);
        };
        let mut text = Vec::new();
        let read = file.take(MOST_TEXT + 1).read_to_end(&mut text);
        read.map_err(|error| bad(error.to_string()))?;
        if text.len() as u64 > MOST_TEXT {
            return Err(bad(format!("it is longer than {MOST_TEXT} bytes")));
        }
        Ok(Some(text))
    }

    fn target(&self, name: &str) -> String {
        clean(name).unwrap_or_default()
    }

    fn stored(&self, name: &str) -> Option<u64> {
        let file = self.open(name).ok()??;
        file.metadata().ok().map(|about| about.len())
    }

    fn take_layer(&mut self, name: &str) -> Result<ArchivedLayer, ArchiveError> {
        let member = || name.to_owned();
        let failed =
            |error: io::Error| ArchiveError::Layer { member: member(), source: error.into() };
        let Some(file) = self.open(name).map_err(failed)? else {
            return Err(ArchiveError::Missing { member: member() });
        };
        let mut input = (self.input)(file);
        let layer = layer::read(&mut input, &mut self.paths, &mut self.requests);
        (self.on_layer)();
        layer.map_err(|source| ArchiveError::Layer { member: member(), source })
    }

    fn into_paths(self) -> Paths {
        self.paths
    }
}
