//! What holds for every message.

use std::collections::HashSet;

use dp_record::{Content, Reader};

use crate::corpus::{Case, Ran};

/// Longest message, in characters.
const LONGEST: usize = 300;

/// Words in a row that stand in a message once.
const PHRASE: usize = 4;

/// What parsers, Rust and children of ours say, and nobody needs to know.
const INSIDE: [&str; 48] = [
    "expected struct",
    "expected one of",
    "expected value",
    "invalid type",
    "invalid value: ",
    "invalid length",
    "missing field",
    "unknown field",
    "duplicate field",
    "unknown variant",
    "at line ",
    "column ",
    "EOF",
    "trailing characters",
    "key must be a string",
    "control character",
    "recursion limit",
    "os error",
    "See 'docker",
    "Run 'docker",
    "Usage:",
    "Some(",
    "None",
    "Err(",
    "Ok(",
    "struct ",
    "enum ",
    "tuple",
    "u32",
    "u64",
    "i64",
    "f64",
    "usize",
    "invalid digit",
    "float literal",
    "target type",
    "empty string",
    "..=",
    "utf-8 sequence",
    "valid UTF-8",
    "TOML parse",
    "regex parse",
    "Compiled regex",
    "panicked",
    "RUST_BACKTRACE",
    "raw stream",
    "before message completed",
    "HTTP version",
];

/// The rules that a line's messages break.
pub(crate) fn broken(case: &Case, ran: &Ran) -> Vec<String> {
    let mut broken = Vec::new();
    let mut hold = |holds: bool, rule: &str| {
        if !holds {
            broken.push(rule.to_owned());
        }
    };
    hold(case.codes.contains(&ran.code), &format!("ends with one of {:?}", case.codes));
    let tool = tool_of(&case.line);
    let begin = format!("{tool}: ");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    for line in &lines {
        hold(line.starts_with(&begin), "begins with the tool's name");
        hold(line.chars().count() <= LONGEST, "is short");
        hold(!line.chars().any(char::is_control), "has no control characters");
        let text = line.strip_prefix(&begin).unwrap_or(line);
        let text = text.strip_prefix("warning: ").unwrap_or(text);
        hold(!text.starts_with(char::is_uppercase), "begins in lower case");
        for word in INSIDE.iter().filter(|word| text.contains(*word)) {
            hold(false, &format!("does not say {word:?}"));
        }
        hold(!repeats(text), "says nothing twice");
    }
    if ran.code != 0 {
        let warning = format!("{begin}warning: ");
        let messages = lines.iter().filter(|line| !line.starts_with(&warning)).count();
        hold(messages == 1, "is one line");
        hold(lines.last().is_some_and(|last| !last.starts_with(&warning)), "ends with the error");
    }
    // An engine that is not there is missed whatever was asked for.
    let engine = ran.code == 3 && case.codes.len() > 1;
    let named = case.names.is_empty() || case.names.iter().any(|name| ran.stderr.contains(name));
    hold(ran.code == 0 || engine || named, &format!("names one of {:?}", case.names));
    hold(ran.code == 0 || whole(&ran.stdout, &case.line), "leaves only whole lines on stdout");
    broken
}

/// The first word that is a tool's name.
fn tool_of(line: &str) -> &str {
    line.split_whitespace().find(|word| word.starts_with("dp-")).unwrap_or_default()
}

fn repeats(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut seen = HashSet::new();
    !words.windows(PHRASE).all(|phrase| seen.insert(phrase))
}

/// Records alone; what came on stdin is handed on as it is.
fn whole(stdout: &str, line: &str) -> bool {
    if line.contains('<') {
        return stdout.is_empty() || stdout.ends_with('\n');
    }
    let mut reader = Reader::new("stdout", stdout.as_bytes());
    std::iter::from_fn(|| reader.next_line().ok().flatten())
        .all(|line| matches!(line.content, Content::Record(_)))
}
