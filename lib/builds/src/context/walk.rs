//! Walks over a context in the order in which engines want it.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::entry::{Entry, EntryKind};
use super::error::ContextError;
use super::{Filter, Keep};

/// The entries that are kept: sorted by the bytes of their names folder by
/// folder, each folder right before what is in it. That is the order that the
/// receiver of a file transfer insists on. Of a folder that is not kept itself
/// there is an entry if something below it is kept.
pub(crate) struct Walk<'a> {
    folder: &'a Path,
    filter: Box<Filter<'a>>,
    /// Folders that are open, outermost first.
    open: Vec<OpenFolder>,
    /// What comes next.
    ready: VecDeque<Entry>,
    /// The first name of each file that has several.
    names: HashMap<(u64, u64), PathBuf>,
}

/// A folder that is being walked over.
struct OpenFolder {
    path: PathBuf,
    /// Its own entry, until it is known whether that is needed.
    itself: Option<Entry>,
    /// Names that are left, the next one last.
    names: Vec<OsString>,
}

impl<'a> Walk<'a> {
    /// A walk over `folder`, which must be resolved.
    pub(crate) fn new(folder: &'a Path, filter: Box<Filter<'a>>) -> Result<Self, ContextError> {
        let mut walk = Self {
            folder,
            filter,
            open: Vec::new(),
            ready: VecDeque::new(),
            names: HashMap::new(),
        };
        walk.enter(PathBuf::new(), None)?;
        Ok(walk)
    }

    /// The next entry; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, ContextError> {
        while self.ready.is_empty() {
            let Some(open) = self.open.last_mut() else { return Ok(None) };
            match open.names.pop() {
                Some(name) => {
                    let path = open.path.join(name);
                    self.visit(&path)?;
                }
                None => {
                    self.open.pop();
                }
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Takes one path. What was removed since its folder was listed is not there.
    fn visit(&mut self, path: &Path) -> Result<(), ContextError> {
        let (mut entry, metadata) = match Entry::read(self.folder, path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(ContextError::open(path, error)),
        };
        let is_folder = entry.kind == EntryKind::Folder;
        let keep = (self.filter)(&path.to_string_lossy(), is_folder);
        if keep == Keep::Nothing || keep == Keep::Unneeded && !is_folder {
            return Ok(());
        }
        if !is_folder && metadata.nlink() > 1 {
            let key = (metadata.dev(), metadata.ino());
            let first = self.names.entry(key).or_insert_with(|| path.to_owned());
            // Links to links are sent one by one.
            if first != path && entry.link.is_none() {
                (entry.link, entry.size) = (Some(first.clone()), 0);
            }
        }
        if keep == Keep::Yes {
            self.ready.extend(self.open.iter_mut().filter_map(|open| open.itself.take()));
            self.ready.push_back(entry.clone());
        }
        if is_folder {
            self.enter(path.to_owned(), (keep == Keep::Unneeded).then_some(entry))?;
        }
        Ok(())
    }

    fn enter(&mut self, path: PathBuf, itself: Option<Entry>) -> Result<(), ContextError> {
        let full = self.folder.join(&path);
        let shown = if path.as_os_str().is_empty() { self.folder } else { &path };
        let mut names = Vec::new();
        let entries = fs::read_dir(&full).map_err(|error| ContextError::open(shown, error))?;
        for entry in entries {
            names.push(entry.map_err(|error| ContextError::open(shown, error))?.file_name());
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        self.open.push(OpenFolder { path, itself, names });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn tree(paths: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn walked(folder: &Path, filter: &Filter<'_>) -> Vec<Entry> {
        let mut walk = Walk::new(folder, Box::new(filter)).unwrap();
        let mut all = Vec::new();
        while let Some(entry) = walk.next().unwrap() {
            all.push(entry);
        }
        all
    }

    fn paths(folder: &Path, filter: &Filter<'_>) -> Vec<String> {
        let entries = walked(folder, filter).into_iter();
        entries.map(|entry| entry.path.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_folder_comes_right_before_what_is_in_it() {
        let folder = tree(&["a.txt", "a/x", "a/b/y", "a-b", "A"]);
        let found = paths(folder.path(), &|_, _| Keep::Yes);
        assert_eq!(found, ["A", "a", "a/b", "a/b/y", "a/x", "a-b", "a.txt"]);
    }

    #[test]
    fn a_folder_that_is_left_out_comes_back_with_what_is_kept_below_it() {
        let folder = tree(&["a/b/c/kept", "a/b/other", "d/e/f", "g"]);
        let kept = |path: &str, _: bool| {
            if path.ends_with("kept") { Keep::Yes } else { Keep::Unneeded }
        };
        assert_eq!(paths(folder.path(), &kept), ["a", "a/b", "a/b/c", "a/b/c/kept"]);
    }

    #[test]
    fn what_is_below_a_pruned_folder_is_never_asked_for() {
        let folder = tree(&["a/b/c", "d"]);
        let kept = |path: &str, is_folder: bool| {
            assert!(path == "a" && is_folder || path == "d", "{path}");
            if path == "a" { Keep::Nothing } else { Keep::Yes }
        };
        assert_eq!(paths(folder.path(), &kept), ["d"]);
    }

    #[test]
    fn entries_say_what_they_are() {
        let folder = tree(&["f", "d/x"]);
        let place = |name: &str| folder.path().join(name);
        fs::set_permissions(place("f"), Permissions::from_mode(0o4711)).unwrap();
        std::os::unix::fs::symlink("no/where", place("link")).unwrap();
        fs::hard_link(place("f"), place("hard")).unwrap();
        let found = walked(folder.path(), &|_, _| Keep::Yes);
        let what = |name: &str| {
            let entry = found.iter().find(|entry| entry.path == Path::new(name)).unwrap();
            (entry.kind, entry.size, entry.link.as_ref().map(|link| link.to_str().unwrap()))
        };
        assert_eq!(what("d"), (EntryKind::Folder, 0, None));
        assert_eq!(what("link"), (EntryKind::Symlink, 8, Some("no/where")));
        assert_eq!(what("f"), (EntryKind::File, 1, None));
        assert_eq!(what("hard"), (EntryKind::File, 0, Some("f")));
        assert_eq!(found.iter().find(|entry| entry.path == Path::new("f")).unwrap().mode, 0o4711);
    }
}
