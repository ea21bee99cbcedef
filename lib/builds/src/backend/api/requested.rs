//! Which paths of the context a build uses: the engine asks for those that COPY
//! and ADD name.

use std::path::{Component, Path, PathBuf};

use hyper::HeaderMap;

use crate::context::{Filter, Keep};

/// The ignore file, which the engine reads before it knows what to leave out.
const IGNORE_FILE: &str = ".dockerignore";

/// What of a context is asked for. Sending more than that does no harm.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RequestedPaths {
    /// All that is kept.
    All,
    /// What is at or below these paths.
    Paths(Vec<PathBuf>),
    /// The ignore file, whatever it says of itself.
    IgnoreFile,
}

impl RequestedPaths {
    /// Reads the head of a request. Patterns, and paths that go through links in
    /// `folder`, are for the engine to follow: then all is sent.
    pub(super) fn read(head: &HeaderMap, folder: &Path) -> Self {
        let values = head.get_all("followpaths").iter().chain(head.get_all("include-patterns"));
        let paths: Option<Vec<PathBuf>> =
            values.map(|value| plain(std::str::from_utf8(value.as_bytes()).ok()?)).collect();
        let encoded = ["followpaths-encoded", "include-patterns-encoded"];
        let Some(paths) = paths.filter(|_| !encoded.iter().any(|name| head.contains_key(*name)))
        else {
            return Self::All;
        };
        if paths == [Path::new(IGNORE_FILE)] && !head.contains_key("exclude-patterns") {
            return Self::IgnoreFile;
        }
        let whole = paths.is_empty() || paths.iter().any(|path| path.as_os_str().is_empty());
        if whole || paths.iter().any(|path| has_link(folder, path)) {
            return Self::All;
        }
        Self::Paths(paths)
    }

    /// What is sent of one path.
    pub(super) fn keep(&self, path: &str, is_folder: bool, filter: &Filter<'_>) -> Keep {
        match self {
            Self::All => filter(path, is_folder),
            Self::IgnoreFile if path == IGNORE_FILE => Keep::Yes,
            Self::IgnoreFile => Keep::Nothing,
            Self::Paths(paths) => {
                let path = Path::new(path);
                if paths.iter().any(|requested| path.starts_with(requested)) {
                    filter(&path.to_string_lossy(), is_folder)
                } else if paths.iter().any(|requested| requested.starts_with(path)) {
                    match filter(&path.to_string_lossy(), is_folder) {
                        Keep::Nothing => Keep::Nothing,
                        _ => Keep::Unneeded,
                    }
                } else {
                    Keep::Nothing
                }
            }
        }
    }
}

/// The path, if it is no pattern: relative and without `.` and `..`.
fn plain(path: &str) -> Option<PathBuf> {
    if path.contains(['*', '?', '[', '\\']) {
        return None;
    }
    let mut plain = PathBuf::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

fn has_link(folder: &Path, path: &Path) -> bool {
    let parts = path.ancestors().filter(|part| !part.as_os_str().is_empty());
    parts.map(|part| folder.join(part)).any(|part| part.is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, value.parse().unwrap());
        }
        head
    }

    fn requested(fields: &[(&'static str, &str)], folder: &Path) -> RequestedPaths {
        RequestedPaths::read(&head(fields), folder)
    }

    #[test]
    fn named_paths_are_taken_alone() {
        let folder = tempfile::tempdir().unwrap();
        let found =
            requested(&[("followpaths", "src/lib"), ("followpaths", "/a.txt")], folder.path());
        assert_eq!(found, RequestedPaths::Paths(vec!["src/lib".into(), "a.txt".into()]));
        let all = |_: &str, _: bool| Keep::Yes;
        let keep = |path: &str| found.keep(path, false, &all);
        assert_eq!(["src/lib", "src/lib/x/y", "a.txt"].map(keep), [Keep::Yes; 3]);
        assert_eq!(keep("src"), Keep::Unneeded);
        assert_eq!(["src/main", "b", "src/libx"].map(keep), [Keep::Nothing; 3]);
        let nothing = |_: &str, _: bool| Keep::Nothing;
        assert_eq!(found.keep("src", true, &nothing), Keep::Nothing);
    }

    #[test]
    fn where_a_path_is_not_enough_all_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).unwrap();
        for fields in [
            &[][..],
            &[("followpaths", "*.txt")],
            &[("followpaths", "a"), ("followpaths", "/")],
            &[("followpaths", "../a")],
            &[("followpaths", "link/below")],
            &[("followpaths", "%C3%A9"), ("followpaths-encoded", "1")],
        ] {
            assert_eq!(requested(fields, folder.path()), RequestedPaths::All, "{fields:?}");
        }
    }

    #[test]
    fn the_ignore_file_is_sent_whatever_it_says_of_itself() {
        let folder = tempfile::tempdir().unwrap();
        let found = requested(&[("followpaths", ".dockerignore")], folder.path());
        let nothing = |_: &str, _: bool| Keep::Nothing;
        assert_eq!(found.keep(".dockerignore", false, &nothing), Keep::Yes);
        assert_eq!(found.keep("a", false, &nothing), Keep::Nothing);
        let copied = [("followpaths", ".dockerignore"), ("exclude-patterns", "*")];
        assert_eq!(
            requested(&copied, folder.path()).keep(".dockerignore", false, &nothing),
            Keep::Nothing
        );
    }
}
