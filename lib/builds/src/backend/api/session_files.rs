//! The files that the engine can ask for: the Dockerfile and the context.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use hyper::HeaderMap;
use hyper::body::Bytes;
use sha2::{Digest, Sha256};

use super::grpc::StatusCode;
use super::requested::RequestedPaths;
use crate::backend::request::BuildRequest;
use crate::context::{self, ContextError, Entry, EntryKind, FileReader, Walk, Xattr, xattrs};

/// The folders of one build.
pub(super) struct SessionFiles<'a> {
    request: &'a BuildRequest<'a>,
    folder: PathBuf,
    /// Why something could not be sent.
    error: RefCell<Option<String>>,
}

/// The entries of a folder, in order.
pub(super) enum EntryStream<'a> {
    /// On this machine, in a folder.
    Walk(&'a Path, Walk<'a>),
    /// In memory.
    Files(VecDeque<Entry>),
}

/// Where the content of a file comes from.
pub(super) enum FileContent {
    /// From this machine.
    File(FileReader),
    /// In memory; taken once.
    Bytes(Option<Bytes>),
}

impl<'a> SessionFiles<'a> {
    pub(super) fn new(request: &'a BuildRequest<'a>) -> Result<Self, ContextError> {
        let folder = context::resolve(request.context.folder)?;
        Ok(Self { request, folder, error: RefCell::default() })
    }

    /// The context's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why something could not be sent, if that was so.
    pub(super) fn into_error(self) -> Option<String> {
        self.error.into_inner()
    }

    /// Keeps the reason, and returns how the call ends.
    pub(super) fn failed(&self, error: &ContextError) -> (StatusCode, String) {
        let message = error.build_message();
        *self.error.borrow_mut() = Some(message.clone());
        (StatusCode::Unknown, message)
    }

    /// The folder that a request names.
    pub(super) fn open(&self, head: &HeaderMap) -> Option<Result<EntryStream<'_>, ContextError>> {
        match head.get("dir-name")?.as_bytes() {
            b"context" => Some(self.context(head)),
            b"dockerfile" => {
                Some(Ok(EntryStream::Files(self.dockerfile().map(|(entry, _)| entry).collect())))
            }
            _ => None,
        }
    }

    fn context(&self, head: &HeaderMap) -> Result<EntryStream<'_>, ContextError> {
        let requested = RequestedPaths::read(head, &self.folder);
        let filter = self.request.context.filter;
        let keep = move |path: &str, is_folder: bool| requested.keep(path, is_folder, filter);
        Ok(EntryStream::Walk(&self.folder, Walk::new(&self.folder, Box::new(keep))?))
    }

    /// The Dockerfile and the ignore file that bears its name.
    fn dockerfile(&self) -> impl Iterator<Item = (Entry, &'a [u8])> {
        let dockerfile = &self.request.dockerfile;
        let itself = (dockerfile.name.to_owned(), dockerfile.text);
        let ignore = dockerfile.ignore.map(|text| (format!("{}.dockerignore", itself.0), text));
        let files = [Some(itself), ignore].into_iter().flatten();
        files.map(|(name, text)| (file(name.into(), text), text))
    }

    /// The content of an entry of the folder that `head` opened.
    pub(super) fn content(
        &self,
        head: &HeaderMap,
        entry: &Entry,
    ) -> Result<FileContent, ContextError> {
        if head.get("dir-name").is_some_and(|name| name == "dockerfile") {
            let mut files = self.dockerfile();
            let text = files.find(|(file, _)| file.path == entry.path).map(|(_, text)| text);
            return Ok(FileContent::Bytes(text.map(Bytes::copy_from_slice)));
        }
        // A socket arrives as an empty file.
        if entry.kind == EntryKind::Socket {
            return Ok(FileContent::Bytes(None));
        }
        FileReader::open(&self.folder, &entry.path, entry.size).map(FileContent::File)
    }
}

/// A file in memory. The engine takes a file as unchanged if size and time are, so
/// the time is made of the content.
fn file(path: PathBuf, text: &[u8]) -> Entry {
    let hash = Sha256::digest(text);
    let time = hash.iter().take(7).fold(0, |time, byte| time << 8 | i64::from(*byte));
    let (kind, mode, size) = (EntryKind::File, 0o644, text.len() as u64);
    Entry { path, kind, mode, size, modified: time, link: None, device: (0, 0) }
}

impl EntryStream<'_> {
    /// The next entry; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ContextError> {
        match self {
            Self::Walk(_, walk) => walk.next(),
            Self::Files(files) => Ok(files.pop_front()),
        }
    }

    /// The extended attributes of an entry of it.
    pub(super) fn xattrs(&self, entry: &Entry) -> Result<Vec<Xattr>, ContextError> {
        match self {
            Self::Walk(folder, _) => xattrs(folder, &entry.path),
            Self::Files(_) => Ok(Vec::new()),
        }
    }
}

impl FileContent {
    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, ContextError> {
        match self {
            Self::File(reader) => reader.next(),
            Self::Bytes(bytes) => Ok(bytes.take().filter(|bytes| !bytes.is_empty())),
        }
    }
}
