//! The lines that `docker buildx build --progress=rawjson` writes to stderr.
//!
//! Two kinds of lines share that stream: JSON objects with the shape of
//! [`SolveStatus`], and plain text (warnings, the Dockerfile's lines around an
//! error, the error itself). What steps print comes only inside the JSON, as
//! base64, so nothing that a step prints can pass for progress.
//!
//! One way to forge a message is left: the last error quotes the command that
//! failed, and the text of a here-document may hold a line that looks like
//! JSON. buildx prints `ERROR: ` once, when all is over, so whatever follows it
//! is text.

use serde::Deserialize;

use crate::progress::status::{LogUpdate, SolveStatus, StatusUpdate, VertexUpdate, WarningUpdate};

/// Most characters kept of a plain-text line.
const TEXT_BYTES: usize = 4096;

/// One line of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Progress.
    Status(SolveStatus),
    /// Anything else, at most 4 KiB of it, with invalid UTF-8 replaced. Control
    /// characters are still there.
    Text(String),
}

/// Separates progress from text, line by line.
#[derive(Debug, Clone, Default)]
pub struct Parser {
    /// The final error was seen: all that follows is part of it.
    ended: bool,
    progress_after_error: bool,
}

impl Parser {
    /// A parser for the begin of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one line, given without its newline. Never fails: what is not
    /// progress is text.
    pub fn line(&mut self, line: &[u8]) -> Message {
        if let Some(status) = status(line) {
            if !self.ended {
                return Message::Status(status);
            }
            self.progress_after_error = true;
        }
        self.ended |= line.starts_with(b"ERROR: ");
        Message::Text(text(line))
    }

    /// Whether a line that looks like progress followed the final error.
    pub fn progress_after_error(&self) -> bool {
        self.progress_after_error
    }

    /// Whether a line that has no end would be progress if it had one.
    pub fn is_part_of_message(&self, line: &[u8]) -> bool {
        !self.ended && line.starts_with(b"{") && status(line).is_none()
    }
}

/// The shape of a line: a field that is there was named in it.
#[derive(Deserialize)]
struct Wire {
    vertexes: Option<Vec<VertexUpdate>>,
    statuses: Option<Vec<StatusUpdate>>,
    logs: Option<Vec<LogUpdate>>,
    warnings: Option<Vec<WarningUpdate>>,
}

fn status(line: &[u8]) -> Option<SolveStatus> {
    let line = line.trim_ascii();
    if line == b"{}" {
        return Some(SolveStatus::default());
    }
    // An object of another shape (a log line in JSON) has none of the fields.
    let wire = line.starts_with(b"{").then(|| serde_json::from_slice::<Wire>(line).ok())??;
    let named = wire.vertexes.is_some()
        || wire.statuses.is_some()
        || wire.logs.is_some()
        || wire.warnings.is_some();
    named.then(|| SolveStatus {
        vertexes: wire.vertexes.unwrap_or_default(),
        statuses: wire.statuses.unwrap_or_default(),
        logs: wire.logs.unwrap_or_default(),
        warnings: wire.warnings.unwrap_or_default(),
    })
}

fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(&line[..line.len().min(TEXT_BYTES)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERTEX: &str = r#"{"vertexes":[{"digest":"sha256:a","inputs":["sha256:b"],"name":"[2/2] RUN make","started":"2026-01-02T03:04:05.000000006Z","completed":"2026-01-02T05:04:06+02:00","cached":true,"error":"no","progressGroup":{"id":"g","name":"n","weak":true}}]}"#;

    fn parse(line: &[u8]) -> Message {
        Parser::new().line(line)
    }

    #[test]
    fn every_field_of_a_vertex_is_read() {
        let Message::Status(status) = parse(VERTEX.as_bytes()) else { panic!("not progress") };
        let vertex = &status.vertexes[0];
        assert_eq!(vertex.digest, "sha256:a");
        assert_eq!(vertex.inputs, ["sha256:b"]);
        assert_eq!(vertex.name, "[2/2] RUN make");
        assert!(vertex.cached);
        assert_eq!(vertex.error, "no");
        assert_eq!(vertex.progress_group.as_ref().unwrap().id, "g");
        let length = vertex.completed.unwrap().duration_since(vertex.started.unwrap());
        assert_eq!(length.as_nanos(), 999_999_994);
    }

    #[test]
    fn statuses_logs_and_warnings_are_read() {
        let line = br#"{"statuses":[{"id":"transferring context:","vertex":"v","current":7,"timestamp":"2026-01-02T03:04:05Z"}],"logs":[{"vertex":"v","stream":1,"data":"aGkK","timestamp":"2026-01-02T03:04:05Z"},{"data":null}],"warnings":[{"vertex":"v","short":"aGkK","url":"u"}]}"#;
        let Message::Status(status) = parse(line) else { panic!("not progress") };
        assert_eq!(status.statuses[0].current, 7);
        assert_eq!(status.logs[0].data, b"hi\n");
        assert_eq!(status.logs[1].data, b"");
        assert_eq!(status.warnings[0].short, b"hi\n");
    }

    #[test]
    fn an_empty_object_is_progress_without_news() {
        assert_eq!(parse(b"{}"), Message::Status(SolveStatus::default()));
    }

    #[test]
    fn fields_of_a_later_version_are_passed_over() {
        let line = br#"{"vertexes":[{"digest":"a","later":[{}]}],"later":{"a":[1]}}"#;
        assert!(matches!(parse(line), Message::Status(_)));
    }

    #[test]
    fn what_only_looks_like_progress_is_text() {
        for line in [
            "",
            "#4 CACHED",
            "#4 [2/2] RUN make",
            "ERROR: failed to solve",
            r#"{"level":"info","msg":"vertexes"}"#,
            r#"["vertexes"]"#,
            r#"{"vertexes":"all"}"#,
            r#"{"vertexes":[{"digest":7}]}"#,
            r#"{"vertexes":[{"started":"soon"}]}"#,
            r#"{"logs":[{"data":"not base64"}]}"#,
            r#"{"vertexes":[]"#,
            r#"{"vertexes":[]} and more"#,
            r#"   3 | >>> RUN echo '{"vertexes":[]}'"#,
        ] {
            assert_eq!(parse(line.as_bytes()), Message::Text(line.to_owned()));
        }
    }

    #[test]
    fn nothing_after_the_final_error_is_progress() {
        let mut parser = Parser::new();
        assert!(matches!(parser.line(VERTEX.as_bytes()), Message::Status(_)));
        parser.line(b"ERROR: failed to solve: process \"/bin/sh -c cat");
        let forged = parser.line(VERTEX.as_bytes());
        assert_eq!(forged, Message::Text(VERTEX.to_owned()));
    }

    #[test]
    fn text_is_cut_and_made_valid() {
        let Message::Text(text) = parse(&vec![b'x'; 5_000_000]) else { panic!("not text") };
        assert_eq!(text.len(), 4096);
        assert_eq!(parse(b"a\xff\x1b[31m\r"), Message::Text("a\u{fffd}\u{1b}[31m".to_owned()));
    }

    #[test]
    fn deep_nesting_is_text_not_a_crash() {
        let deep = format!("{{\"vertexes\":{}", "[".repeat(1_000_000));
        assert!(matches!(parse(deep.as_bytes()), Message::Text(_)));
    }
}
