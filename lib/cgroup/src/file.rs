//! The files of a group: one that stays open to be read again and again, and the
//! two shapes of their texts.
//!
//! By hand, although crates read control groups (cgroups-rs, procfs): a sample is
//! read ten times a second and must cost some 70 us, so its files stay open, and
//! each takes one system call into one buffer. Those crates open every file anew and
//! know one version or no reason for a figure that is absent.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::error::CgroupError;

/// Far more than `memory.stat`, the longest of the files, has.
const USUAL_LENGTH: usize = 16 << 10;

/// An open file. The kernel makes its text anew for each read from its begin.
#[derive(Debug)]
pub(crate) struct OpenFile {
    path: PathBuf,
    file: File,
}

impl OpenFile {
    /// Opens it.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        Ok(Self { file: File::open(&path)?, path })
    }

    /// Reads it: one system call, as long as the buffer is larger than the text.
    pub(crate) fn read<'a>(&self, buffer: &'a mut Vec<u8>) -> Result<&'a str, CgroupError> {
        let read = self
            .fill(buffer)
            .and_then(|length| std::str::from_utf8(&buffer[..length]).map_err(io::Error::other));
        read.map_err(|error| CgroupError::of(&self.path, error))
    }

    fn fill(&self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        if buffer.len() < USUAL_LENGTH {
            buffer.resize(USUAL_LENGTH, 0);
        }
        let mut length = 0;
        loop {
            let read = self.file.read_at(&mut buffer[length..], length as u64)?;
            length += read;
            if length < buffer.len() {
                return Ok(length);
            }
            buffer.resize(2 * buffer.len(), 0);
        }
    }
}

/// A file that is read once. None if there is no such file, or no right to it.
pub(crate) fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// A file that is one number.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.trim_end().parse().ok()
}

/// `KEY NUMBER` lines ("flat keyed").
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.split_once(' ')?;
        Some((key, value.parse().ok()?))
    })
}

/// The number of one key.
pub(crate) fn value(text: &str, wanted: &str) -> Option<u64> {
    pairs(text).find_map(|(key, value)| (key == wanted).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory.current");
        std::fs::write(&path, "1\n").unwrap();
        let open = OpenFile::open(path.clone()).unwrap();
        let mut buffer = Vec::new();
        assert_eq!(open.read(&mut buffer).unwrap(), "1\n");
        std::fs::write(&path, "22\n").unwrap();
        assert_eq!(open.read(&mut buffer).unwrap(), "22\n");
    }

    #[test]
    fn long_files_are_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        let text = "0123456789\n".repeat(10_000);
        std::fs::write(&path, &text).unwrap();
        assert_eq!(OpenFile::open(path).unwrap().read(&mut Vec::new()).unwrap(), text);
    }
}
