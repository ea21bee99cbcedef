//! One pattern of a `.dockerignore`, matched as moby/patternmatcher does.
//!
//! The engine accepts what Go's `filepath.Match` does not complain of when it matches the pattern
//! against `.`, but then matches by a regular expression that it makes of the pattern, character by
//! character. The quirks of that translation decide which files a build gets, so the translation is
//! done here too, and [`go_regex`] runs its result. Tried for this and passed over: the `ignore` and
//! `globset` crates, which read patterns as git does (12 of 51 sets of patterns differed).

use regex::Regex;

use crate::glob;
use crate::go_regex;

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
    /// Go cannot compile the expression: the engine notices when it first needs it.
    Refused(&'static str),
}

impl Pattern {
    /// Compiles what [`glob::clean_line`] made of a line.
    ///
    /// # Errors
    ///
    /// What the engine says of the pattern before it looks at any file.
    pub(crate) fn compile(line: &str) -> Result<Self, &'static str> {
        let line = glob::clean(line.trim());
        let (exception, text) = match line.strip_prefix('!') {
            Some("") => return Err("nothing follows the !"),
            Some(text) => (true, text.to_owned()),
            None => (false, line),
        };
        glob::check(&text)?;
        let how = compile(&text);
        Ok(Self { exception, text, how })
    }

    /// Whether it matches this path itself (relative, with `/`).
    ///
    /// # Errors
    ///
    /// What Go says of the expression that the engine makes of this pattern, if it refuses it.
    pub(crate) fn matches(&self, path: &str) -> Result<bool, &'static str> {
        Ok(match &self.how {
            How::Exact => path == self.text,
            How::Prefix => path.starts_with(self.text.strip_suffix("**").unwrap_or(&self.text)),
            How::Suffix => {
                let suffix = self.text.strip_prefix("**").unwrap_or(&self.text);
                path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path)
            }
            How::Regex(regex) => regex.is_match(path),
            How::Refused(reason) => return Err(reason),
        })
    }

    /// The pattern itself, cleaned, without the `!`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The folder or file that its matches lie in or are, unless wildcards hide it.
    pub(crate) fn plain_path(&self) -> Option<&str> {
        let text = self.text.strip_suffix("/**").unwrap_or(&self.text);
        let text = text.strip_suffix("/*").unwrap_or(text);
        (!text.contains(['*', '[', ']', '?', '^', '\\'])).then_some(text)
    }
}

/// Characters that the engine takes for literals. It means to do so with `|`, `{` and `}` too, but
/// its table has no room for them: they reach the regular expression as they are.
const LITERAL: &str = ".+()$";

#[derive(PartialEq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Regex,
}

/// The engine's translation: character by character, looking only for what means something.
fn compile(pattern: &str) -> How {
    let mut kind = Kind::Exact;
    let mut regex = String::from("^");
    // The engine's scanner drops a byte order mark where it begins.
    let pattern = pattern.strip_prefix('\u{feff}').unwrap_or(pattern);
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
                // A \ at the end meets the $ that follows: the expression is then open at its end.
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
    match kind {
        Kind::Exact => How::Exact,
        Kind::Prefix => How::Prefix,
        Kind::Suffix => How::Suffix,
        Kind::Regex => {
            regex.push('$');
            go_regex::compile(&regex).map_or_else(How::Refused, How::Regex)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::compile(pattern).unwrap().matches(path).unwrap()
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
    fn bars_and_braces_reach_the_expression() {
        for (pattern, path, expected) in [
            // Without anything that makes it an expression the pattern is a name.
            ("a|b", "a|b", true),
            ("a|b", "a", false),
            // "^a|b[^/]*$": begins with an a, or ends with a b and anything but a /.
            ("a|b*", "axy/z", true),
            ("a|b*", "x/bc", true),
            ("a|b*", "xa", false),
            ("a{2}*", "aab", true),
            ("a{2}*", "a{2}b", false),
            ("{a,b}*", "{a,b}c", true),
            ("{a,b}*", "ac", false),
            ("**/a{2}", "x/a{2}", true),
            ("[{|}]", "|", true),
            ("(a)+$*", "(a)+$b", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn an_escape_at_the_end_of_a_later_part_meets_the_end_of_the_expression() {
        assert!(matches("a*\\", "ab$cd"));
        assert!(!matches("a*\\", "ab"));
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for pattern in ["[", "[]", "[]a]", "[a", "[-a]", "[a-]", "a\\", "!", "!/"] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
        for pattern in ["[b-a]", "\\p", "a*[z", "[[:foo:]]", "a{3,2}*", "*{2}"] {
            let pattern = Pattern::compile(pattern).unwrap();
            assert!(pattern.matches("x").is_err(), "{pattern:?}");
        }
    }

    /// Patterns and paths by chance, without `|`, `{` and `}`, with what two matchers agreed on: this
    /// one, and one that interpreted the expression itself instead of translating it.
    #[test]
    fn patterns_by_chance_match_as_they_were_recorded() {
        let lines = include_str!("../tests/ignore_corpus.txt").lines();
        for line in lines {
            let fields: Vec<&str> = line.split('\t').collect();
            let [pattern, path, answer] = fields[..] else { panic!("{line}") };
            let text = |json: &str| serde_json::from_str::<String>(json).unwrap();
            assert_eq!(matches(&text(pattern), &text(path)), answer == "yes", "{line}");
        }
    }
}
