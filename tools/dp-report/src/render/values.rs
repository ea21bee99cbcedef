//! Numbers for machines, and text within XML and HTML.

use serde_json::Value;

/// Up to here every whole number has an exact `f64`: 2^53.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Bytes and counts look like bytes and counts; others have as many digits as
/// give back the same number.
#[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked here")]
pub(crate) fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < EXACT_INTEGERS;
    if whole { Value::from(value as i64) } else { Value::from(value) }
}

/// The same as text.
pub(crate) fn plain(value: f64) -> String {
    number(value).to_string()
}

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
    fn whole_numbers_have_no_decimal_point_and_others_lose_nothing() {
        assert_eq!(plain(1_500_000_000.0), "1500000000");
        assert_eq!(plain(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(plain(-0.0), "0");
        assert_eq!(plain(1e300), "1e+300");
    }

    #[test]
    fn text_is_no_markup_and_holds_nothing_that_xml_forbids() {
        let text = escaped("<a b=\"1\" c='2'>&\u{1b}[2J\n");
        assert_eq!(text, "&lt;a b=&quot;1&quot; c=&#39;2&#39;&gt;&amp;[2J ");
    }
}
