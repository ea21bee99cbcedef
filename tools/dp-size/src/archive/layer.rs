//! From the tar of a layer to its entries.

use std::io::{self, BufRead};

use super::limit::Limited;
use super::sniff::{Format, expand, sniff};
use super::tar::{self, Tar, TarError};
use crate::compress::{Method, Packed, Stored, Tap};
use crate::content::{Content, Wishes};
use crate::tree::{self, Layer, Meta, PathId, Paths, TreeError, resolve, shown};

/// What the name of a whiteout begins with.
const WHITEOUT: &[u8] = b".wh.";

/// The name of an opaque mark.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What the names of AUFS's own files begin with; images of its time hold them,
/// and engines leave them out.
const AUFS: &[u8] = b".wh..wh.";

/// Where AUFS kept the content of hard links.
const AUFS_LINKS: &[u8] = b".wh..wh.plnk/";

/// Why a layer cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayerError {
    /// It is something else.
    #[error("it is no tar")]
    NotATar,
    /// Its compression is one that images do not have.
    #[error("it is compressed by {0}: images have gzip and zstd")]
    Foreign(&'static str),
    /// Its tar is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// Its entries make no layer.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A whiteout that hides no name.
    #[error("{name:?} is no name of a whiteout")]
    BadWhiteout {
        /// The name as it stands.
        name: String,
    },
}

impl From<io::Error> for LayerError {
    fn from(error: io::Error) -> Self {
        Self::Tar(error.into())
    }
}

/// Reads a layer, compressed or not.
pub(super) fn read(
    input: &mut dyn BufRead,
    paths: &mut Paths,
    wishes: &mut Wishes,
) -> Result<Layer, LayerError> {
    let (format, input) = sniff(input)?;
    let stored = match format {
        Format::Tar => return pressed(input, None, paths, wishes),
        Format::Gzip => Method::Gzip,
        Format::Zstd => Method::Zstd,
        Format::Foreign(name) => return Err(LayerError::Foreign(name)),
        Format::Json | Format::Other => return Err(LayerError::NotATar),
    };
    pressed(Limited::new(expand(format, input)?), Some(stored), paths, wishes)
}

/// Reads a plain layer, and finds its compressed sizes if they are wished for.
fn pressed(
    input: impl BufRead,
    stored: Option<Method>,
    paths: &mut Paths,
    wishes: &mut Wishes,
) -> Result<Layer, LayerError> {
    let Some(press) = wishes.press(stored)? else {
        let layer = entries(input, paths, wishes)?;
        wishes.count_layer();
        return Ok(layer);
    };
    let mut tap = Tap::new(input, press);
    let mut layer = entries(&mut tap, paths, wishes)?;
    wishes.count_layer();
    // How many bytes the archive holds is known to its reader.
    let stored = stored.map(|method| Stored { method, bytes: 0 });
    layer.pack(Packed { stored, ..tap.finish()? });
    Ok(layer)
}

fn entries(
    input: impl BufRead,
    paths: &mut Paths,
    wishes: &mut Wishes,
) -> Result<Layer, LayerError> {
    let mut tar = Tar::new(input);
    let mut layer = Layer::default();
    while let Some(found) = tar.next()? {
        if let Some(entry) = entry(&found, paths)? {
            let content = content(entry, &mut tar, paths, wishes)?;
            layer.push(entry)?;
            if let Some(content) = content {
                layer.keep(content);
            }
        }
    }
    Ok(layer)
}

/// What is wished for of the entry that the tar stands at.
fn content<R: BufRead>(
    entry: tree::Entry,
    tar: &mut Tar<R>,
    paths: &Paths,
    wishes: &mut Wishes,
) -> Result<Option<Content>, LayerError> {
    let tree::Kind::File { size } = entry.kind else { return Ok(None) };
    let Some(wish) = wishes.wish(paths, entry.path, size) else { return Ok(None) };
    if tar.stored() != size {
        return Ok(Some(wish.without_bytes()));
    }
    let content = wish.read(&mut tar.content());
    match content {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(tar.truncated().into()),
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
    if let Some(hidden) = last.strip_prefix(WHITEOUT)
        && !name.starts_with(AUFS)
    {
        return entry(hidden_path(paths, folder, hidden, name)?, tree::Kind::Whiteout);
    }
    let path = resolve(paths, name)?;
    entry(path, kind(found, paths)?)
}

fn is_aufs_content(name: &[u8], kind: tar::Kind) -> bool {
    name.starts_with(AUFS_LINKS) && kind == tar::Kind::File
}

fn hidden_path(
    paths: &mut Paths,
    folder: &[u8],
    hidden: &[u8],
    name: &[u8],
) -> Result<PathId, LayerError> {
    if matches!(hidden, b"" | b"." | b"..") {
        return Err(LayerError::BadWhiteout { name: shown(name) });
    }
    let folder = resolve(paths, folder)?;
    Ok(paths.child(folder, hidden)?)
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

/// What stands before the last slash, and behind it. Slashes at the end mean
/// nothing.
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
    fn whiteouts_are_told_by_their_names() {
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
    fn a_whiteout_must_hide_a_name() {
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
