//! Small functions on lines and words.

/// White space between the words of an instruction, as BuildKit splits them.
pub(crate) const BLANKS: [char; 5] = [' ', '\t', '\u{b}', '\u{c}', '\r'];

/// A line without its `\n` or `\r\n`.
pub(crate) fn without_line_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// Appends a further part of a continued instruction, with one space where white space stood.
///
/// White space at the end stays until it is known whether more follows.
pub(crate) fn join(text: &mut String, part: &str) {
    let spaced = text.ends_with(char::is_whitespace) || part.starts_with(char::is_whitespace);
    text.truncate(text.trim_end().len());
    if spaced && !text.is_empty() {
        text.push(' ');
    }
    text.push_str(part.trim_start());
}

/// Splits off the first word; both parts without white space around them.
pub(crate) fn first_word(line: &str) -> (&str, &str) {
    let line = line.trim();
    match line.find(BLANKS) {
        Some(at) => (&line[..at], line[at..].trim()),
        None => (line, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_by_one_space_only_where_there_was_one() {
        for (a, b, whole) in [
            ("a ", "  b", "a b"),
            ("a", "b", "ab"),
            ("a", "\tb", "a b"),
            ("", "  b", "b"),
            ("a", "  ", "a "),
            ("a ", "", "a "),
        ] {
            let mut text = a.to_owned();
            join(&mut text, b);
            assert_eq!(text, whole, "{a:?} + {b:?}");
        }
    }

    #[test]
    fn the_first_word_ends_at_a_tab_as_at_a_space() {
        assert_eq!(first_word(" RUN\techo a "), ("RUN", "echo a"));
        assert_eq!(first_word("RUN"), ("RUN", ""));
    }
}
