//! Reads the sentences in which engines and buildx report a failure.

use dp_dockerfile::StepName;

use crate::progress::name::VertexKind;
use crate::progress::trace::Vertex;

/// Most characters of a message.
const MESSAGE: usize = 500;

/// What buildx and older engines put before the cause, outermost first.
const WRAPPING: &[&str] = &[
    "ERROR: ",
    "failed to build: ",
    "failed to solve: ",
    "rpc error: code = Unknown desc = ",
    "failed to solve with frontend dockerfile.v0: ",
    "failed to create LLB definition: ",
];

/// The last error and all that follows it, without what only wraps it; else the
/// first line that says anything.
pub(super) fn final_error(text: &[String]) -> String {
    let error = text.iter().rposition(|line| line.starts_with("ERROR: "));
    let first = || text.iter().find(|line| !line.trim().is_empty()).cloned();
    let said = error.map(|at| text[at..].join("\n")).or_else(first);
    let said = said.unwrap_or_default();
    let strip = |rest, wrap: &&str| str::strip_prefix(rest, wrap).unwrap_or(rest);
    WRAPPING.iter().fold(said.as_str(), strip).to_owned()
}

/// The error without the engine's way to it: `failed to calculate checksum of ref ID: "/a": not
/// found` says nothing more than `"/a": not found`.
pub(super) fn cause(error: &str) -> &str {
    const LOOKING: &str = "failed to calculate checksum of ref ";
    let error = error.strip_prefix("failed to compute cache key: ").unwrap_or(error);
    let found = error.strip_prefix(LOOKING).and_then(|rest| rest.split_once(": "));
    found.map_or(error, |(_, cause)| cause)
}

/// The exit code of the command of a RUN step. It is the last thing in the error,
/// after the command itself.
pub(super) fn exit_code(vertex: &Vertex) -> Option<i32> {
    let runs = StepName::parse(&vertex.name).is_some_and(|step| step.text.starts_with("RUN"));
    if vertex.kind != VertexKind::Step || !runs {
        return None;
    }
    let (_, code) = vertex.error.as_deref()?.rsplit_once("exit code: ")?;
    let end = code.find(|char: char| !char.is_ascii_digit());
    code[..end.unwrap_or(code.len())].parse().ok()
}

/// The line of the Dockerfile at fault: `NAME:LINE` over a ruler, or `parse error
/// (on) line LINE`.
pub(super) fn line(text: &[String], said: &str) -> Option<u32> {
    let is_ruler = |line: &str| line.len() >= 10 && line.bytes().all(|byte| byte == b'-');
    let above = |pair: &[String]| {
        let (_, line) = pair[0].rsplit_once(':')?;
        is_ruler(&pair[1]).then(|| line.parse().ok())?
    };
    let before = text.iter().position(|line| line.starts_with("ERROR: "));
    let source = &text[..before.unwrap_or(text.len())];
    source.windows(2).find_map(above).or_else(|| parse_error(said))
}

fn parse_error(said: &str) -> Option<u32> {
    let (_, rest) = said.split_once("parse error ")?;
    let rest = rest.strip_prefix("on ").unwrap_or(rest);
    let (number, _) = rest.strip_prefix("line ")?.split_once(':')?;
    number.parse().ok()
}

/// The text in one line of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words,
    }
}
