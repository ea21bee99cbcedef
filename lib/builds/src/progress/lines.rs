//! Cuts a byte stream into lines.

/// Most bytes of one line. `BuildKit` limits its messages to 16 MiB, base64 and
/// JSON add about half.
const LINE_BYTES: usize = 64 << 20;

/// Collects bytes until a line is complete. The rest of a line over 64 MiB is
/// thrown away.
#[derive(Debug, Default)]
pub(crate) struct LineSplitter {
    open: Vec<u8>,
}

impl LineSplitter {
    /// Adds bytes and calls `each` for every line that they end (without its
    /// newline).
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) {
        while let Some(at) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..at], &bytes[at + 1..]);
            if self.open.is_empty() {
                each(line);
            } else {
                self.extend(line);
                each(&std::mem::take(&mut self.open));
            }
            bytes = rest;
        }
        self.extend(bytes);
    }

    /// Calls `each` for the last line if the stream ended without a newline.
    pub(crate) fn finish(self, mut each: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            each(&self.open);
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES.saturating_sub(self.open.len());
        self.open.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = LineSplitter::default();
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        for chunk in chunks {
            lines.push(chunk, |line| found.push(text(line)));
        }
        lines.finish(|line| found.push(text(line)));
        found
    }

    #[test]
    fn lines_are_the_same_however_the_stream_is_cut() {
        let whole = split(&[b"ab\n\ncd\nef"]);
        assert_eq!(whole, ["ab", "", "cd", "ef"]);
        assert_eq!(split(&[b"a", b"b\n", b"\ncd", b"\ne", b"f"]), whole);
    }

    #[test]
    fn a_final_newline_ends_the_last_line() {
        assert_eq!(split(&[b"ab\n"]), ["ab"]);
        assert!(split(&[b""]).is_empty());
    }
}
