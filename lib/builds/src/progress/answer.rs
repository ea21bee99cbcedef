//! The engine's answer to a build: lines of one JSON object each.

use serde::Deserialize;
use serde_json::Value;

use crate::progress::lines::LineSplitter;
use dp_engine::connect::Answer;

/// Calls `each` for every line of the answer.
///
/// # Errors
/// The reason, if the engine refused the request, or if the answer broke off.
pub(crate) async fn read_lines(
    mut answer: Answer,
    mut each: impl FnMut(&[u8]),
) -> Result<(), String> {
    if !answer.response.status().is_success() {
        return Err(answer.message().await);
    }
    let mut lines = LineSplitter::default();
    loop {
        match answer.next().await {
            Ok(Some(bytes)) => lines.push(&bytes, &mut each),
            Ok(None) => break,
            Err(error) => {
                lines.finish(each);
                return Err(format!("error reading from server: {error}"));
            }
        }
    }
    lines.finish(each);
    Ok(())
}

/// One line. What it is follows from the fields that it has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AnswerLine {
    /// Text for people, cut anywhere.
    pub(crate) stream: String,
    /// What `aux` is.
    pub(crate) id: String,
    /// Something for programs.
    pub(crate) aux: Value,
    /// Why the build failed, as older clients read it.
    error: String,
    #[serde(rename = "errorDetail")]
    detail: ErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    code: i64,
    message: String,
}

/// Why the build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// In the engine's words.
    pub(crate) message: String,
    /// Exit code of the command that failed, where the engine gives it apart.
    pub(crate) exit_code: Option<i64>,
}

impl AnswerLine {
    /// Reads a line; one that is no object of this shape says nothing.
    pub(crate) fn read(line: &[u8]) -> Self {
        serde_json::from_slice(line).unwrap_or_default()
    }

    /// The id of an image, if that is what the line says.
    pub(crate) fn image(&self) -> Option<&str> {
        self.aux.get("ID")?.as_str()
    }

    /// Why the build failed, if that is what the line says.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let messages = [&self.detail.message, &self.error];
        let message = messages.into_iter().find(|message| !message.is_empty())?;
        let exit_code = (self.detail.code != 0).then_some(self.detail.code);
        Some(Refusal { message: message.clone(), exit_code })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_read() {
        assert_eq!(
            AnswerLine::read(br#"{"stream":"Step 1/2 : FROM x"}"#).stream,
            "Step 1/2 : FROM x"
        );
        let trace = AnswerLine::read(br#"{"id":"moby.buildkit.trace","aux":"Cg=="}"#);
        assert_eq!((trace.id.as_str(), trace.aux.as_str()), ("moby.buildkit.trace", Some("Cg==")));
        let image = AnswerLine::read(br#"{"aux":{"ID":"sha256:1"}}"#);
        assert_eq!((image.image(), image.refusal()), (Some("sha256:1"), None));
        assert_eq!(trace.image(), None);
        let legacy = AnswerLine::read(
            br#"{"errorDetail":{"code":3,"message":"returned a non-zero code: 3"},"error":"returned"}"#,
        );
        let message = "returned a non-zero code: 3".to_owned();
        assert_eq!(legacy.refusal(), Some(Refusal { message, exit_code: Some(3) }));
        let short = AnswerLine::read(br#"{"error":"no"}"#);
        assert_eq!(short.refusal(), Some(Refusal { message: "no".into(), exit_code: None }));
    }

    #[test]
    fn what_is_no_such_line_says_nothing() {
        for line in ["", "x", "[1]", r#"{"stream":7}"#, r#"{"status":"Pulling"}"#] {
            let line = AnswerLine::read(line.as_bytes());
            assert_eq!((line.stream.as_str(), line.refusal()), ("", None));
        }
    }
}
