//! Reads a file that has been announced with its size.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use rustix::fs::OFlags;

use super::error::ContextError;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;

/// A file, in pieces. It fails if the file does not have the size that it was
/// announced with.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: File,
    path: PathBuf,
    left: u64,
}

impl FileReader {
    /// Opens a file of `size` bytes. `path` is what messages call it.
    pub(crate) fn open(folder: &Path, path: &Path, size: u64) -> Result<Self, ContextError> {
        // What has become a pipe or a link meanwhile must neither block nor be followed.
        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(folder.join(path));
        let failed = |error| ContextError::read(path, error);
        let file = opened.map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(ContextError::changed(path));
        }
        Ok(Self { file, path: path.to_owned(), left: size })
    }

    /// The next piece; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, ContextError> {
        let mut piece = vec![0; PIECE];
        let count = self.fill(&mut piece).map_err(|error| ContextError::read(&self.path, error))?;
        let enough = self.left.checked_sub(count as u64);
        self.left = enough.ok_or_else(|| ContextError::changed(&self.path))?;
        if count < PIECE && self.left > 0 {
            return Err(ContextError::changed(&self.path));
        }
        piece.truncate(count);
        Ok((count > 0).then(|| piece.into()))
    }

    fn fill(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < piece.len() {
            match self.file.read(&mut piece[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(folder: &Path, size: u64) -> Result<Vec<u8>, ContextError> {
        let mut reader = FileReader::open(folder, Path::new("f"), size)?;
        let mut all = Vec::new();
        while let Some(piece) = reader.next()? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    #[test]
    fn a_file_comes_whole() {
        let folder = tempfile::tempdir().unwrap();
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let content: Vec<u8> = (0..=250).cycle().take(size).collect();
            fs::write(folder.path().join("f"), &content).unwrap();
            assert_eq!(read(folder.path(), size as u64).unwrap(), content);
        }
    }

    #[test]
    fn a_file_of_another_size_than_announced_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for (size, announced) in [(5, 4), (5, 6), (5, 0), (PIECE, PIECE + 1), (PIECE + 1, PIECE)] {
            fs::write(folder.path().join("f"), vec![b'x'; size]).unwrap();
            let error = read(folder.path(), announced as u64).unwrap_err();
            assert!(matches!(error, ContextError::Changed { .. }), "{size} {announced}");
        }
    }

    #[test]
    fn a_file_that_is_gone_or_another_thing_now_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let message = |error: ContextError| error.to_string();
        let changed = "f changed while it was sent (build when nothing else writes there)";
        assert_eq!(message(read(folder.path(), 1).unwrap_err()), changed);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        assert_eq!(message(read(folder.path(), 1).unwrap_err()), changed);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(read(folder.path(), 1).is_err());
    }
}
