//! Sends the context as a tar while it is read.

use std::cell::Cell;
use std::io::ErrorKind;
use std::path::Path;

use hyper::body::Bytes;
use tokio::sync::mpsc::Sender;

use crate::backend::request::BuildRequest;
use crate::context::{ContextError, ExtraFile, Keep, TarStream, Walk};
use dp_engine::connect::Broken;

/// Bytes that are sent at a time.
const PIECE: usize = 64 << 10;

/// The ignore file. This builder takes it, and the Dockerfile, out of the context
/// again where it ignores them, so both must come.
const IGNORE_FILE: &str = ".dockerignore";

/// What a Dockerfile from outside the context is called in it.
const OUTSIDE: &str = ".dockerfile.dp";

/// Where the Dockerfile lies in the archive.
pub(super) fn dockerfile<'a>(request: &BuildRequest<'a>) -> &'a str {
    request.dockerfile.place.unwrap_or(OUTSIDE)
}

/// Sends everything, and counts it. It is no error if the engine takes
/// no more: its answer says why.
pub(super) async fn send(
    request: &BuildRequest<'_>,
    folder: &Path,
    sender: Sender<Result<Bytes, Broken>>,
    sent: &Cell<u64>,
) -> Result<(), ContextError> {
    let sending = async {
        let mut tar = archive(request, folder)?;
        while let Some(bytes) = batch(&mut tar)? {
            let length = bytes.len() as u64;
            if sender.send(Ok(bytes)).await.is_err() {
                break;
            }
            sent.set(sent.get() + length);
        }
        Ok(())
    };
    let result = sending.await;
    if result.is_err() {
        let _ = sender.send(Err(Broken)).await;
    }
    result
}

/// Pieces in one, so that many small files are no many small writes.
fn batch(tar: &mut TarStream<'_>) -> Result<Option<Bytes>, ContextError> {
    let mut bytes = Vec::new();
    while bytes.len() < PIECE {
        match tar.next()? {
            Some(piece) => bytes.extend_from_slice(&piece),
            None => break,
        }
    }
    Ok((!bytes.is_empty()).then(|| bytes.into()))
}

fn archive<'a>(
    request: &'a BuildRequest<'_>,
    folder: &'a Path,
) -> Result<TarStream<'a>, ContextError> {
    let filter = request.context.filter;
    let Some(place) = request.dockerfile.place else {
        let keep = |path: &str, is_folder: bool| {
            if path == IGNORE_FILE { Keep::Nothing } else { filter(path, is_folder) }
        };
        let walk = Walk::new(folder, Box::new(keep))?;
        return Ok(TarStream::new(folder, walk, extra(request, folder)?));
    };
    let below = |path: &str| place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    let keep = move |path: &str, is_folder: bool| match filter(path, is_folder) {
        _ if path == IGNORE_FILE || path == place => Keep::Yes,
        Keep::Nothing if below(path) => Keep::Unneeded,
        keep => keep,
    };
    Ok(TarStream::new(folder, Walk::new(folder, Box::new(keep))?, Vec::new()))
}

/// The Dockerfile from outside, and an ignore file that takes it out again, as
/// the docker CLI does it.
fn extra(request: &BuildRequest<'_>, folder: &Path) -> Result<Vec<ExtraFile>, ContextError> {
    let path = Path::new(IGNORE_FILE);
    let mut ignore = match std::fs::read(folder.join(path)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => IGNORE_FILE.into(),
        Err(error) => return Err(ContextError::open(path, error)),
    };
    ignore.extend_from_slice(format!("\n{OUTSIDE}\n").as_bytes());
    let file = |path: &str, content| ExtraFile { path: path.to_owned(), content };
    Ok(vec![file(OUTSIDE, request.dockerfile.text.to_vec()), file(IGNORE_FILE, ignore)])
}
