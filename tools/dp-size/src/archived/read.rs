//! Archives as the user names them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dp_tool::{Fault, Io, Progress};
use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError, read_folder, read_stream};
use crate::content::Wishes;
use crate::watched::Watched;

/// How much of a file is read at once.
const PIECE: usize = 1 << 17;

/// What one archive held.
pub(super) struct Found {
    pub(super) archive: Archive,
    /// When its reading began.
    pub(super) at: Timestamp,
}

/// Reads a file, a folder, or stdin.
pub(super) fn read(
    path: &Path,
    wishes: Wishes,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Found> {
    let shown = path.display().to_string();
    let at = Timestamp::now();
    progress.doing(&format!("reading {shown}"));
    let unreadable = |error: ArchiveError| Fault::usage(format!("{shown}: {error}"));
    let stop = io.stop.clone();
    if path.is_dir() {
        let watched = |file| -> Box<dyn BufRead> {
            let input = BufReader::with_capacity(PIECE, file);
            Box::new(Watched::new(input, &shown, wishes.clone(), stop.clone(), progress))
        };
        return Ok(Found {
            archive: read_folder(path, &watched, wishes.clone()).map_err(unreadable)?,
            at,
        });
    }
    let mut watched = Watched::new(open(path, io)?, &shown, wishes.clone(), stop, progress);
    Ok(Found { archive: read_stream(&mut watched, wishes).map_err(unreadable)?, at })
}

fn open<'i>(path: &Path, io: &mut Io<'i>) -> Result<Box<dyn BufRead + 'i>, Fault> {
    if path == Path::new("-") {
        let none = "no archive on stdin: it is a terminal, or was read already";
        return io.stdin.take().ok_or_else(|| Fault::usage(none));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::with_capacity(PIECE, file))),
        Err(error) => Err(Fault::usage(format!("cannot read {}: {error}", path.display()))),
    }
}
