//! Text from containers, builds and files, made safe for a terminal.

/// The text as one line without control characters and of at most `limit`
/// characters, so that it can neither move the cursor nor forge a line.
pub fn printable(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for (count, char) in text.trim_end().chars().enumerate() {
        if count == limit {
            line.push('…');
            break;
        }
        line.push(if is_safe(char) { char } else { ' ' });
    }
    line
}

/// Neither a control character nor one that reorders the text around it
/// (Unicode's bidirectional controls and line separators).
fn is_safe(char: char) -> bool {
    let reorders =
        matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !char.is_control() && !reorders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_control_characters_out() {
        assert_eq!(printable("a\x1b[31mb\rc\nd\u{202e}e\n", 99), "a [31mb c d e");
    }

    #[test]
    fn cuts_by_characters() {
        assert_eq!(printable("ääääää", 3), "äää…");
        assert_eq!(printable("äää", 3), "äää");
    }
}
