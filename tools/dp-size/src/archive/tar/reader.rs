//! From blocks to entries.

use std::io::{self, BufRead, Read};

use super::header::{Header, map_goes_on};
use super::pax::Extended;
use super::{BLOCK, TarError};

/// Most bytes of one name or set of pax records (Go's limit too).
const MOST_SPECIAL: u64 = 1 << 20;

/// A tar that is being read.
pub(crate) struct Tar<R> {
    input: R,
    /// Bytes read so far.
    at: u64,
    /// Bytes that are left of the content of the current entry.
    left: u64,
    /// Bytes that fill its last block.
    padding: u64,
    /// What is being read, for messages.
    inside: Vec<u8>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name as the archive has it.
    pub(crate) name: Vec<u8>,
    /// What a link points to; else empty.
    pub(crate) link: Vec<u8>,
    /// What it is.
    pub(crate) kind: Kind,
    /// Size of a file in bytes, holes of a sparse file included.
    pub(crate) size: u64,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Number of the user.
    pub(crate) uid: u32,
    /// Number of the group.
    pub(crate) gid: u32,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// Another name of a file.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A character or block device.
    Device,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
}

/// What a header announces.
enum Announced {
    Entry(Kind),
    Pax,
    LongName,
    LongLink,
    /// Of no meaning to an image (volume labels, global records that engines
    /// ignore too).
    Nothing,
}

impl<R: BufRead> Tar<R> {
    /// Reads from the beginning.
    pub(crate) fn new(input: R) -> Self {
        Self { input, at: 0, left: 0, padding: 0, inside: Vec::new() }
    }

    /// How far the archive was read, in bytes from the beginning.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Goes to the next entry; what was not read of the current one is skipped.
    /// None at the end of the archive: a block of zeros, or the end of the
    /// input where a header would begin.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, TarError> {
        let mut extended = Extended::default();
        let mut pending = false;
        loop {
            self.skip()?;
            self.inside = b"a header".to_vec();
            let begin = self.at;
            let Some(block) = self.block()? else {
                return if pending { Err(self.truncated()) } else { Ok(None) };
            };
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let bad = |reason| TarError::Bad { at: begin, reason };
            let header = Header::new(&block).map_err(bad)?;
            let size = header.size().map_err(bad)?;
            match announced(header) {
                Announced::Entry(kind) => return self.entry(header, kind, extended).map(Some),
                Announced::Pax => extended.add_pax(&self.special(size)?).map_err(bad)?,
                Announced::LongName => extended.name = Some(until_nul(self.special(size)?)),
                Announced::LongLink => extended.link = Some(until_nul(self.special(size)?)),
                Announced::Nothing => self.expect(size),
            }
            pending = true;
        }
    }

    /// What follows what was read.
    pub(crate) fn into_input(self) -> R {
        self.input
    }

    /// Bytes of the current entry that were not read yet. Those of a sparse file
    /// are fewer than its size.
    pub(crate) fn stored(&self) -> u64 {
        self.left
    }

    /// The content of the current entry. Of a sparse file it is what is stored.
    pub(crate) fn content(&mut self) -> Content<'_, R> {
        Content { tar: self }
    }

    fn entry(
        &mut self,
        header: Header<'_>,
        kind: Kind,
        mut extended: Extended,
    ) -> Result<Entry, TarError> {
        let at = self.at;
        let bad = |reason| TarError::Bad { at, reason };
        // Whatever the size of these says, nothing follows them.
        let is_bare = !matches!(kind, Kind::File) && header.kind() != b'D';
        let stored = extended.size.map_or_else(|| header.size(), Ok).map_err(bad)?;
        let stored = if is_bare { 0 } else { stored };
        let mut size = extended.sparse_size.unwrap_or(stored);
        if header.kind() == b'S' {
            let (whole, mut more) = header.sparse().map_err(bad)?;
            size = whole;
            while more {
                let block = self.block()?.ok_or_else(|| self.truncated())?;
                more = map_goes_on(&block);
            }
        }
        self.expect(stored);
        let name = extended.take_name().unwrap_or_else(|| header.name());
        let link = extended.link.unwrap_or_else(|| header.link().to_vec());
        self.inside.clone_from(&name);
        let kind = if is_old_directory(header, &name) { Kind::Directory } else { kind };
        Ok(Entry {
            name,
            link,
            kind,
            size: if kind == Kind::File { size } else { 0 },
            mode: header.mode(),
            uid: extended.uid.unwrap_or_else(|| header.uid()),
            gid: extended.gid.unwrap_or_else(|| header.gid()),
        })
    }

    /// So many bytes follow.
    fn expect(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// The next block; none at the end of the input.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(self.truncated()),
                Ok(count) => {
                    filled += count;
                    self.at += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(block))
    }

    /// A name or pax records.
    fn special(&mut self, size: u64) -> Result<Vec<u8>, TarError> {
        if size > MOST_SPECIAL {
            let reason = "its name or pax records are longer than 1 MiB";
            return Err(TarError::Bad { at: self.at, reason });
        }
        self.expect(size);
        let mut text = Vec::new();
        match self.content().read_to_end(&mut text) {
            Err(error) if is_end(&error) => Err(self.truncated()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(text),
        }
    }

    /// Skips to the next header.
    fn skip(&mut self) -> Result<(), TarError> {
        while self.left + self.padding > 0 {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            // A last block that is not filled is accepted.
            if buffer == 0 && self.left == 0 {
                self.padding = 0;
            } else if buffer == 0 {
                return Err(self.truncated());
            }
            let content = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer);
            let filling = usize::try_from(self.padding).unwrap_or(usize::MAX);
            let filling =
                if content as u64 == self.left { filling.min(buffer - content) } else { 0 };
            self.left -= content as u64;
            self.padding -= filling as u64;
            self.advance(content + filling);
        }
        Ok(())
    }

    fn advance(&mut self, count: usize) {
        self.input.consume(count);
        self.at += count as u64;
    }

    /// What an end of the input means here.
    pub(crate) fn truncated(&self) -> TarError {
        let inside = String::from_utf8_lossy(&self.inside).into_owned();
        TarError::Truncated { at: self.at, inside }
    }
}

/// Whether the error says that a tar ends within an entry, and no more than that.
pub(crate) fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none()
}

/// The content of one entry. Ends with [`io::ErrorKind::UnexpectedEof`] where
/// the archive ends before it.
pub(crate) struct Content<'t, R> {
    tar: &'t mut Tar<R>,
}

impl<R: BufRead> BufRead for Content<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.tar.left == 0 {
            return Ok(&[]);
        }
        let buffer = self.tar.input.fill_buf()?;
        if buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let most = usize::try_from(self.tar.left).unwrap_or(usize::MAX);
        Ok(&buffer[..buffer.len().min(most)])
    }

    fn consume(&mut self, count: usize) {
        self.tar.left -= count as u64;
        self.tar.advance(count);
    }
}

impl<R: BufRead> Read for Content<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let buffer = self.fill_buf()?;
        let count = buffer.len().min(into.len());
        into[..count].copy_from_slice(&buffer[..count]);
        self.consume(count);
        Ok(count)
    }
}

fn announced(header: Header<'_>) -> Announced {
    match header.kind() {
        b'x' => Announced::Pax,
        b'L' => Announced::LongName,
        b'K' => Announced::LongLink,
        b'g' | b'V' | b'M' | b'N' | b'X' | b'A' => Announced::Nothing,
        b'1' => Announced::Entry(Kind::HardLink),
        b'2' => Announced::Entry(Kind::Symlink),
        b'3' | b'4' => Announced::Entry(Kind::Device),
        b'5' | b'D' => Announced::Entry(Kind::Directory),
        b'6' => Announced::Entry(Kind::Fifo),
        // What POSIX does not know is to be taken for a regular file.
        _ => Announced::Entry(Kind::File),
    }
}

/// Before POSIX a directory was a file whose name ends in a slash.
fn is_old_directory(header: Header<'_>, name: &[u8]) -> bool {
    header.kind() == 0 && name.ends_with(b"/")
}

fn until_nul(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(end) = text.iter().position(|byte| *byte == 0) {
        text.truncate(end);
    }
    text
}
