//! A context as a tar stream, made while it is read: a piece of a file at a time,
//! nothing on disk.
//!
//! By hand although the `tar` crate writes archives: its `Builder` pushes bytes into
//! a writer, while here the connection asks for the next piece when it has room,
//! and a build that is stopped asks no more. A builder would need a thread and
//! a pipe in between. (Its `Header` could fill the block of 512 bytes below; the
//! pax records would still be ours.) The system's own `tar` reads the result in the
//! tests.
//!
//! The format is POSIX's ustar, with pax records for what does not fit. Everything
//! belongs to root and is of 1970: engines look at neither for their cache, and
//! the same files always give the same bytes.

use std::collections::VecDeque;
use std::path::Path;

use hyper::body::Bytes;

use super::entry::{Entry, EntryKind};
use super::error::ContextError;
use super::file::FileReader;
use super::walk::Walk;

/// A block, to a multiple of which everything is filled up.
const BLOCK: usize = 512;

/// A file that is on no disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtraFile {
    /// Its path in the archive.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) content: Vec<u8>,
}

/// The archive, piece by piece.
pub(crate) struct TarStream<'a> {
    folder: &'a Path,
    walk: Walk<'a>,
    file: Option<(FileReader, u64)>,
    extra: VecDeque<ExtraFile>,
    ended: bool,
}

impl<'a> TarStream<'a> {
    /// What `walk` finds below `folder`, and further files after it.
    pub(crate) fn new(folder: &'a Path, walk: Walk<'a>, extra: Vec<ExtraFile>) -> Self {
        Self { folder, walk, file: None, extra: extra.into(), ended: false }
    }

    /// The next piece, at most some 64 KiB; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, ContextError> {
        if let Some((reader, size)) = &mut self.file {
            if let Some(piece) = reader.next()? {
                return Ok(Some(piece));
            }
            let fill = vec![0; padding(*size)];
            self.file = None;
            if !fill.is_empty() {
                return Ok(Some(fill.into()));
            }
        }
        if let Some(entry) = self.next_entry()? {
            return self.begin(&entry).map(Some);
        }
        Ok(self.end())
    }

    /// Sockets have no form in an archive, and docker leaves them out too.
    fn next_entry(&mut self) -> Result<Option<Entry>, ContextError> {
        loop {
            match self.walk.next()? {
                Some(entry) if entry.kind == EntryKind::Socket => {}
                other => return Ok(other),
            }
        }
    }

    fn begin(&mut self, entry: &Entry) -> Result<Bytes, ContextError> {
        if entry.kind == EntryKind::File && !entry.is_hard_link() {
            let reader = FileReader::open(self.folder, &entry.path, entry.size)?;
            self.file = Some((reader, entry.size));
        }
        Ok(headers(entry).into())
    }

    /// What follows the last entry: the further files, and two empty blocks.
    fn end(&mut self) -> Option<Bytes> {
        if let Some(ExtraFile { path, content }) = self.extra.pop_front() {
            let entry = Entry {
                path: path.into(),
                kind: EntryKind::File,
                mode: 0o644,
                size: content.len() as u64,
                modified: 0,
                link: None,
                device: (0, 0),
            };
            let mut bytes = headers(&entry);
            bytes.extend_from_slice(&content);
            bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
            return Some(bytes.into());
        }
        let first = !self.ended;
        self.ended = true;
        first.then(|| vec![0; 2 * BLOCK].into())
    }
}

fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    (BLOCK - over) % BLOCK
}

/// The header of an entry, after one of pax records if there must be.
fn headers(entry: &Entry) -> Vec<u8> {
    let mut path = entry.path_bytes().to_vec();
    if entry.kind == EntryKind::Folder {
        path.push(b'/');
    }
    let link = entry.link_bytes();
    let is_symlink = entry.kind == EntryKind::Symlink;
    let size = if is_symlink || entry.is_hard_link() { 0 } else { entry.size };
    let mut records = Vec::new();
    if path.len() > 100 {
        record(&mut records, "path", &path);
    }
    if link.len() > 100 {
        record(&mut records, "linkpath", link);
    }
    if size > 0o777_7777_7777 {
        record(&mut records, "size", size.to_string().as_bytes());
    }
    let mut bytes = Vec::new();
    if !records.is_empty() {
        let fields = Fields { mode: 0o644, size: records.len() as u64, ..Fields::of(b'x') };
        bytes.extend_from_slice(&fields.header(b"pax", &[]));
        bytes.append(&mut records);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    let (mode, device) = (u64::from(entry.mode), entry.device);
    let fields = Fields { mode, size, device, ..Fields::of(flag(entry)) };
    bytes.extend_from_slice(&fields.header(&path, link));
    bytes
}

/// The type of an entry.
fn flag(entry: &Entry) -> u8 {
    match entry.kind {
        _ if entry.is_hard_link() => b'1',
        EntryKind::File | EntryKind::Socket => b'0',
        EntryKind::Symlink => b'2',
        EntryKind::CharDevice => b'3',
        EntryKind::BlockDevice => b'4',
        EntryKind::Folder => b'5',
        EntryKind::Fifo => b'6',
    }
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

/// The numbers of a header.
struct Fields {
    flag: u8,
    mode: u64,
    size: u64,
    device: (u32, u32),
}

impl Fields {
    fn of(flag: u8) -> Self {
        Self { flag, mode: 0, size: 0, device: (0, 0) }
    }

    fn header(&self, path: &[u8], link: &[u8]) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        text(&mut block[..100], path);
        octal(&mut block[100..108], self.mode);
        // Owner, group and time are all zero.
        octal(&mut block[108..116], 0);
        octal(&mut block[116..124], 0);
        octal(&mut block[124..136], self.size.min(0o777_7777_7777));
        octal(&mut block[136..148], 0);
        block[156] = self.flag;
        text(&mut block[157..257], link);
        block[257..265].copy_from_slice(b"ustar\x0000");
        octal(&mut block[329..337], u64::from(self.device.0));
        octal(&mut block[337..345], u64::from(self.device.1));
        // The sum counts its own field as spaces.
        block[148..156].fill(b' ');
        let sum = block.iter().map(|&byte| u64::from(byte)).sum();
        octal(&mut block[148..155], sum);
        block
    }
}

fn text(field: &mut [u8], text: &[u8]) {
    let length = text.len().min(field.len());
    field[..length].copy_from_slice(&text[..length]);
}

/// Octal digits with zeros in front, and a NUL at the end.
fn octal(field: &mut [u8], number: u64) {
    let digits = format!("{number:0width$o}\0", width = field.len() - 1);
    text(field, digits.as_bytes());
}

#[cfg(test)]
mod tests;
