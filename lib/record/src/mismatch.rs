//! What a parser finds wrong, as one sentence for people.

use std::fmt::Write as _;

use serde_path_to_error::{Path, Segment};

use crate::printable;

/// Characters of a name in a path, and of a value, that are shown.
const TEXT_CHARS: usize = 60;
/// Characters of another's message that are shown.
const MESSAGE_CHARS: usize = 100;

/// The sentence for what serde says of the field at `path`, below `parent`.
pub(crate) fn sentence(parent: Option<&str>, path: &Path, error: &serde_json::Error) -> String {
    let name = name(parent, path);
    let field = if name.is_empty() { "the record".to_owned() } else { format!("{name:?}") };
    match problem(&without_place(error)) {
        Problem::Missing(missing) => format!("{field} has no {missing:?}"),
        Problem::Twice(twice) => format!("{field} has {twice:?} twice"),
        Problem::Unknown(unknown, known) => {
            format!("{field} has an unknown {unknown:?} (there are: {known})")
        }
        Problem::Wrong { wanted, given } => format!("{field} must be {wanted}, and is {given}"),
        Problem::Other(_) if name == "at" => {
            format!("{field} must be a time, such as 2026-01-02T03:04:06Z")
        }
        Problem::Other(message) => {
            let message = printable(&message, MESSAGE_CHARS);
            match message.strip_prefix("expected ") {
                Some(wanted) => format!("{field} must be {wanted}"),
                None => format!("{field}: {message}"),
            }
        }
    }
}

/// What a parser says of data (`invalid type: map, expected a sequence`), in
/// words for people. Messages of other forms stay as they are.
pub fn plain_words(message: &str) -> String {
    match problem(message) {
        Problem::Missing(missing) => format!("{missing:?} is missing"),
        Problem::Twice(twice) => format!("{twice:?} is there twice"),
        Problem::Unknown(unknown, known) => {
            format!("there is no field {unknown:?} (there are: {known})")
        }
        Problem::Wrong { wanted, given } => format!("it must be {wanted}, and is {given}"),
        Problem::Other(message) => printable(&message, MESSAGE_CHARS),
    }
}

/// What is wrong with a JSON text, in words for people.
pub fn json_problem(error: &serde_json::Error) -> String {
    let message = without_place(error);
    if error.is_data() {
        return plain_words(&message);
    }
    if error.is_eof() {
        return "its JSON ends in the middle (was it cut off?)".to_owned();
    }
    let place = match error.line() {
        0 | 1 => format!("byte {}", error.column()),
        line => format!("line {line}"),
    };
    match message.as_str() {
        "number out of range" => format!("the number at {place} is too large"),
        "recursion limit exceeded" => format!("it is nested too deeply at {place}"),
        "trailing characters" => format!("more follows behind its JSON at {place}"),
        _ => format!("it is no JSON from {place} on"),
    }
}

/// What serde's messages mean.
enum Problem {
    Missing(String),
    Twice(String),
    /// A field, and those that there are.
    Unknown(String, String),
    Wrong {
        wanted: String,
        given: String,
    },
    Other(String),
}

fn problem(message: &str) -> Problem {
    let quoted = |begin: &str| message.strip_prefix(begin)?.strip_suffix('`').map(shown);
    if let Some(missing) = quoted("missing field `") {
        return Problem::Missing(missing);
    }
    if let Some(twice) = quoted("duplicate field `") {
        return Problem::Twice(twice);
    }
    let named = |begin: &str| message.strip_prefix(begin)?.split_once("`, expected ");
    if let Some((unknown, known)) = named("unknown field `") {
        return Problem::Unknown(shown(unknown), choices(known));
    }
    if let Some((given, known)) = named("unknown variant `") {
        let (wanted, given) = (choices(known), format!("{:?}", shown(given)));
        return Problem::Wrong { wanted, given };
    }
    let found = |begin: &str| message.strip_prefix(begin)?.rsplit_once(", expected ");
    // A list where serde would also take the fields of a struct in their order.
    if found("invalid length ").is_some_and(|(_, expected)| expected.starts_with("struct ")) {
        return Problem::Wrong { wanted: "an object".to_owned(), given: "a list".to_owned() };
    }
    match found("invalid type: ").or_else(|| found("invalid value: ")) {
        Some((found, expected)) => {
            Problem::Wrong { wanted: wanted(expected).to_owned(), given: given(found) }
        }
        None => Problem::Other(message.to_owned()),
    }
}

fn shown(name: &str) -> String {
    printable(name, TEXT_CHARS)
}

/// "one of `a`, `b`" as "a, b".
fn choices(known: &str) -> String {
    known.strip_prefix("one of ").unwrap_or(known).replace("` or `", " or ").replace('`', "")
}

/// The message without the place in the line, which `serde_json` adds.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what).to_owned()
}

/// `detail.steps[2].line`.
fn name(parent: Option<&str>, path: &Path) -> String {
    let mut name = parent.unwrap_or_default().to_owned();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(name, "[{index}]");
            }
            Segment::Map { key } | Segment::Enum { variant: key } => {
                let dot = if name.is_empty() { "" } else { "." };
                let _ = write!(name, "{dot}{}", printable(key, TEXT_CHARS));
            }
            Segment::Unknown => {}
        }
    }
    name
}

/// What must be there, for people who know JSON and no Rust.
fn wanted(expected: &str) -> &str {
    match expected {
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i64" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "any valid JSON value" => "a value",
        "string" => "a string",
        "a map" | "a table" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        other => other,
    }
}

/// What is there.
fn given(found: &str) -> String {
    match found {
        "map" => return "an object".to_owned(),
        "sequence" => return "a list".to_owned(),
        "null" | "unit value" => return "null".to_owned(),
        _ => {}
    }
    let number = ["integer `", "floating point `", "boolean `"];
    let bare = number.iter().find_map(|begin| found.strip_prefix(begin)?.strip_suffix('`'));
    let text = bare.map_or_else(|| format!("the {found}"), str::to_owned);
    printable(&text, TEXT_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parsers_message_becomes_a_sentence() {
        let cases = [
            ("missing field `kind`", "\"kind\" is missing"),
            ("duplicate field `kind`", "\"kind\" is there twice"),
            (
                "unknown field `c`, expected one of `a`, `b`, `d`",
                "there is no field \"c\" (there are: a, b, d)",
            ),
            (
                "unknown field `c`, expected `a` or `b`",
                "there is no field \"c\" (there are: a or b)",
            ),
            ("unknown field `c`, expected `a`", "there is no field \"c\" (there are: a)"),
            ("unknown variant `c`, expected `a` or `b`", "it must be a or b, and is \"c\""),
            ("invalid type: map, expected a sequence", "it must be a list, and is an object"),
            ("invalid type: null, expected struct Run", "it must be an object, and is null"),
            (
                "invalid value: integer `-1`, expected u64",
                "it must be a whole number, 0 or more, and is -1",
            ),
            (
                "invalid length 0, expected struct Run with 5 elements",
                "it must be an object, and is a list",
            ),
            ("the rule demands nothing", "the rule demands nothing"),
        ];
        for (message, words) in cases {
            assert_eq!(plain_words(message), words);
        }
    }

    #[test]
    fn what_is_wrong_with_a_json_text_is_a_sentence() {
        let of = |text: &str| json_problem(&serde_json::from_str::<Vec<u8>>(text).unwrap_err());
        let deep = "[".repeat(200);
        let deep_problem = serde_json::from_str::<serde_json::Value>(&deep).unwrap_err();
        let cases = [
            ("", "its JSON ends in the middle (was it cut off?)"),
            ("[1, ", "its JSON ends in the middle (was it cut off?)"),
            ("[1,]", "it is no JSON from byte 4 on"),
            ("[1,\n2,\nx]", "it is no JSON from line 3 on"),
            ("[1] 2", "more follows behind its JSON at byte 5"),
            ("[1e999]", "the number at byte 6 is too large"),
            ("7", "it must be a list, and is 7"),
        ];
        for (text, words) in cases {
            assert_eq!(of(text), words, "{text}");
        }
        assert!(json_problem(&deep_problem).starts_with("it is nested too deeply at byte 12"));
    }
}
