//! The last lines of an endless text, in bounded memory.

use std::collections::VecDeque;

/// Most bytes kept of one line; what is longer is cut.
const LINE_BYTES: usize = 4096;

/// Keeps the last `limit` lines of what is pushed, each at most 4 KiB long.
#[derive(Debug)]
pub(crate) struct Tail {
    limit: usize,
    lines: VecDeque<Vec<u8>>,
    /// The line that has no newline yet.
    open: Vec<u8>,
    /// Whether the open line has begun (it may be empty after a newline).
    begun: bool,
}

impl Tail {
    /// A tail of at most `limit` lines.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, lines: VecDeque::new(), open: Vec::new(), begun: false }
    }

    /// Adds bytes that may begin and end in the middle of a line.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some(at) = bytes.iter().position(|&byte| byte == b'\n') {
            self.extend(&bytes[..at]);
            self.close();
            bytes = &bytes[at + 1..];
        }
        if !bytes.is_empty() {
            self.extend(bytes);
            self.begun = true;
        }
    }

    /// Adds one whole line.
    pub(crate) fn push_line(&mut self, line: &str) {
        self.extend(line.as_bytes());
        self.close();
    }

    /// The lines, oldest first. Invalid UTF-8 is replaced, nothing else is
    /// cleaned: a carriage return or an escape sequence is still there.
    pub(crate) fn into_lines(mut self) -> Vec<String> {
        if self.begun {
            self.close();
        }
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
        self.lines.iter().map(text).collect()
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES.saturating_sub(self.open.len());
        self.open.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn close(&mut self) {
        if self.lines.len() == self.limit {
            self.lines.pop_front();
        }
        self.lines.push_back(std::mem::take(&mut self.open));
        self.begun = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_the_last_lines() {
        let mut tail = Tail::new(2);
        tail.push(b"one\ntwo\nthr");
        tail.push(b"ee\nfour");
        assert_eq!(tail.into_lines(), ["three", "four"]);
    }

    #[test]
    fn an_empty_line_is_a_line_and_a_final_newline_is_none() {
        let mut tail = Tail::new(9);
        tail.push(b"a\n\nb\n");
        assert_eq!(tail.into_lines(), ["a", "", "b"]);
    }

    #[test]
    fn a_line_of_five_megabytes_costs_four_kibibytes() {
        let mut tail = Tail::new(3);
        tail.push(&vec![b'x'; 5_000_000]);
        tail.push(b"y\nnext\n");
        let lines = tail.into_lines();
        assert_eq!(lines[0].len(), 4096);
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        let mut tail = Tail::new(3);
        tail.push(b"a\xffb\n");
        assert_eq!(tail.into_lines(), ["a\u{fffd}b"]);
    }
}
