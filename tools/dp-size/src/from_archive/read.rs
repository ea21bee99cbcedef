//! Reads archives as the user names them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dp_tool::{Fault, Io, Progress};
use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError, read_folder, read_stream, read_to_end};
use crate::content::ContentRequests;
use crate::progress_reader::{LayerCount, ProgressReader};

/// How many bytes of a file are read at once.
const PIECE: usize = 1 << 17;

/// An archive that was read.
pub(super) struct ReadArchive {
    pub(super) archive: Archive,
    /// When the reading began.
    pub(super) at: Timestamp,
}

/// Reads a file, a folder, or stdin.
///
/// # Errors
/// It cannot be read, or is no image archive.
pub(super) fn read(
    path: &Path,
    requests: ContentRequests,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<ReadArchive> {
    let shown = path.display().to_string();
    let at = Timestamp::now();
    progress.doing(&format!("reading {shown}"));
    let unreadable = |error: ArchiveError| Fault::usage(format!("{shown}: {error}"));
    let (stop, layers) = (io.stop.clone(), LayerCount::default());
    let on_layer = || layers.add_one();
    if path.is_dir() {
        let with_progress = |file| -> Box<dyn BufRead> {
            let input = BufReader::with_capacity(PIECE, file);
            Box::new(ProgressReader::new(input, &shown, layers.clone(), stop.clone(), progress))
        };
        return Ok(ReadArchive {
            archive: read_folder(path, &with_progress, requests, &on_layer).map_err(unreadable)?,
            at,
        });
    }
    let mut input = ProgressReader::new(open(path, io)?, &shown, layers.clone(), stop, progress);
    let archive = read_stream(&mut input, requests, &on_layer).map_err(unreadable)?;
    // More may follow the end of a tar. Whoever writes it into a pipe would fail if
    // nobody read it: of docker save a shell with pipefail then says 141.
    if !path.is_file() {
        read_to_end(&mut input).map_err(|error| unreadable(error.into()))?;
    }
    Ok(ReadArchive { archive, at })
}

fn open<'i>(path: &Path, io: &mut Io<'i>) -> Result<Box<dyn BufRead + Send + 'i>, Fault> {
    if path == Path::new("-") {
        let none = "no archive on stdin: it is a terminal, or was read already";
        return io.stdin.take().ok_or_else(|| Fault::usage(none));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::with_capacity(PIECE, file))),
        Err(error) => Err(Fault::usage(format!("cannot read {}: {error}", path.display()))),
    }
}
