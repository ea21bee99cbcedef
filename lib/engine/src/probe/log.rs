//! `log=REGEX[#N]`: the lines of output that match, counted.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

/// Bytes of finished lines that a pattern over several lines may look back at.
const WINDOW_BYTES: usize = 16 << 10;

/// A regular expression for output, and how often it must match.
///
/// Each line is looked at for itself, or with the lines before it if the
/// expression names a line end (`\n`, or the flag `s`). A line that is not
/// finished yet is looked at too, as it grows; each line ends one match at most.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As it was written.
    text: String,
    count: u64,
    regex: Regex,
    spans: bool,
}

impl Pattern {
    /// Reads `REGEX` or `REGEX#N`, in the syntax of the `regex` crate. `\#2` at the
    /// end is the text `#2`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (expression, count) = counted(text)?;
        let wrong = |error: regex::Error| {
            if matches!(error, regex::Error::CompiledTooBig(_)) {
                return format!("the pattern {expression:?} is too large: repeat less in it");
            }
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default();
            let last = last.strip_prefix("error: ").unwrap_or(last);
            format!("the pattern {expression:?} does not compile: {last}")
        };
        let spans = spans_lines(expression);
        let regex = RegexBuilder::new(expression).multi_line(spans).build().map_err(wrong)?;
        Ok(Self { text: expression.to_owned(), count, regex, spans })
    }

    /// The expression alone.
    pub fn expression(&self) -> &str {
        &self.text
    }

    /// How many matches are waited for.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.count > 1 { write!(f, "#{}", self.count) } else { Ok(()) }
    }
}

/// The expression and the number behind the last `#` of it. Without a number, or
/// with a backslash before the `#`, all of it is the expression.
fn counted(text: &str) -> Result<(&str, u64), String> {
    let Some((expression, digits)) = text.rsplit_once('#') else { return Ok((text, 1)) };
    let backslashes = expression.len() - expression.trim_end_matches('\\').len();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || backslashes % 2 == 1 {
        return Ok((text, 1));
    }
    match digits.parse() {
        Ok(count) if count > 0 => Ok((expression, count)),
        _ => Err(format!(
            "#{digits} asks for no match that can come: count from #1, or write \\#{digits} for \
             the text itself"
        )),
    }
}

/// Whether an expression names a line end: `\n` in any spelling, or the flag `s`.
/// That some class has it too (`\s`, `[^x]`) is no wish for several lines, nor is
/// its exclusion (`[^\n]`).
fn spans_lines(expression: &str) -> bool {
    let mut chars = expression.chars().peekable();
    // Open classes, and whether each is an exclusion.
    let mut classes: Vec<bool> = Vec::new();
    while let Some(char) = chars.next() {
        let line_end = match char {
            '\\' => match chars.next() {
                Some('n') => true,
                Some(kind @ ('x' | 'u' | 'U')) => code_point(kind, &mut chars) == Some(10),
                _ => false,
            },
            '[' => {
                let excludes = chars.next_if_eq(&'^').is_some();
                classes.push(excludes);
                // A bracket that comes first is meant as itself.
                let _ = chars.next_if_eq(&']');
                false
            }
            ']' => {
                classes.pop();
                false
            }
            '(' if classes.is_empty() && chars.next_if_eq(&'?').is_some() => {
                let flag = |char: &char| char.is_ascii_alphabetic();
                let set = std::iter::from_fn(|| chars.next_if(flag)).collect::<String>();
                if set.contains('s') && !set.starts_with('P') {
                    return true;
                }
                false
            }
            other => other == '\n',
        };
        if line_end && !classes.contains(&true) {
            return true;
        }
    }
    false
}

/// The number of a `\x0A`, `\u000A` or `\x{A}`, behind its letter.
fn code_point(
    kind: char,
    chars: &mut std::iter::Peekable<impl Iterator<Item = char>>,
) -> Option<u32> {
    let digits: String = if chars.next_if_eq(&'{').is_some() {
        std::iter::from_fn(|| chars.next_if(|char| *char != '}')).collect()
    } else {
        let length = match kind {
            'x' => 2,
            'u' => 4,
            _ => 8,
        };
        chars.take(length).collect()
    };
    u32::from_str_radix(&digits, 16).ok()
}

/// The matches of a pattern in the output of a container, as it comes.
#[derive(Debug, Default)]
pub(super) struct Matches {
    seen: u64,
    /// Of stdout and stderr.
    streams: [Stream; 2],
}

#[derive(Debug, Default)]
struct Stream {
    /// Whether the line that is being written was counted.
    counted: bool,
    /// The finished lines since the last match, for a pattern that spans lines.
    before: Vec<u8>,
}

impl Matches {
    /// How many there were.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Looks at a line of stdout or stderr that has grown or ended.
    pub(super) fn look(&mut self, pattern: &Pattern, stderr: bool, line: &[u8], ended: bool) {
        let stream = &mut self.streams[usize::from(stderr)];
        if !stream.counted && stream.matches(pattern, line, ended) {
            stream.counted = true;
            self.seen += 1;
        }
        if ended {
            stream.end(pattern, line);
        }
    }
}

impl Stream {
    fn matches(&mut self, pattern: &Pattern, line: &[u8], ended: bool) -> bool {
        if !pattern.spans {
            return pattern.regex.is_match(line);
        }
        let known = self.before.len();
        self.before.extend_from_slice(line);
        if ended {
            self.before.push(b'\n');
        }
        let matches = pattern.regex.is_match(&self.before);
        self.before.truncate(known);
        matches
    }

    fn end(&mut self, pattern: &Pattern, line: &[u8]) {
        if std::mem::take(&mut self.counted) {
            self.before.clear();
        } else if pattern.spans {
            self.before.extend_from_slice(line);
            self.before.push(b'\n');
            let excess = self.before.len().saturating_sub(WINDOW_BYTES);
            if excess > 0 {
                let whole = self.before[excess..].iter().position(|byte| *byte == b'\n');
                self.before.drain(..whole.map_or(self.before.len(), |at| excess + at + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    /// How often it matches in output that comes in these parts.
    fn seen(text: &str, parts: &[&str]) -> u64 {
        let (pattern, mut matches, mut open) = (pattern(text), Matches::default(), String::new());
        for part in parts {
            for piece in part.split_inclusive('\n') {
                open.push_str(piece.trim_end_matches('\n'));
                let ended = piece.ends_with('\n');
                matches.look(&pattern, false, open.as_bytes(), ended);
                if ended {
                    open.clear();
                }
            }
        }
        matches.seen()
    }

    #[test]
    fn a_number_behind_the_last_hash_is_a_count_unless_escaped() {
        for (text, expression, count) in [
            ("ready", "ready", 1),
            ("ready#2", "ready", 2),
            ("ready#1", "ready", 1),
            ("build #2#3", "build #2", 3),
            (r"build \#2", r"build \#2", 1),
            (r"path\\#2", r"path\\", 2),
            (r"path\\\#2", r"path\\\#2", 1),
            ("build [#]2", "build [#]2", 1),
            ("# ready", "# ready", 1),
            ("ready#", "ready#", 1),
            ("#2b", "#2b", 1),
            ("#2", "", 2),
            ("ready#+2", "ready#+2", 1),
        ] {
            let pattern = pattern(text);
            assert_eq!((pattern.expression(), pattern.count()), (expression, count), "{text}");
        }
        assert_eq!(pattern("ready#1").to_string(), "ready");
        assert_eq!(pattern("ready#20").to_string(), "ready#20");
        assert_eq!(seen(r"build \#2", &["build #1\nbuild #2\n"]), 1);
    }

    #[test]
    fn a_count_that_cannot_come_is_refused_with_both_ways_out() {
        for text in ["ready#0", "ready#00", "ready#99999999999999999999"] {
            let error = Pattern::parse(text).unwrap_err();
            assert!(error.contains("count from #1") && error.contains("write \\#"), "{error}");
        }
    }

    #[test]
    fn a_line_counts_once_however_it_comes() {
        assert_eq!(seen("ready", &["ready\nno\nready\n"]), 2);
        assert_eq!(seen("ready", &["rea", "dy", " now", "\n", "ready"]), 2);
        assert_eq!(seen("ready", &["ready ready\n"]), 1);
        assert_eq!(seen("^$", &["a\n\n\nb\n"]), 2);
        assert_eq!(seen("absent", &["ready\n"]), 0);
    }

    #[test]
    fn only_a_pattern_that_names_a_line_end_spans_lines() {
        for text in [
            r"a\nb",
            "a\nb",
            r"a\x0Ab",
            r"a\x{a}b",
            r"a\u000Ab",
            r"a\U0000000Ab",
            "(?s)a.b",
            "(?ms:a.b)",
            "(?is-u)a.b",
            r"a[ \n]b",
            r"[^a]\n",
        ] {
            assert!(spans_lines(text), "{text}");
        }
        for text in [
            "a.b",
            r"a\sb",
            "[^x]",
            r"[^\n]*",
            r"[^]\n]",
            r"a\\nb",
            r"\x41",
            "(?i)ready",
            "(?-s).",
            "(?P<s>a)",
            "(?<s>a)",
            "(?:s)",
            "[(?s)]",
        ] {
            assert!(!spans_lines(text), "{text}");
        }
    }

    #[test]
    fn a_pattern_over_several_lines_counts_at_its_last_line() {
        let text = "up\nlistening\nup\nnoise\nlistening\nup\nlistening\n";
        assert_eq!(seen(r"^up\nlistening$", &[text]), 2);
        assert_eq!(seen("(?s)up.*listening", &[text]), 3);
        // The same however it is cut.
        for at in 1..text.len() {
            assert_eq!(seen("(?s)up.*listening", &[&text[..at], &text[at..]]), 3, "{at}");
        }
        assert_eq!(seen(r"up\n", &["up"]), 0);
        assert_eq!(seen(r"up\n", &["up", "\n"]), 1);
        // What ended one match begins no other.
        assert_eq!(seen(r"a\na", &["a\na\na\n"]), 1);
        assert_eq!(seen(r"a\na", &["a\na\na\na\n"]), 2);
    }

    #[test]
    fn lines_of_stdout_and_stderr_do_not_mix() {
        let (pattern, mut matches) = (pattern(r"a\nb"), Matches::default());
        for (stderr, line) in [(false, "a"), (true, "b"), (false, "b"), (true, "a"), (true, "b")] {
            matches.look(&pattern, stderr, line.as_bytes(), true);
        }
        assert_eq!(matches.seen(), 2);
    }

    #[test]
    fn what_lies_far_back_is_forgotten_by_whole_lines() {
        let noise = "noise\n".repeat(WINDOW_BYTES / 6 + 1);
        assert_eq!(seen("(?s)begin.*end", &["begin\n", "noise\n", "end\n"]), 1);
        assert_eq!(seen("(?s)begin.*end", &["begin\n", &noise, "end\n"]), 0);
        assert_eq!(seen(r"(?s)\Anoise\n.*end", &["begin\n", &noise, "end\n"]), 1);
    }
}
