//! The files of a build context, by our own walk.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::{Context, Entry, Keep};
use anyhow::Context as _;
use dp_dockerfile::{Ignore, IgnoreError, Visit, ignore_files};
use dp_tool::Fault;
use rustix::fs::Access;

/// What the files of a context come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Sum of the sizes of the regular files, in bytes.
    pub bytes: u64,
    /// How many of them we have no right to read.
    pub unreadable: u64,
    /// The first of these in the order of paths, relative to the context.
    pub first_unreadable: Option<String>,
}

/// Whose rules say what a `.dockerignore` leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// `BuildKit`'s: the file named after the Dockerfile comes first.
    BuildKit,
    /// The docker CLI's for the old builder: it knows `.dockerignore` alone.
    Legacy,
}

/// The regular files of the context that the `.dockerignore` of this Dockerfile
/// leaves. None if a folder cannot be read: figures of a part would be wrong
/// ones, and the build will say what is wrong.
///
/// # Errors
///
/// An ignore file that cannot be read, or a pattern with which docker refuses to
/// build.
pub fn content(context: &Path, dockerfile: &Path, rules: Rules) -> anyhow::Result<Option<Content>> {
    let (ignore, path) = read_ignore_and_path(context, dockerfile, rules)?;
    let mut walk = Walk { ignore: &ignore, content: Content::default() };
    match walk.folder(context, "", None) {
        Ok(()) => Ok(Some(walk.content)),
        Err(Stopped::Unreadable) => Ok(None),
        Err(Stopped::Refused(error)) => Err(refused(&path, &error).into()),
    }
}

/// All that the `.dockerignore` of this Dockerfile leaves of the context, folders
/// before what is in them.
///
/// # Errors
///
/// An ignore file that cannot be read, a pattern with which docker refuses to
/// build, or a folder that cannot be read.
pub fn entries(context: &Path, dockerfile: &Path, rules: Rules) -> anyhow::Result<Vec<Entry>> {
    let ignore = read_ignore(context, dockerfile, rules)?;
    let filter = |path: &str, _: bool| keep(&ignore, path);
    let entries = Context { folder: context, filter: &filter }.entries();
    entries.with_context(|| format!("cannot read the build context {}", context.display()))
}

/// What of the context a build gets, path by path. Nothing of it where a pattern
/// is refused: the walk of [`content`] has said so before any build.
pub fn keep(ignore: &Ignore, path: &str) -> Keep {
    let mut visit: Option<Visit> = None;
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let Ok(here) = ignore.visit(visit.as_ref(), &path[..end]) else { return Keep::Nothing };
        visit = Some(here);
    }
    match visit {
        Some(visit) if !visit.ignored => Keep::Yes,
        Some(visit) if ignore.may_prune(path, &visit) => Keep::Nothing,
        _ => Keep::Unneeded,
    }
}

/// The first ignore file that is there; without one nothing is ignored.
///
/// # Errors
///
/// A file that cannot be read, or a pattern with which docker refuses to build.
pub fn read_ignore(context: &Path, dockerfile: &Path, rules: Rules) -> anyhow::Result<Ignore> {
    read_ignore_and_path(context, dockerfile, rules).map(|(ignore, _)| ignore)
}

fn read_ignore_and_path(
    context: &Path,
    dockerfile: &Path,
    rules: Rules,
) -> anyhow::Result<(Ignore, PathBuf)> {
    let [own, general] = ignore_files(dockerfile, context);
    let path = if rules == Rules::BuildKit && own.is_file() { own } else { general };
    if !path.is_file() {
        return Ok((Ignore::default(), path));
    }
    let bytes = fs::read(&path)
        .map_err(|error| Fault::usage(format!("cannot read {}: {error}", path.display())))?;
    let parsed = Ignore::parse(&String::from_utf8_lossy(&bytes));
    let ignore = parsed.map_err(|error| refused(&path, &error))?;
    let ignore = if rules == Rules::Legacy { ignore.with_legacy_rules() } else { ignore };
    Ok((ignore, path))
}

fn refused(path: &Path, error: &IgnoreError) -> Fault {
    Fault::usage(format!("{}: {error}", path.display()))
}

/// Why a walk ended early.
enum Stopped {
    /// Something of the context cannot be read.
    Unreadable,
    /// A pattern cannot be compiled, and a path needed it.
    Refused(IgnoreError),
}

impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Self::Unreadable
    }
}

impl From<IgnoreError> for Stopped {
    fn from(error: IgnoreError) -> Self {
        Self::Refused(error)
    }
}

struct Walk<'a> {
    ignore: &'a Ignore,
    content: Content,
}

impl Walk<'_> {
    /// `path` is relative to the context, with `/` between its parts.
    fn folder(&mut self, folder: &Path, path: &str, above: Option<&Visit>) -> Result<(), Stopped> {
        for entry in fs::read_dir(folder)? {
            self.entry(&entry?, path, above)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        entry: &DirEntry,
        parent: &str,
        above: Option<&Visit>,
    ) -> Result<(), Stopped> {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if parent.is_empty() { name.into_owned() } else { format!("{parent}/{name}") };
        let visit = self.ignore.visit(above, &path)?;
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
        let bytes_by = |rules| content(context.path(), &dockerfile, rules).unwrap().unwrap().bytes;
        let bytes = || bytes_by(Rules::BuildKit);
        assert_eq!(bytes(), 84_210);

        write(".dockerignore", 0);
        fs::write(context.path().join(".dockerignore"), "node_modules\n!node_modules/keep\n")
            .unwrap();
        assert_eq!(bytes(), 80_210 + 32);

        fs::write(context.path().join("Dockerfile.dockerignore"), "**\n").unwrap();
        assert_eq!(bytes(), 0);
        assert_eq!(bytes_by(Rules::Legacy), 80_210 + 32 + 3);
    }

    #[test]
    fn a_pattern_that_docker_refuses_is_named_with_its_file_and_line() {
        let context = tempfile::tempdir().unwrap();
        let dockerfile = context.path().join("Dockerfile");
        fs::write(&dockerfile, "FROM scratch\n").unwrap();
        let ignore = context.path().join(".dockerignore");
        for (text, line, reason) in [
            ("a\n[a-z_-].log\n", 2, "\"[a-z_-].log\": malformed [...]"),
            ("[z-a].log\n", 1, "\"[z-a].log\": a range in [...] runs backwards"),
        ] {
            fs::write(&ignore, text).unwrap();
            let error = content(context.path(), &dockerfile, Rules::BuildKit).unwrap_err();
            let path = ignore.display();
            let expected =
                format!("{path}: line {line}: bad ignore pattern {reason} (mend or remove it)");
            assert_eq!(error.to_string(), expected);
        }
    }
}
