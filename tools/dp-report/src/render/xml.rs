//! Text within XML and HTML.

/// Text for an attribute or between tags. Characters that XML 1.0 forbids
/// even when escaped are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup_and_holds_nothing_that_xml_forbids() {
        let text = escaped("<a b=\"1\" c='2'>&\u{1b}[2J\n");
        assert_eq!(text, "&lt;a b=&quot;1&quot; c=&#39;2&#39;&gt;&amp;[2J ");
    }
}
