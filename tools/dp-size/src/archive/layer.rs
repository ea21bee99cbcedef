//! From the tar of a layer to its entries.

use std::io::{self, BufRead};
use std::sync::Arc;

use super::expanded::read_to_end;
use super::limit::Limited;
use super::sniff::{Format, expand, sniff};
use super::tar::{self, Tar, TarError, is_end};
use crate::compress::{CompressedSizes, Method, Stored, TeeReader};
use crate::content::ContentRequests;
use crate::tree::{self, FileContent, Layer, Meta, PathId, Paths, TreeError, resolve, shown};

/// How the name of a whiteout begins.
const WHITEOUT: &[u8] = b".wh.";

/// The name of an opaque mark.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// How the names of AUFS's own files begin; images of its time contain them, and
/// engines leave them out.
const AUFS: &[u8] = b".wh..wh.";

/// Where AUFS kept the content of hard links.
const AUFS_LINKS: &[u8] = b".wh..wh.plnk/";

/// Why a layer cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayerError {
    /// It is something else than a tar.
    #[error("it is no tar")]
    NotATar,
    /// It is compressed by a method that images do not use.
    #[error("it is compressed by {0}: images have gzip and zstd")]
    Foreign(&'static str),
    /// Its tar is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// Its entries make no layer.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A whiteout that deletes no name.
    #[error("{name:?} is no name of a whiteout")]
    BadWhiteout {
        /// The name as the archive has it.
        name: String,
    },
}

impl From<io::Error> for LayerError {
    fn from(error: io::Error) -> Self {
        Self::Tar(error.into())
    }
}

/// A layer of an archive.
#[derive(Debug)]
pub(super) struct ArchivedLayer {
    pub(super) layer: Arc<Layer>,
    /// How many bytes it takes compressed, if that was requested.
    pub(super) compressed: Option<CompressedSizes>,
}

/// Reads a layer, compressed or not.
pub(super) fn read(
    input: &mut dyn BufRead,
    paths: &mut Paths,
    requests: &mut ContentRequests,
) -> Result<ArchivedLayer, LayerError> {
    let (format, input) = sniff(input)?;
    let stored = match format {
        Format::Tar => return read_tar(input, None, paths, requests),
        Format::Gzip => Method::Gzip,
        Format::Zstd => Method::Zstd,
        Format::Foreign(name) => return Err(LayerError::Foreign(name)),
        Format::Json | Format::Other => return Err(LayerError::NotATar),
    };
    read_tar(Limited::new(expand(format, input)?), Some(stored), paths, requests)
}

/// Reads the plain tar of a layer, and finds its compressed sizes if they are
/// requested. `stored` is how the archive has it compressed: such bytes are read to
/// their end, since their checksum is there, behind the end of the tar.
fn read_tar(
    mut input: impl BufRead,
    stored: Option<Method>,
    paths: &mut Paths,
    requests: &mut ContentRequests,
) -> Result<ArchivedLayer, LayerError> {
    let Some(compressor) = requests.compressor(stored)? else {
        let layer = entries(&mut input, paths, requests)?;
        if stored.is_some() {
            read_to_end(&mut input)?;
        }
        return Ok(ArchivedLayer { layer: Arc::new(layer), compressed: None });
    };
    let mut tee = TeeReader::new(input, compressor);
    let layer = entries(&mut tee, paths, requests)?;
    // How many bytes it takes in the archive is known to the archive's reader.
    let stored = stored.map(|method| Stored { method, bytes: 0 });
    let compressed = Some(CompressedSizes { stored, ..tee.finish()? });
    Ok(ArchivedLayer { layer: Arc::new(layer), compressed })
}

fn entries(
    input: impl BufRead,
    paths: &mut Paths,
    requests: &mut ContentRequests,
) -> Result<Layer, LayerError> {
    let mut tar = Tar::new(input);
    let mut layer = Layer::default();
    while let Some(found) = tar.next()? {
        if let Some(entry) = entry(&found, paths)? {
            let content = content(entry, &mut tar, paths, requests)?;
            layer.push(entry)?;
            if let Some(content) = content {
                layer.attach(content);
            }
        }
    }
    Ok(layer)
}

/// What is requested of the content of the current entry of the tar.
fn content<R: BufRead>(
    entry: tree::Entry,
    tar: &mut Tar<R>,
    paths: &Paths,
    requests: &mut ContentRequests,
) -> Result<Option<FileContent>, LayerError> {
    let tree::Kind::File { size } = entry.kind else { return Ok(None) };
    let Some(request) = requests.request_for(paths, entry.path, size) else { return Ok(None) };
    if tar.stored() != size {
        return Ok(Some(request.without_bytes()));
    }
    let content = request.read(&mut tar.content());
    match content {
        Err(error) if is_end(&error) => Err(tar.truncated().into()),
        content => Ok(Some(content?)),
    }
}

/// The entry, if it is one that engines extract.
fn entry(found: &tar::Entry, paths: &mut Paths) -> Result<Option<tree::Entry>, LayerError> {
    let name = found.name.strip_prefix(b"./").unwrap_or(&found.name);
    let (folder, last) = split_last(name);
    let meta = Meta::new(found.mode, found.uid, found.gid);
    let entry = |path, kind| Ok(Some(tree::Entry { path, kind, meta }));
    if last == OPAQUE {
        return entry(resolve(paths, folder)?, tree::Kind::Opaque);
    }
    if name.starts_with(AUFS) && !is_aufs_content(name, found.kind) {
        return Ok(None);
    }
    if let Some(deleted) = last.strip_prefix(WHITEOUT)
        && !name.starts_with(AUFS)
    {
        return entry(deleted_path(paths, folder, deleted, name)?, tree::Kind::Whiteout);
    }
    let path = resolve(paths, name)?;
    entry(path, kind(found, paths)?)
}

fn is_aufs_content(name: &[u8], kind: tar::Kind) -> bool {
    name.starts_with(AUFS_LINKS) && kind == tar::Kind::File
}

fn deleted_path(
    paths: &mut Paths,
    folder: &[u8],
    deleted: &[u8],
    name: &[u8],
) -> Result<PathId, LayerError> {
    if matches!(deleted, b"" | b"." | b"..") {
        return Err(LayerError::BadWhiteout { name: shown(name) });
    }
    let folder = resolve(paths, folder)?;
    Ok(paths.child(folder, deleted)?)
}

fn kind(found: &tar::Entry, paths: &mut Paths) -> Result<tree::Kind, TreeError> {
    Ok(match found.kind {
        tar::Kind::File => tree::Kind::File { size: found.size },
        tar::Kind::HardLink => tree::Kind::HardLink { target: resolve(paths, &found.link)? },
        tar::Kind::Symlink => tree::Kind::Symlink,
        tar::Kind::Device => tree::Kind::Device,
        tar::Kind::Directory => tree::Kind::Directory,
        tar::Kind::Fifo => tree::Kind::Fifo,
    })
}

/// What is before the last slash, and after it. Slashes at the end are ignored.
fn split_last(name: &[u8]) -> (&[u8], &[u8]) {
    let end = name.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let name = &name[..end];
    match name.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&name[..=at], &name[at + 1..]),
        None => (b"", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tree::Kind::{Directory, File, HardLink, Opaque, Whiteout};

    fn found(name: &str, kind: tar::Kind) -> tar::Entry {
        let name = name.as_bytes().to_vec();
        let link = b"./a/b".to_vec();
        tar::Entry { name, link, kind, size: 5, mode: 0, uid: 0, gid: 0 }
    }

    fn read(name: &str, kind: tar::Kind) -> Result<Option<(String, tree::Kind)>, LayerError> {
        let mut paths = Paths::default();
        let entry = entry(&found(name, kind), &mut paths)?;
        Ok(entry.map(|entry| (paths.text(entry.path), entry.kind)))
    }

    #[test]
    fn whiteouts_are_recognized_by_their_names() {
        for (name, path, kind) in [
            ("./a/.wh.b", "/a/b", Whiteout),
            (".wh.b", "/b", Whiteout),
            ("a/.wh..b", "/a/.b", Whiteout),
            ("a/.wh..wh..opq", "/a", Opaque),
            ("./.wh..wh..opq", "/", Opaque),
            ("a/b.wh.c", "/a/b.wh.c", File { size: 5 }),
            (".wh.d/e", "/.wh.d/e", File { size: 5 }),
        ] {
            assert_eq!(
                read(name, tar::Kind::File).unwrap(),
                Some((path.to_owned(), kind)),
                "{name}"
            );
        }
        let directory = read("a/d/", tar::Kind::Directory).unwrap();
        assert_eq!(directory, Some(("/a/d".to_owned(), Directory)));
    }

    #[test]
    fn files_of_aufs_itself_are_left_out_but_for_the_content_of_links() {
        assert_eq!(read(".wh..wh.aufs", tar::Kind::File).unwrap(), None);
        assert_eq!(read(".wh..wh.plnk/", tar::Kind::Directory).unwrap(), None);
        let content = read(".wh..wh.plnk/123.45", tar::Kind::File).unwrap().unwrap();
        assert_eq!(content.1, File { size: 5 });
    }

    #[test]
    fn a_whiteout_must_delete_a_name() {
        for name in ["a/.wh.", "a/.wh..", "a/.wh...", ".wh./"] {
            let error = read(name, tar::Kind::File).unwrap_err();
            assert!(error.to_string().ends_with("is no name of a whiteout"), "{name}: {error}");
        }
    }

    #[test]
    fn a_link_names_its_target_from_the_root() {
        let (_, kind) = read("x/y", tar::Kind::HardLink).unwrap().unwrap();
        assert!(matches!(kind, HardLink { .. }));
    }
}
