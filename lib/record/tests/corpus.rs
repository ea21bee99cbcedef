//! Bad lines, each with the answer that it gets; and that no line is lost.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{self, Read};

use dp_record::{Content, MAX_LINE_BYTES, Reader};

const GOOD: &str = r#"{"dp":"1.0","kind":"size","at":"2026-01-02T03:04:05Z","outcome":"ok","metrics":{"engine_size_bytes":1}}"#;

/// What the reader says of one line: `record`, `blank`, or the problem.
fn answer(line: &[u8]) -> String {
    let mut reader = Reader::new("in.jsonl", line);
    let line = reader.next_line().unwrap().unwrap();
    match line.content {
        Content::Record(_) => "record".to_owned(),
        Content::Blank => "blank".to_owned(),
        Content::Bad(problem) => format!("{}: {problem}", line.place),
    }
}

#[test]
fn reads_what_is_harmless() {
    assert_eq!(answer(GOOD.as_bytes()), "record");
    assert_eq!(answer(format!("{GOOD}\r\n").as_bytes()), "record", "CRLF");
    assert_eq!(answer(format!("  {GOOD}  \n").as_bytes()), "record", "white space");
    assert_eq!(answer(format!("\u{feff}{GOOD}").as_bytes()), "record", "byte order mark");
    assert_eq!(answer(GOOD.replace("1.0", "1.9").as_bytes()), "record", "newer minor");
    assert_eq!(
        answer(GOOD.replace("{\"dp\"", "{\"new\":[1],\"dp\"").as_bytes()),
        "record",
        "new field"
    );
    assert_eq!(answer(GOOD.replace("size\"", "theirs\"").as_bytes()), "record", "another kind");
    assert_eq!(answer(b"\n"), "blank");
    assert_eq!(answer(b" \t\r\n"), "blank");
}

#[test]
fn each_bad_line_gets_its_answer() {
    let cases: &[(&str, Vec<u8>, &str)] = &[
        (
            "truncated",
            GOOD.as_bytes()[..60].to_vec(),
            "in.jsonl:1: not a dp record: its JSON ends in the middle (was it cut off?)",
        ),
        (
            "NUL",
            b"{\"dp\":\"1.0\"\0}".to_vec(),
            "in.jsonl:1: not a dp record: it is no JSON from byte 12 on",
        ),
        ("invalid UTF-8", b"{\"dp\":\"\xff\"}".to_vec(), "in.jsonl:1: not UTF-8 (byte 8)"),
        (
            "wrong major",
            GOOD.replace("1.0", "2.0").into(),
            "in.jsonl:1: format version 2.0 cannot be read (this dp reads 1.x)",
        ),
        (
            "wrong major, other shape",
            b"{\"dp\":\"3.0\"}".to_vec(),
            "in.jsonl:1: format version 3.0 cannot be read",
        ),
        (
            "NaN",
            GOOD.replace(":1}", ":NaN}").into(),
            "in.jsonl:1: not a dp record: it is no JSON from byte 101 on",
        ),
        (
            "infinity",
            GOOD.replace(":1}", ":1e999}").into(),
            "in.jsonl:1: not a dp record: the number at byte 105 is too large",
        ),
        (
            "no version",
            b"{\"kind\":\"size\"}".to_vec(),
            "in.jsonl:1: not a dp record: the record has no \"dp\"",
        ),
        ("no object", b"[1]".to_vec(), "in.jsonl:1: not a dp record: the line is no JSON object"),
        (
            "plain text",
            b"Step 1/2 : FROM x".to_vec(),
            "in.jsonl:1: not a dp record: the line is no JSON object",
        ),
        (
            "two byte order marks",
            format!("\u{feff}\u{feff}{GOOD}").into(),
            "in.jsonl:1: not a dp record: the line is no JSON object",
        ),
        (
            "the same metric twice",
            GOOD.replace("\"metrics\":{", "\"metrics\":{\"engine_size_bytes\":2,").into(),
            "in.jsonl:1: not a dp record: \"metrics\" has \"engine_size_bytes\" twice",
        ),
        (
            "two records in a line",
            format!("{GOOD}{GOOD}").into(),
            "in.jsonl:1: not a dp record: more follows behind its JSON at byte",
        ),
        (
            "the same field twice",
            GOOD.replace("\"kind\"", "\"kind\":\"a\",\"kind\"").into(),
            "in.jsonl:1: not a dp record: the record has \"kind\" twice",
        ),
        (
            "no time",
            GOOD.replace("2026-01-02T03:04:05Z", "yesterday").into(),
            "in.jsonl:1: not a dp record: \"at\" must be a time, such as 2026-01-02T03:04:06Z",
        ),
        (
            "escape sequence",
            GOOD.replace("\"ok\"", "\"\\u001b[31mred\"").into(),
            "in.jsonl:1: not a dp record: \"outcome\" must be ok or failed, and is \" [31mred\"",
        ),
    ];
    for (what, line, expected) in cases {
        let answer = answer(line);
        assert!(answer.starts_with(expected), "{what}: {answer}");
        assert!(!answer.contains(|char: char| char.is_control()), "{what}: {answer:?}");
    }
}

#[test]
fn deep_nesting_is_skipped_or_refused_without_a_crash() {
    let open = "{\"a\":".repeat(100_000);
    let close = "}".repeat(100_000);
    let deep = GOOD
        .replace("\"metrics\":{\"engine_size_bytes\":1}", &format!("\"detail\":{open}1{close}"));
    // What no type knows is skipped, without a stack.
    assert_eq!(answer(deep.as_bytes()), "record");
    let theirs = deep.replace("\"size\"", "\"theirs\"");
    assert!(answer(theirs.as_bytes()).contains("nested too deeply"));
}

#[test]
fn ten_megabytes_in_a_line_are_read() {
    let long = GOOD.replace(
        "\"outcome\"",
        &format!("\"meta\":{{\"a\":\"{}\"}},\"outcome\"", "x".repeat(10 << 20)),
    );
    assert_eq!(answer(long.as_bytes()), "record");
}

#[test]
fn too_long_a_line_is_handed_on_whole_and_the_next_is_read() {
    let long = io::repeat(b'x').take(MAX_LINE_BYTES as u64 + 1);
    let tail = format!("\n{GOOD}\n");
    let mut reader = Reader::new("stdin", io::BufReader::new(long.chain(tail.as_bytes())));
    let mut handed_on = CountBytes::default();
    let first = reader.next_line_to(&mut handed_on).unwrap().unwrap();
    let Content::Bad(problem) = first.content else { panic!("{first:?}") };
    assert_eq!(problem.to_string(), "the line is longer than 64 MiB");
    let second = reader.next_line_to(&mut handed_on).unwrap().unwrap();
    assert_eq!(second.place, "stdin:2");
    assert!(matches!(second.content, Content::Record(_)));
    assert_eq!(handed_on.0, MAX_LINE_BYTES + 1 + tail.len());
}

#[derive(Default)]
struct CountBytes(usize);

impl io::Write for CountBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_line_is_handed_on_byte_for_byte() {
    let input = format!("{GOOD}\r\nnonsense \u{1b}[0m\n\n  {GOOD}\n");
    let input = [input.as_bytes(), b"\xff\xfe\n"].concat();
    let mut output = Vec::new();
    let mut reader = Reader::new("stdin", input.as_slice());
    while reader.next_line_to(&mut output).unwrap().is_some() {}
    assert_eq!(output, input);
}

#[test]
fn a_last_line_without_an_end_gets_one() {
    let mut output = Vec::new();
    let mut reader = Reader::new("stdin", GOOD.as_bytes());
    while reader.next_line_to(&mut output).unwrap().is_some() {}
    assert_eq!(output, format!("{GOOD}\n").as_bytes());
}

#[test]
fn nothing_stays_nothing() {
    let mut output = Vec::new();
    assert!(Reader::new("stdin", &b""[..]).next_line_to(&mut output).unwrap().is_none());
    assert!(output.is_empty());
}
