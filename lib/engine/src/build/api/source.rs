//! What the engine can ask for: the Dockerfile and the context.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use hyper::HeaderMap;
use hyper::body::Bytes;
use sha2::{Digest, Sha256};

use super::grpc::Status;
use super::wanted::Wanted;
use crate::build::context::{self, ContextError, Entry, FileReader, Kind, Walk, Xattr, xattrs};
use crate::build::request::BuildRequest;

/// The folders of one build.
pub(super) struct Sources<'a> {
    request: &'a BuildRequest<'a>,
    folder: PathBuf,
    /// Why something could not be sent.
    trouble: RefCell<Option<String>>,
}

/// The entries of a folder, in order.
pub(super) enum Source<'a> {
    /// On this machine, in a folder.
    Walk(&'a Path, Walk<'a>),
    /// At hand.
    Files(VecDeque<Entry>),
}

/// Where the content of a file comes from.
pub(super) enum Content {
    /// From this machine.
    File(FileReader),
    /// At hand; taken once.
    Bytes(Option<Bytes>),
}

impl<'a> Sources<'a> {
    pub(super) fn new(request: &'a BuildRequest<'a>) -> Result<Self, ContextError> {
        let folder = context::resolve(request.context.folder)?;
        Ok(Self { request, folder, trouble: RefCell::default() })
    }

    /// The context's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why something could not be sent, if that was so.
    pub(super) fn into_trouble(self) -> Option<String> {
        self.trouble.into_inner()
    }

    /// Keeps the reason, and says how the call ends.
    pub(super) fn failed(&self, error: &ContextError) -> (Status, String) {
        let message = error.told();
        *self.trouble.borrow_mut() = Some(message.clone());
        (Status::Unknown, message)
    }

    /// The folder that a request names.
    pub(super) fn open(&self, head: &HeaderMap) -> Option<Result<Source<'_>, ContextError>> {
        match head.get("dir-name")?.as_bytes() {
            b"context" => Some(self.context(head)),
            b"dockerfile" => {
                Some(Ok(Source::Files(self.dockerfile().map(|(entry, _)| entry).collect())))
            }
            _ => None,
        }
    }

    fn context(&self, head: &HeaderMap) -> Result<Source<'_>, ContextError> {
        let wanted = Wanted::read(head, &self.folder);
        let filter = self.request.context.filter;
        let keep = move |path: &str, is_folder: bool| wanted.keep(path, is_folder, filter);
        Ok(Source::Walk(&self.folder, Walk::new(&self.folder, Box::new(keep))?))
    }

    /// The Dockerfile and the ignore file that bears its name.
    fn dockerfile(&self) -> impl Iterator<Item = (Entry, &'a [u8])> {
        let dockerfile = &self.request.dockerfile;
        let itself = (dockerfile.name.to_owned(), dockerfile.text);
        let ignore = dockerfile.ignore.map(|text| (format!("{}.dockerignore", itself.0), text));
        let files = [Some(itself), ignore].into_iter().flatten();
        files.map(|(name, text)| (file(name.into(), text), text))
    }

    /// The content of an entry of the source that was opened by `head`.
    pub(super) fn content(&self, head: &HeaderMap, entry: &Entry) -> Result<Content, ContextError> {
        if head.get("dir-name").is_some_and(|name| name == "dockerfile") {
            let mut files = self.dockerfile();
            let text = files.find(|(file, _)| file.path == entry.path).map(|(_, text)| text);
            return Ok(Content::Bytes(text.map(Bytes::copy_from_slice)));
        }
        // A socket arrives as an empty file.
        if entry.kind == Kind::Socket {
            return Ok(Content::Bytes(None));
        }
        FileReader::open(&self.folder, &entry.path, entry.size).map(Content::File)
    }
}

/// A file at hand. The engine takes a file as unchanged if size and time are, so
/// the time is made of the content.
fn file(path: PathBuf, text: &[u8]) -> Entry {
    let hash = Sha256::digest(text);
    let time = hash.iter().take(7).fold(0, |time, byte| time << 8 | i64::from(*byte));
    let (kind, mode, size) = (Kind::File, 0o644, text.len() as u64);
    Entry { path, kind, mode, size, modified: time, link: None, device: (0, 0) }
}

impl Source<'_> {
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

impl Content {
    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, ContextError> {
        match self {
            Self::File(reader) => reader.next(),
            Self::Bytes(bytes) => Ok(bytes.take().filter(|bytes| !bytes.is_empty())),
        }
    }
}
