//! What a container writes to stdout and stderr, through attach.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Instant;

use bollard::container::LogOutput;
use bollard::query_parameters::{AttachContainerOptions, LogsOptions};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::connect::Engine;
use crate::error::EngineError;

/// Lines that are kept for a failure's message.
const TAIL_LINES: usize = 20;
/// Bytes of a line that are kept or matched; what is longer is taken in parts.
const LINE_BYTES: usize = 64 << 10;

/// Bytes that a container wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bytes.
    pub bytes: Bytes,
    /// Whether to stderr.
    pub stderr: bool,
    /// When they arrived, by our monotonic clock.
    pub received: Instant,
}

/// The stream of a container's output.
pub(super) struct Output(Pin<Box<dyn Stream<Item = Result<LogOutput, bollard::errors::Error>>>>);

impl Output {
    /// Attaches to a container that is not started yet: all that it will write.
    /// Works with every log driver.
    pub(super) async fn attach(engine: &Engine, name: &str) -> Result<Self, EngineError> {
        let options = AttachContainerOptions {
            stream: true,
            stdout: true,
            stderr: true,
            ..AttachContainerOptions::default()
        };
        let attached = engine.docker().attach_container(name, Some(options)).await;
        let attached = attached
            .map_err(|error| engine.failed(&format!("attaching to container {name}"), &error))?;
        Ok(Self(attached.output))
    }

    /// The next bytes; none at the end, which a lost engine is too.
    pub(super) async fn next(&mut self) -> Option<Written> {
        let output = self.0.next().await?.ok()?;
        let received = Instant::now();
        let stderr = matches!(output, LogOutput::StdErr { .. });
        Some(Written { bytes: output.into_bytes(), stderr, received })
    }
}

impl Engine {
    /// The last lines that a container wrote; none where its log driver keeps none.
    ///
    /// # Errors
    /// There is no such container, or the engine is lost.
    pub async fn log_tail(&self, name: &str) -> Result<Vec<String>, EngineError> {
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: TAIL_LINES.to_string(),
            ..LogsOptions::default()
        };
        let mut stream = std::pin::pin!(self.docker().logs(name, Some(options)));
        let mut lines = Lines::default();
        while let Some(output) = stream.next().await {
            let failed =
                |error| self.failed(&format!("reading the log of container {name}"), &error);
            let output = output.map_err(failed)?;
            let stderr = matches!(output, LogOutput::StdErr { .. });
            let written = Written { bytes: output.into_bytes(), stderr, received: Instant::now() };
            lines.add(&written, |_, _| {});
        }
        Ok(lines.tail())
    }
}

/// Output as lines: those that are whole, and the one that is being written.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Unfinished, of stdout and stderr.
    open: [Vec<u8>; 2],
    tail: VecDeque<Vec<u8>>,
}

impl Lines {
    /// Takes bytes, and shows each line that they lengthen or finish, and which of
    /// both it is.
    pub(crate) fn add(&mut self, written: &Written, mut look: impl FnMut(&[u8], bool)) {
        let open = &mut self.open[usize::from(written.stderr)];
        for part in written.bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_BYTES.saturating_sub(open.len());
            open.extend_from_slice(&part[..part.len().min(room.max(1))]);
            let ended = part.ends_with(b"\n") || open.len() >= LINE_BYTES;
            look(trimmed(open), ended);
            if ended {
                self.tail.push_back(trimmed(open).to_vec());
                open.clear();
                if self.tail.len() > TAIL_LINES {
                    self.tail.pop_front();
                }
            }
        }
    }

    /// The last lines, those that were not finished included.
    pub(crate) fn tail(&self) -> Vec<String> {
        let open = self.open.iter().filter(|line| !line.is_empty());
        let all = self.tail.iter().chain(open);
        let lines: Vec<String> =
            all.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let skipped = lines.len().saturating_sub(TAIL_LINES);
        lines[skipped..].to_vec()
    }
}

/// Without its end.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[(&str, bool)]) -> (Vec<String>, Vec<String>) {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for (text, stderr) in parts {
            let bytes = Bytes::copy_from_slice(text.as_bytes());
            let written = Written { bytes, stderr: *stderr, received: Instant::now() };
            lines.add(&written, |line, _| all.push(String::from_utf8_lossy(line).into_owned()));
        }
        (all, lines.tail())
    }

    #[test]
    fn a_line_that_comes_in_parts_is_read_whole() {
        let (all, tail) = read(&[("re", false), ("noise\n", true), ("ady\r\nmore", false)]);
        assert_eq!(all, ["re", "noise", "ready", "more"]);
        assert_eq!(tail, ["noise", "ready", "more"]);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let lines: Vec<String> = (1..=50).map(|line| format!("{line}\n")).collect();
        let (all, tail) = read(&[(&lines.concat(), false)]);
        assert_eq!(all.len(), 50);
        assert_eq!((tail.len(), tail[0].as_str()), (TAIL_LINES, "31"));
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let (_, tail) = read(&[(&"x".repeat(3 * LINE_BYTES), false)]);
        assert!(tail.iter().all(|line| line.len() <= LINE_BYTES));
    }
}
