//! One pattern of a `.dockerignore`, matched as moby/patternmatcher does.
//!
//! The engine accepts what Go's `filepath.Match` accepts, but matches by a regular expression that
//! it makes of the pattern, character by character. The quirks of that translation decide which
//! files a build gets, so the translation is done here too, and [`Regex`] runs its result.

use crate::glob;
use crate::regex::Regex;

/// A pattern, ready to be matched.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// Whether paths that match are kept after all (`!`).
    pub(crate) exception: bool,
    /// Cleaned, without the `!`.
    text: String,
    how: How,
}

/// How the engine matches a pattern: by a regular expression only where it must.
#[derive(Debug, Clone)]
enum How {
    Exact,
    /// All that begins with the pattern without its `**` at the end.
    Prefix,
    /// All that ends with the pattern without its `**` at the beginning.
    Suffix,
    Regex(Regex),
}

impl Pattern {
    /// Compiles what [`glob::clean_line`] made of a line; the error says what is wrong.
    pub(crate) fn compile(line: &str) -> Result<Self, &'static str> {
        let line = glob::clean(line.trim());
        let (exception, text) = match line.strip_prefix('!') {
            Some("") => return Err("nothing follows the !"),
            Some(text) => (true, text.to_owned()),
            None => (false, line),
        };
        glob::check(&text)?;
        let how = compile(&text)?;
        Ok(Self { exception, text, how })
    }

    /// Whether it matches this path itself (relative, with `/`).
    pub(crate) fn matches(&self, path: &str) -> bool {
        match &self.how {
            How::Exact => path == self.text,
            How::Prefix => path.starts_with(self.text.strip_suffix("**").unwrap_or(&self.text)),
            How::Suffix => {
                let suffix = self.text.strip_prefix("**").unwrap_or(&self.text);
                path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path)
            }
            How::Regex(regex) => regex.matches(path),
        }
    }

    /// The folder or file that its matches lie in or are, unless wildcards hide it.
    pub(crate) fn plain_path(&self) -> Option<&str> {
        let text = self.text.strip_suffix("/**").unwrap_or(&self.text);
        let text = text.strip_suffix("/*").unwrap_or(text);
        (!text.contains(['*', '[', ']', '?', '^', '\\'])).then_some(text)
    }
}

/// Characters that mean something in a regular expression and nothing in a pattern.
const LITERAL: &str = ".+()|{}$";

#[derive(PartialEq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Regex,
}

fn compile(pattern: &str) -> Result<How, &'static str> {
    let mut kind = Kind::Exact;
    let mut regex = String::new();
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                // "**/" is the same as "**".
                let _ = chars.next_if_eq(&'/');
                let last = chars.peek().is_none();
                kind = match (first, last, kind) {
                    (true, ..) => Kind::Suffix,
                    (_, true, Kind::Exact) => Kind::Prefix,
                    _ => Kind::Regex,
                };
                regex.push_str(if last { ".*" } else { "(.*/)?" });
            }
            '*' | '?' | '\\' | '[' | ']' => {
                kind = Kind::Regex;
                match c {
                    '*' => regex.push_str("[^/]*"),
                    '?' => regex.push_str("[^/]"),
                    _ => regex.push(c),
                }
                if c == '\\' {
                    regex.extend(chars.next());
                }
            }
            _ => {
                if LITERAL.contains(c) {
                    regex.push('\\');
                }
                regex.push(c);
            }
        }
        first = false;
    }
    Ok(match kind {
        Kind::Exact => How::Exact,
        Kind::Prefix => How::Prefix,
        Kind::Suffix => How::Suffix,
        Kind::Regex => How::Regex(Regex::parse(&regex)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::compile(pattern).unwrap().matches(path)
    }

    #[test]
    fn two_stars_cross_folders_and_one_does_not() {
        for (pattern, path, expected) in [
            ("**", "a/b", true),
            ("*", "a/b", false),
            ("*", "a", true),
            ("**/a", "a", true),
            ("**/a", "x/y/a", true),
            ("**/a", "xa", false),
            ("**a", "xa", true),
            ("a/**", "a", false),
            ("a/**", "a/b/c", true),
            ("a**", "ab/c", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b", "a/xb", false),
            ("a**/b", "ax/b", true),
            ("**/*.go", "x.go", true),
            ("**/*.go", "a/b/x.go", true),
            ("**/**", "a", true),
            ("a?c", "a/c", false),
            ("a?c", "aéc", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn classes_and_escapes_follow_the_engines_translation() {
        for (pattern, path, expected) in [
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[^a]x", "/x", true),
            ("[\\]]x", "]x", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("a.b*", "axb", false),
            ("^a*", "ab", true),
            ("a^b*", "a^b", false),
            ("a^b", "a^b", true),
            ("\\d*", "5", true),
            ("\\d*", "d", false),
            ("[*]", "*", false),
            ("[*]", "[]", true),
            ("a]*", "a]", true),
            ("(a)*", "(a)", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for pattern in ["[", "[]", "[]a]", "[a", "[-a]", "[a-]", "a\\", "!", "!/", "[b-a]", "\\p"] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
    }
}
