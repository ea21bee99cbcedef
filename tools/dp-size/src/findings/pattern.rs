//! Patterns for paths within an image.

use crate::glob::Glob;
use crate::tree::{PathId, Paths};

/// A pattern for paths.
///
/// `/a/b` is that path, `**/b` every path of that name, a `*` within a component
/// any part of it. `~` stands for the home of any user: users of images live in `/root`,
/// `/home`, `/var/lib`, `/app`, `/`, so it is any folder. With a slash at its end it
/// matches directories only, without one only what is no directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Components, the last one first.
    components: Vec<Glob>,
    /// Whether the components begin at the root.
    anchored: bool,
    /// Whether it matches directories.
    pub(super) folder: bool,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn read(text: &'static str) -> Self {
        let (text, folder) = match text.strip_suffix('/') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let anywhere = text.strip_prefix("~/").or(text.strip_prefix("**/"));
        let components = anywhere.unwrap_or(text).rsplit('/').filter(|one| !one.is_empty());
        let components = components.map(Glob::new).collect();
        Self { components, anchored: anywhere.is_none(), folder }
    }

    /// The last component.
    pub(super) fn last(&self) -> Glob {
        self.components.first().copied().unwrap_or(Glob::new(""))
    }

    /// Whether it matches this path.
    pub(super) fn matches(&self, paths: &Paths, path: PathId) -> bool {
        let mut at = path;
        for component in &self.components {
            match paths.parent(at) {
                Some(parent) if component.matches(paths.name(at)) => at = parent,
                _ => return false,
            }
        }
        !self.anchored || at == PathId::ROOT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::resolve;

    fn matches(pattern: &'static str, path: &str) -> bool {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, path.as_bytes()).unwrap();
        Pattern::read(pattern).matches(&paths, id)
    }

    #[test]
    fn a_pattern_is_for_its_paths_and_no_others() {
        for (pattern, path) in [
            ("/var/cache/apt/", "/var/cache/apt"),
            ("**/.git/", "/.git"),
            ("**/.git/", "/srv/app/.git"),
            ("**/R/library/*/help/", "/usr/lib/R/library/base/help"),
            ("**/*.js.map", "/app/a.js.map"),
            ("~/.cache/pip/", "/root/.cache/pip"),
            ("~/.cache/pip/", "/home/app/.cache/pip"),
            ("~/.cache/pip/", "/var/lib/jenkins/.cache/pip"),
            ("~/.cache/pip/", "/.cache/pip"),
            ("/tmp/Rtmp*/", "/tmp/RtmpAbC"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/var/cache/apt/", "/srv/var/cache/apt"),
            ("/var/cache/apt/", "/var/cache/apt/archives"),
            ("/var/cache/apt/", "/var/cache"),
            ("**/.git/", "/srv/x.git"),
            ("~/.cache/pip/", "/root/.cache/pip-tools"),
            ("~/.cache/pip/", "/root/cache/pip"),
            ("**/R/library/*/help/", "/R/library/help"),
            ("**/*.js.map", "/app/js.map"),
            ("/a", "/"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
