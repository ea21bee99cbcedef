//! Which paths are the same file, so that nothing is written over what was read
//! or over what else is written.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Links that are followed to a file that is not there yet.
const LINKS: usize = 40;

/// What a path leads to, by whatever name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// What is there: its device and number.
    Node { device: u64, number: u64 },
    /// Where a new file would be.
    New(PathBuf),
}

impl Place {
    /// Where this path leads, through all links; none for devices such as
    /// `/dev/null`, which hold nothing, and for folders that are not there.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(metadata) => Self::node(&metadata),
            Err(_) => Self::new_file(path),
        }
    }

    /// The same, if it is a plain file: only that can be read and written over.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().filter(Metadata::is_file).as_ref().and_then(Self::node)
    }

    /// What an open stream is; none if it cannot be told.
    pub(crate) fn of_stream(stream: impl AsFd) -> Option<Self> {
        Self::node(&metadata(stream).ok()?)
    }

    /// The same, if it is a plain file.
    pub(crate) fn of_file_stream(stream: impl AsFd) -> Option<Self> {
        metadata(stream).ok().filter(Metadata::is_file).as_ref().and_then(Self::node)
    }

    fn node(metadata: &Metadata) -> Option<Self> {
        let node = Self::Node { device: metadata.dev(), number: metadata.ino() };
        (!metadata.file_type().is_char_device()).then_some(node)
    }

    fn new_file(path: &Path) -> Option<Self> {
        let mut path = path.to_path_buf();
        for _ in 0..LINKS {
            let Ok(target) = fs::read_link(&path) else { break };
            path = folder(&path).join(target);
        }
        let folder = fs::canonicalize(folder(&path)).ok()?;
        Some(Self::New(folder.join(path.file_name()?)))
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn metadata(stream: impl AsFd) -> io::Result<Metadata> {
    File::from(stream.as_fd().try_clone_to_owned()?).metadata()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_is_the_same_through_links_and_by_any_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "x").unwrap();
        fs::write(path("other"), "x").unwrap();
        symlink("file", path("soft")).unwrap();
        fs::hard_link(path("file"), path("hard")).unwrap();
        let place = |name: &str| Place::of(&path(name)).unwrap();
        let opened = File::open(path("file")).unwrap();
        for same in
            [place("soft"), place("hard"), place("./file"), Place::of_stream(opened).unwrap()]
        {
            assert_eq!(same, place("file"));
        }
        assert_ne!(place("other"), place("file"));
    }

    #[test]
    fn a_file_that_is_not_there_yet_has_a_place_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("in")).unwrap();
        symlink("new", path("dangling")).unwrap();
        let place = |name: &str| Place::of(&path(name));
        assert_eq!(place("dangling"), place("new"));
        assert_eq!(place("in/../new"), place("new"));
        assert_ne!(place("in/new"), place("new"));
        assert_eq!(place("nowhere/new"), None);
        symlink("round", path("round")).unwrap();
        let _ = place("round"); // it ends
    }

    #[test]
    fn devices_hold_nothing() {
        assert_eq!(Place::of(Path::new("/dev/null")), None);
    }
}
