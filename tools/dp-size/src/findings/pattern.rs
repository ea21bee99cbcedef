//! Patterns for paths within an image.

use crate::tree::{PathId, Paths};

/// A pattern, read.
///
/// `/a/b` is that path, `**/b` every path of that name, a `*` within a
/// component any part of it. `~` stands for `/root` and for `/home/*`. With a
/// slash at its end it is for directories only, and without for all else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Components, the last one first.
    components: Vec<Glob>,
    /// Whether they begin at the root.
    anchored: bool,
    /// Whether it is for directories.
    pub(super) folder: bool,
}

/// A name with at most one `*`, which stands for any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glob {
    begin: &'static [u8],
    end: Option<&'static [u8]>,
}

impl Pattern {
    /// Reads a pattern; those with a `~` are two.
    pub(super) fn read(text: &'static str) -> Vec<Self> {
        let (text, folder) = match text.strip_suffix('/') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let below = |home: &[&'static str], rest: &'static str| -> Vec<Glob> {
            let mut components: Vec<&'static str> =
                rest.rsplit('/').filter(|one| !one.is_empty()).collect();
            components.extend(home);
            components.into_iter().map(Glob::read).collect()
        };
        let anchored = |components| Self { components, anchored: true, folder };
        if let Some(rest) = text.strip_prefix('~') {
            return vec![anchored(below(&["root"], rest)), anchored(below(&["*", "home"], rest))];
        }
        match text.strip_prefix("**/") {
            Some(rest) => vec![Self { components: below(&[], rest), anchored: false, folder }],
            None => vec![anchored(below(&[], text))],
        }
    }

    /// The last component.
    pub(super) fn last(&self) -> Glob {
        self.components.first().copied().unwrap_or(Glob { begin: b"", end: None })
    }

    /// Whether it is for this path.
    pub(super) fn matches(&self, paths: &Paths, path: PathId) -> bool {
        let mut at = path;
        for component in &self.components {
            match paths.parent(at) {
                Some(parent) if component.fits(paths.name(at)) => at = parent,
                _ => return false,
            }
        }
        !self.anchored || at == PathId::ROOT
    }
}

impl Glob {
    /// Reads a name.
    pub(super) fn read(text: &'static str) -> Self {
        match text.split_once('*') {
            None => Self { begin: text.as_bytes(), end: None },
            Some((begin, end)) => Self { begin: begin.as_bytes(), end: Some(end.as_bytes()) },
        }
    }

    /// The only name that it fits, if there is but one.
    pub(super) fn literal(self) -> Option<&'static [u8]> {
        self.end.is_none().then_some(self.begin)
    }

    /// Whether it fits a name.
    pub(super) fn fits(self, name: &[u8]) -> bool {
        match self.end {
            None => self.begin == name,
            Some(end) => {
                name.len() >= self.begin.len() + end.len()
                    && name.ends_with(end)
                    && name.starts_with(self.begin)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::resolve;

    fn matches(pattern: &'static str, path: &str) -> bool {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, path.as_bytes()).unwrap();
        Pattern::read(pattern).iter().any(|one| one.matches(&paths, id))
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
            ("/tmp/Rtmp*/", "/tmp/RtmpAbC"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/var/cache/apt/", "/srv/var/cache/apt"),
            ("/var/cache/apt/", "/var/cache/apt/archives"),
            ("/var/cache/apt/", "/var/cache"),
            ("**/.git/", "/srv/x.git"),
            ("~/.cache/pip/", "/home/.cache/pip"),
            ("~/.cache/pip/", "/srv/root/.cache/pip"),
            ("**/R/library/*/help/", "/R/library/help"),
            ("**/*.js.map", "/app/js.map"),
            ("/a", "/"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_star_may_stand_for_nothing_but_not_for_what_is_told_twice() {
        assert!(Glob::read("a*").fits(b"a"));
        assert!(Glob::read("*").fits(b""));
        assert!(!Glob::read("ab*ba").fits(b"aba"));
    }
}
