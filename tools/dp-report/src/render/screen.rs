//! What the text is written for: a terminal, or a file.

use std::io;

use unicode_width::UnicodeWidthStr;

use crate::report::grid::Tone;

/// Columns of running text where there is no terminal.
const PROSE_COLUMNS: usize = 100;
/// A terminal that says it is narrower than this is not believed.
const FEWEST_COLUMNS: usize = 40;

/// What can be shown. The default is a file: no colours, nothing cut.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Screen {
    /// Whether colours are wanted.
    pub(crate) color: bool,
    /// Columns of the terminal; none for a file or a pipe.
    pub(crate) columns: Option<usize>,
}

impl Screen {
    /// The terminal that stdout is.
    pub(crate) fn of_stdout(color: bool, is_terminal: bool) -> Self {
        let size = is_terminal.then(|| terminal_size::terminal_size_of(io::stdout())).flatten();
        let columns = size.map(|(terminal_size::Width(columns), _)| usize::from(columns));
        Self { color, columns: columns.map(|columns| columns.max(FEWEST_COLUMNS)) }
    }

    /// Columns of running text.
    pub(crate) fn prose_columns(&self) -> usize {
        self.columns.unwrap_or(PROSE_COLUMNS).min(PROSE_COLUMNS)
    }

    /// The text in this tone, if colours are wanted.
    pub(crate) fn paint(&self, text: &str, tone: Tone) -> String {
        match code(tone).filter(|_| self.color && !text.is_empty()) {
            Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
            None => text.to_owned(),
        }
    }
}

/// The code of ECMA-48, "select graphic rendition".
fn code(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Heading => Some("1"),
        Tone::Good => Some("32"),
        Tone::Bad => Some("31"),
        Tone::Unsure => Some("33"),
    }
}

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns: what is too long loses its middle,
/// since names often begin alike and end alike.
pub(crate) fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let tail: Vec<char> = taken(text.chars().rev(), room / 2);
    let head: Vec<char> = taken(text.chars(), room - room / 2);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// The first characters that fit.
fn taken(chars: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut used = 0;
    let fits = |char: &char| {
        used += width(char.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    chars.take_while(fits).collect()
}

/// Running text in lines of at most `columns` columns. The first line begins
/// with `first`, the others are indented by `indent`; a word longer than that
/// stays whole.
pub(crate) fn wrap(text: &str, first: &str, indent: usize, columns: usize) -> String {
    let (mut lines, mut line, mut empty) = (String::new(), first.to_owned(), true);
    for word in text.split(' ') {
        if !empty && width(&line) + 1 + width(word) > columns {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = " ".repeat(indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_loses_its_middle() {
        assert_eq!(shorten("Dockerfile.optimized", 20), "Dockerfile.optimized");
        assert_eq!(shorten("Dockerfile.optimized", 12), "Docker…mized");
        assert_eq!(shorten("日本語の名前です", 8), "日本…す"); // two columns a character
        assert_eq!(shorten("abc", 1), "…");
    }

    #[test]
    fn running_text_is_wrapped_between_words_and_indented() {
        let text = wrap("one two three four", "- ", 2, 9);
        assert_eq!(text, "- one two\n  three\n  four\n");
        assert_eq!(wrap("averylongword b", "", 1, 5), "averylongword\n b\n");
        assert_eq!(wrap("", " ", 1, 5), "\n");
    }

    #[test]
    fn colours_are_for_those_who_want_them() {
        let screen = Screen { color: true, columns: None };
        assert_eq!(screen.paint("improved", Tone::Good), "\x1b[32mimproved\x1b[0m");
        assert_eq!(screen.paint("new", Tone::Plain), "new");
        assert_eq!(Screen::default().paint("improved", Tone::Good), "improved");
    }
}
