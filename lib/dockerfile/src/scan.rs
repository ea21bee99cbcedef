//! From physical lines to whole instructions: directives, continuations, comments, heredocs.
//!
//! By hand, since the lines that come out must be those that `BuildKit` means. Tried instead:
//! `parse-dockerfile` 0.1.9, which refuses `RUN cat <<EOF > /f` (the name must end the line there),
//! knows one dialect of heredocs, and gives spans that are off by the length of a byte order mark.
//!
//! One example of all that happens to a line, with `\` as the escape character:
//!
//! ```text
//! 3  RUN apt-get update && \     begins an instruction; the \ at the end continues it
//! 4    # for the tests           a comment inside a continuation: belongs to it, adds nothing
//! 5    cat <<EOF > /etc/motd     its last line; the words of 3 + 5 announce a body that EOF ends
//! 6  RUN not an instruction      a line of the body
//! 7  EOF                         the end of the body, and of the instruction: lines 3 to 7
//! ```

use crate::dialect::Dialect;
use crate::heredoc::{self, Heredoc};
use crate::text;

/// The parser directives at the top of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directives {
    /// `# syntax=`: the frontend image that the file asks for.
    pub syntax: Option<String>,
    /// `# escape=`: the continuation and escape character, `\` or `` ` ``.
    pub escape: char,
    /// `# check=`: options of BuildKit's own lint.
    pub check: Option<String>,
}

impl Default for Directives {
    fn default() -> Self {
        Self { syntax: None, escape: '\\', check: None }
    }
}

/// Something that `BuildKit` warns of or rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, counted from 1.
    pub line: usize,
    /// What, in one line.
    pub message: String,
}

/// One instruction as the scanner found it, before its words are looked at.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// First line, 1-based.
    pub(crate) line: usize,
    /// Last line, 1-based; trailing lines of an open continuation belong to it, as in BuildKit.
    pub(crate) end_line: usize,
    /// The parts put together as BuildKit does it: nothing between them.
    pub(crate) joined: String,
    /// The parts put together for a reader: one space where there was white space.
    pub(crate) text: String,
    /// The exact lines, with their line ends.
    pub(crate) raw: String,
    /// How many bodies follow the instruction's own lines.
    pub(crate) heredocs: usize,
    /// Whether each of these bodies has its end in the file.
    pub(crate) heredocs_end: bool,
}

/// What the scanner made of a whole file.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) directives: Directives,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) problems: Vec<Problem>,
}

/// Splits `input` into instructions, as a frontend of this dialect does.
pub(crate) fn scan(input: &str, dialect: Dialect) -> Scan {
    let input = input.strip_prefix('\u{feff}').unwrap_or(input);
    let mut scanner = Scanner {
        lines: input.split_inclusive('\n'),
        line: 0,
        dialect,
        in_directives: true,
        seen: Vec::new(),
        found: Scan::default(),
    };
    while let Some(raw) = scanner.take() {
        scanner.instruction(raw);
    }
    scanner.found
}

struct Scanner<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    /// The number of the line that was taken last.
    line: usize,
    dialect: Dialect,
    in_directives: bool,
    /// Names of the directives so far: each may be given once.
    seen: Vec<String>,
    found: Scan,
}

impl<'a> Scanner<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let raw = self.lines.next()?;
        self.line += 1;
        Some(raw)
    }

    fn problem(&mut self, line: usize, message: impl Into<String>) {
        let message = message.into();
        self.found.problems.push(Problem { line, message });
    }

    /// Reads the instruction that begins in the line `raw`, if one does.
    fn instruction(&mut self, raw: &str) {
        let start = text::without_line_end(raw).trim_start();
        self.directive(start);
        if start.is_empty() || start.starts_with('#') {
            return;
        }
        let mut chunk = Chunk { line: self.line, raw: raw.to_owned(), ..Chunk::default() };
        let (part, mut open) = self.cut_continuation(start);
        chunk.push(part);
        while open {
            let Some(raw) = self.take() else { break };
            chunk.raw.push_str(raw);
            open = self.continuation(text::without_line_end(raw), &mut chunk);
        }
        // The instruction's own lines are known; only now can its words announce bodies.
        let announced = heredoc::announced(&chunk.joined, self.dialect);
        chunk.heredocs = announced.len();
        chunk.heredocs_end = true;
        for doc in announced {
            chunk.heredocs_end &= self.heredoc_body(&doc, &mut chunk);
        }
        chunk.end_line = self.line;
        chunk.text.truncate(chunk.text.trim_end().len());
        if chunk.joined.trim().is_empty() {
            self.problem(chunk.line, "a continuation of nothing");
        } else {
            self.found.chunks.push(chunk);
        }
    }

    /// Adds a further line of an instruction; returns whether yet another one follows.
    fn continuation(&mut self, line: &str, chunk: &mut Chunk) -> bool {
        let bare = line.trim_start();
        if bare.starts_with('#') {
            return true;
        }
        if bare.is_empty() {
            self.problem(self.line, "empty line inside a continued instruction");
            return true;
        }
        let (part, open) = self.cut_continuation(line);
        chunk.push(part);
        open
    }

    /// Cuts the escape character off the end of a line that is continued.
    ///
    /// A doubled escape character at the end does not continue the line (BuildKit since 0.9; the
    /// frontend built into engine 20.10 still continues there).
    fn cut_continuation<'l>(&self, line: &'l str) -> (&'l str, bool) {
        let escape = self.found.directives.escape;
        let end = line.trim_end_matches([' ', '\t']);
        match end.strip_suffix(escape) {
            Some(part) if !part.ends_with(escape) => (part, true),
            _ => (line, false),
        }
    }

    /// Takes the lines of a body; returns whether its end was among them.
    fn heredoc_body(&mut self, doc: &Heredoc, chunk: &mut Chunk) -> bool {
        while let Some(raw) = self.take() {
            chunk.raw.push_str(raw);
            if doc.ends_with_line(text::without_line_end(raw)) {
                return true;
            }
        }
        let message = format!("heredoc {} has no end", doc.name);
        self.problem(chunk.line, message);
        false
    }

    /// Takes `# name=value` while nothing but directives stood before it.
    fn directive(&mut self, line: &str) {
        if !self.in_directives {
            return;
        }
        let Some((name, value)) = directive(line) else {
            self.in_directives = false;
            return;
        };
        if self.seen.contains(&name) {
            self.problem(self.line, format!("second {name} directive"));
            return;
        }
        match name.as_str() {
            "syntax" => self.found.directives.syntax = Some(value.to_owned()),
            "check" => self.found.directives.check = Some(value.to_owned()),
            _ => self.escape(value),
        }
        self.seen.push(name);
    }

    fn escape(&mut self, value: &str) {
        match value {
            "\\" => self.found.directives.escape = '\\',
            "`" => self.found.directives.escape = '`',
            _ => self.problem(self.line, format!("escape can be \\ or `, not {value}")),
        }
    }
}

impl Chunk {
    fn push(&mut self, part: &str) {
        self.joined.push_str(part);
        text::join(&mut self.text, part);
    }
}

/// Splits a comment of the form `# name = value`, when the name is that of a directive.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    let known = matches!(name.as_str(), "syntax" | "escape" | "check");
    (known && !value.is_empty()).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(input: &str) -> Scan {
        super::scan(input, Dialect::Heredocs)
    }

    fn spans(input: &str) -> Vec<(usize, usize, String)> {
        let chunks = scan(input).chunks.into_iter();
        chunks.map(|c| (c.line, c.end_line, c.text)).collect()
    }

    fn span(line: usize, end_line: usize, text: &str) -> (usize, usize, String) {
        (line, end_line, text.to_owned())
    }

    #[test]
    fn comments_and_blank_lines_inside_a_continuation_belong_to_it() {
        let input = "RUN a && \\\n  # why\n\n  b\nRUN c\n";
        let expected = [span(1, 4, "RUN a && b"), span(5, 5, "RUN c")];
        assert_eq!(spans(input), expected);
    }

    #[test]
    fn a_word_split_by_a_continuation_stays_one_word() {
        let found = scan("RUN echo foo\\\nbar\n");
        assert_eq!(found.chunks[0].text, "RUN echo foobar");
        assert_eq!(found.chunks[0].joined, "RUN echo foobar");
    }

    #[test]
    fn carriage_returns_and_a_byte_order_mark_leave_no_trace() {
        let input = "\u{feff}FROM a\r\nRUN b \\\r\n  c\r\n";
        let expected = [span(1, 1, "FROM a"), span(2, 3, "RUN b c")];
        assert_eq!(spans(input), expected);
    }

    #[test]
    fn the_escape_directive_frees_the_backslash() {
        let input = "# escape=`\nFROM a\nRUN dir c:\\\nRUN b `\n c\n";
        let expected = [span(2, 2, "FROM a"), span(3, 3, "RUN dir c:\\"), span(4, 5, "RUN b c")];
        assert_eq!(spans(input), expected);
    }

    #[test]
    fn a_directive_after_a_comment_is_a_comment() {
        let found = scan("# hello\n# escape=`\nFROM a\n");
        assert_eq!(found.directives.escape, '\\');
    }

    #[test]
    fn directives_are_read_in_any_case_with_any_space() {
        let found = scan("#  SYNTAX = a/b:1 \n#check=skip=all\n# Escape = `\nFROM a\n");
        let directives = found.directives;
        assert_eq!(directives.syntax.as_deref(), Some("a/b:1"));
        assert_eq!(directives.check.as_deref(), Some("skip=all"));
        assert_eq!(directives.escape, '`');
    }

    #[test]
    fn a_doubled_backslash_ends_the_instruction() {
        let expected = [span(1, 1, "RUN echo a \\\\"), span(2, 2, "RUN b")];
        assert_eq!(spans("RUN echo a \\\\\nRUN b\n"), expected);
    }

    #[test]
    fn a_backslash_followed_by_spaces_still_continues() {
        assert_eq!(spans("RUN a \\ \t\n b"), [span(1, 2, "RUN a b")]);
    }

    #[test]
    fn a_continuation_that_never_ends_reaches_the_last_line() {
        assert_eq!(spans("RUN a \\\n\n# end"), [span(1, 3, "RUN a")]);
    }

    #[test]
    fn the_body_of_a_heredoc_is_no_instruction() {
        let input = "RUN <<EOF\nRUN not me\n# nor me \\\nEOF\nRUN me\n";
        let expected = [span(1, 4, "RUN <<EOF"), span(5, 5, "RUN me")];
        assert_eq!(spans(input), expected);
    }

    #[test]
    fn only_a_dashed_heredoc_may_end_after_tabs() {
        let dashed = "RUN cat <<-A\n\tx\n\tA\nRUN b\n";
        assert_eq!(spans(dashed)[0].1, 3);
        let plain = "RUN cat <<A\n\tA\nA\nRUN b\n";
        assert_eq!(spans(plain)[0].1, 3);
    }

    #[test]
    fn two_heredocs_of_one_line_follow_each_other() {
        let input = "COPY <<A <<\"B\" /d/\n1\nB\nA\n2\nB\nRUN c\n";
        let expected = [span(1, 6, "COPY <<A <<\"B\" /d/"), span(7, 7, "RUN c")];
        assert_eq!(spans(input), expected);
    }

    #[test]
    fn a_heredoc_without_end_is_a_problem_and_not_a_panic() {
        let found = scan("RUN <<EOF\na\n");
        assert_eq!(found.problems[0].message, "heredoc EOF has no end");
        assert_eq!(found.chunks[0].end_line, 2);
    }

    #[test]
    fn a_blank_before_the_name_of_a_heredoc_is_read_by_dialect() {
        let input = "RUN cat << EOF > /s.py\nimport os\nfrom os import path\nEOF\nRUN b\n";
        let lines = |dialect| {
            let chunks = super::scan(input, dialect).chunks.into_iter();
            chunks.map(|chunk| (chunk.line, chunk.end_line)).collect::<Vec<_>>()
        };
        assert_eq!(lines(Dialect::SpacedHeredocs), [(1, 4), (5, 5)]);
        for older in [Dialect::Heredocs, Dialect::WithoutHeredocs] {
            assert_eq!(lines(older), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
        }
    }
}
