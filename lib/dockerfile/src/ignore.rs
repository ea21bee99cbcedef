//! The rules of a `.dockerignore` file.

use std::path::{Path, PathBuf};

use crate::glob;
use crate::pattern::Pattern;

/// The patterns of a `.dockerignore` file, by the rules of the engine (moby/patternmatcher).
///
/// The last pattern that matches decides; a pattern that matches a folder matches all below it;
/// patterns are anchored at the context's root; `!` makes an exception.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    lines: Vec<Line>,
    is_legacy: bool,
}

/// A line with a pattern on it.
#[derive(Debug, Clone)]
struct Line {
    /// Counted from 1.
    number: usize,
    written: String,
    pattern: Pattern,
}

/// A pattern with which the engine refuses to build.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: bad ignore pattern {pattern:?}: {reason} (mend or remove it)")]
pub struct IgnoreError {
    /// Where, counted from 1.
    pub line: usize,
    /// The line as written.
    pub pattern: String,
    /// What is wrong.
    pub reason: &'static str,
}

/// What the patterns say of one file or folder.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Whether it is left out of the build context.
    pub ignored: bool,
    /// Which patterns match it or a folder above it, as far as that was looked at.
    matched: Vec<bool>,
}

impl Ignore {
    /// Reads the text of a `.dockerignore` file.
    ///
    /// # Errors
    ///
    /// The first pattern that the engine refuses before it looks at any file.
    pub fn parse(text: &str) -> Result<Self, IgnoreError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Vec::new();
        for (at, written) in text.lines().enumerate() {
            let Some(line) = glob::clean_line(written) else {
                continue;
            };
            let (number, written) = (at + 1, written.to_owned());
            match Pattern::compile(&line) {
                Ok(pattern) => lines.push(Line { number, written, pattern }),
                Err(reason) => {
                    return Err(IgnoreError { line: number, pattern: written, reason });
                }
            }
        }
        Ok(Self { lines, is_legacy: false })
    }

    /// The same patterns by the rules of the docker CLI when it feeds the builder from before
    /// `BuildKit`: it leaves out a folder with all below it unless an exception begins with the
    /// folder's name to the letter, so that `!*/keep` keeps nothing in a folder that is ignored.
    #[must_use]
    pub fn with_legacy_rules(self) -> Self {
        Self { is_legacy: true, ..self }
    }

    /// Whether the file or folder is left out of the build context.
    ///
    /// `path` is relative to the context, with `/` and without `.` or `..`. A folder that is
    /// ignored still exists in the image when something below it is kept.
    ///
    /// # Errors
    ///
    /// See [`Self::visit`].
    pub fn is_ignored(&self, path: &str) -> Result<bool, IgnoreError> {
        let mut visit = None;
        for (end, _) in path.match_indices('/') {
            let folder = &path[..end];
            let here = self.visit(visit.as_ref(), folder)?;
            if self.may_prune(folder, &here) {
                return Ok(true);
            }
            visit = Some(here);
        }
        Ok(self.visit(visit.as_ref(), path)?.ignored)
    }

    /// The same for a walk: `parent` is what this gave for the folder above (`None` at the root).
    ///
    /// # Errors
    ///
    /// A pattern that the engine cannot compile. It notices when it first needs the pattern, so a
    /// pattern of which no path of the context asks is no error.
    pub fn visit(&self, parent: Option<&Visit>, path: &str) -> Result<Visit, IgnoreError> {
        let mut ignored = false;
        let mut matched = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            let inherited = parent.is_some_and(|parent| parent.matched.get(at) == Some(&true));
            // The engine looks only at what can change the answer, and what it did not look at
            // for a folder counts as "no match" for all that is below.
            let hit = inherited || line.pattern.exception == ignored && line.matches(path)?;
            matched.push(hit);
            if hit {
                ignored = !line.pattern.exception;
            }
        }
        Ok(Visit { ignored, matched })
    }

    /// Whether a walk may leave out all that is below this folder.
    ///
    /// The engine does so when the folder is ignored and no exception can reach below it; an
    /// exception with wildcards might always.
    pub fn may_prune(&self, folder: &str, visit: &Visit) -> bool {
        let patterns = self.lines.iter().map(|line| &line.pattern);
        let mut exceptions = patterns.filter(|pattern| pattern.exception);
        visit.ignored
            && exceptions.all(|exception| {
                let path =
                    if self.is_legacy { Some(exception.text()) } else { exception.plain_path() };
                path.is_some_and(|path| !is_in_or_same(path, folder))
            })
    }
}

impl Line {
    fn matches(&self, path: &str) -> Result<bool, IgnoreError> {
        self.pattern.matches(path).map_err(|reason| IgnoreError {
            line: self.number,
            pattern: self.written.clone(),
            reason,
        })
    }
}

fn is_in_or_same(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The ignore files of a build, in the order in which they are looked for: the first that exists
/// is the only one that counts.
///
/// `dockerfile` is the path of the Dockerfile, `context` that of the context's root.
pub fn ignore_files(dockerfile: &Path, context: &Path) -> [PathBuf; 2] {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    [own.into(), context.join(".dockerignore")]
}
