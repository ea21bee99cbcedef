//! The files of a build context, by our own walk.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use dp_dockerfile::{Ignore, Visit, ignore_files};
use dp_engine::build::Keep;
use dp_tool::Fault;
use rustix::fs::Access;

/// What the files of a context come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// Sum of the sizes of the regular files, in bytes.
    pub(crate) bytes: u64,
    /// How many of them we have no right to read.
    pub(crate) unreadable: u64,
    /// The first of these in the order of paths, relative to the context.
    pub(crate) first_unreadable: Option<String>,
}

/// The regular files of the context that the `.dockerignore` of this Dockerfile
/// leaves. None if a folder cannot be read: figures of a part would be wrong
/// ones, and the build will say what is wrong.
pub(crate) fn content(context: &Path, dockerfile: &Path) -> anyhow::Result<Option<Content>> {
    let ignore = read_ignore(context, dockerfile)?;
    let mut walk = Walk { ignore: &ignore, content: Content::default() };
    let walked = walk.folder(context, "", None);
    Ok(walked.is_ok().then_some(walk.content))
}

/// What of the context a build gets, path by path.
pub(crate) fn keep(ignore: &Ignore, path: &str) -> Keep {
    let mut visit: Option<Visit> = None;
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        visit = Some(ignore.visit(visit.as_ref(), &path[..end]));
    }
    match visit {
        Some(visit) if !visit.ignored => Keep::Yes,
        Some(visit) if ignore.may_prune(path, &visit) => Keep::Nothing,
        _ => Keep::Unneeded,
    }
}

/// The first ignore file that is there; without one nothing is ignored.
pub(crate) fn read_ignore(context: &Path, dockerfile: &Path) -> anyhow::Result<Ignore> {
    let found = ignore_files(dockerfile, context).into_iter().find(|path| path.is_file());
    let Some(path) = found else { return Ok(Ignore::parse("")?) };
    let bytes = fs::read(&path)
        .map_err(|error| Fault::usage(format!("cannot read {}: {error}", path.display())))?;
    let parsed = Ignore::parse(&String::from_utf8_lossy(&bytes));
    Ok(parsed.map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?)
}

struct Walk<'a> {
    ignore: &'a Ignore,
    content: Content,
}

impl Walk<'_> {
    /// `path` is relative to the context, with `/` between its parts.
    fn folder(&mut self, folder: &Path, path: &str, above: Option<&Visit>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            self.entry(&entry?, path, above)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, parent: &str, above: Option<&Visit>) -> io::Result<()> {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if parent.is_empty() { name.into_owned() } else { format!("{parent}/{name}") };
        let visit = self.ignore.visit(above, &path);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if self.ignore.may_prune(&path, &visit) {
                return Ok(());
            }
            return self.folder(&entry.path(), &path, Some(&visit));
        }
        // Symbolic links, sockets and pipes have no bytes of their own.
        if !visit.ignored && kind.is_file() {
            let metadata = entry.metadata()?;
            self.content.bytes += metadata.len();
            if !is_readable(&metadata, &entry.path()) {
                self.content.add_unreadable(path);
            }
        }
        Ok(())
    }
}

impl Content {
    fn add_unreadable(&mut self, path: String) {
        self.unreadable += 1;
        if self.first_unreadable.as_ref().is_none_or(|first| path < *first) {
            self.first_unreadable = Some(path);
        }
    }
}

/// Asks the system only where somebody may not read the file: most files are
/// for everybody, and a context may have a hundred thousand.
fn is_readable(metadata: &Metadata, path: &Path) -> bool {
    let all = 0o444;
    metadata.mode() & all == all || rustix::fs::access(path, Access::READ_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_entered_for_the_sake_of_what_is_kept_below_it() {
        let ignore = Ignore::parse("a\nb\n!b/keep\n").unwrap();
        assert_eq!(keep(&ignore, "x"), Keep::Yes);
        assert_eq!(keep(&ignore, "a"), Keep::Nothing);
        assert_eq!(keep(&ignore, "b"), Keep::Unneeded);
        assert_eq!(keep(&ignore, "b/keep"), Keep::Yes);
        assert_eq!(keep(&ignore, "b/other"), Keep::Nothing);
    }

    #[test]
    fn counts_what_is_not_ignored() {
        let context = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: usize| {
            let path = context.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![b'x'; bytes]).unwrap();
        };
        write("Dockerfile", 10);
        write("src/main.c", 200);
        write("node_modules/a/index.js", 4_000);
        write("node_modules/keep/index.js", 80_000);
        std::os::unix::fs::symlink("src/main.c", context.path().join("link")).unwrap();
        let dockerfile = context.path().join("Dockerfile");
        let bytes = || content(context.path(), &dockerfile).unwrap().unwrap().bytes;
        assert_eq!(bytes(), 84_210);

        write(".dockerignore", 0);
        fs::write(context.path().join(".dockerignore"), "node_modules\n!node_modules/keep\n")
            .unwrap();
        assert_eq!(bytes(), 80_210 + 32);

        fs::write(context.path().join("Dockerfile.dockerignore"), "**\n").unwrap();
        assert_eq!(bytes(), 0);
    }
}
