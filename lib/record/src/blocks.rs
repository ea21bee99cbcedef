//! A stream in blocks of whole lines, so that several threads can read its records.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use crate::quick::Layouts;
use crate::reader::MARK;
use crate::{Content, LineProblem, MAX_LINE_BYTES, ReadError, RecordView};

/// Bytes of a block, if no line is longer.
const BLOCK_BYTES: usize = 1 << 16;

/// Cuts a stream into blocks at the ends of its lines.
#[derive(Debug)]
pub struct Blocks<R> {
    input: R,
    source: String,
    /// How many blocks were taken.
    taken: u64,
    /// What was read behind the last line that was taken.
    rest: Vec<u8>,
    has_ended: bool,
    block_bytes: usize,
    limit: usize,
}

/// Some lines of a stream that follow each other. Used again, it keeps its memory.
#[derive(Debug, Default)]
pub struct Block {
    /// What was read; valid up to `length`, behind it is what was there before.
    bytes: Vec<u8>,
    length: usize,
    /// Its place among all blocks of the stream, from 0.
    number: u64,
    /// Whether a line that is too long to be kept stood before the others.
    is_after_too_long: bool,
    /// The longest line that is read as a record.
    limit: usize,
    /// How many lines it held the last time.
    lines: usize,
    layouts: Layouts,
}

impl<R: Read> Blocks<R> {
    /// Reads from `input`; `source` names it in messages.
    pub fn new(source: impl Into<String>, input: R) -> Self {
        let (rest, block_bytes, limit) = (Vec::new(), BLOCK_BYTES, MAX_LINE_BYTES);
        let source = source.into();
        Self { input, source, taken: 0, rest, has_ended: false, block_bytes, limit }
    }

    /// The same in smaller blocks, and with another longest line.
    #[cfg(test)]
    fn sized(self, block_bytes: usize, limit: usize) -> Self {
        Self { block_bytes, limit, ..self }
    }

    /// Puts the next lines into `block`: those that came at once, and at least one.
    /// False at the end of the stream.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read. The block has a number then, too, and the stream
    /// has ended.
    pub fn take(&mut self, block: &mut Block) -> Result<bool, ReadError> {
        block.begin(&self.rest, self.taken, self.limit);
        self.rest.clear();
        let mut searched = 0;
        loop {
            if let Some(at) = memrchr(b'\n', &block.bytes[searched..block.length]) {
                let end = searched + at + 1;
                self.rest.extend_from_slice(&block.bytes[end..block.length]);
                block.length = end;
                break;
            }
            searched = block.length;
            if block.length > self.limit {
                self.skip_line(block)?;
                break;
            }
            if self.has_ended {
                break;
            }
            self.has_ended = self.read(block)? == 0;
        }
        let is_something = block.length > 0 || block.is_after_too_long;
        self.taken += u64::from(is_something);
        Ok(is_something)
    }

    /// Reads once, behind what the block holds. Answers how many bytes came.
    fn read(&mut self, block: &mut Block) -> Result<usize, ReadError> {
        // Behind a long line, too, no more than a block: it may be short lines without end.
        let wanted = block.length + self.block_bytes;
        if block.bytes.len() < wanted {
            block.bytes.resize(wanted, 0);
        }
        loop {
            match self.input.read(&mut block.bytes[block.length..wanted]) {
                Ok(count) => {
                    block.length += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    (self.has_ended, self.taken) = (true, self.taken + 1);
                    return Err(ReadError::Input { source_name: self.source.clone(), error });
                }
            }
        }
    }

    /// Passes over what comes until the end of the line that the block begins with.
    fn skip_line(&mut self, block: &mut Block) -> Result<(), ReadError> {
        block.is_after_too_long = true;
        block.length = 0;
        block.bytes.truncate(self.block_bytes);
        block.bytes.shrink_to_fit();
        while self.read(block)? > 0 {
            if let Some(at) = memchr(b'\n', &block.bytes[..block.length]) {
                self.rest.extend_from_slice(&block.bytes[at + 1..block.length]);
                block.length = 0;
                return Ok(());
            }
            block.length = 0;
        }
        self.has_ended = true;
        Ok(())
    }
}

impl Block {
    fn begin(&mut self, rest: &[u8], number: u64, limit: usize) {
        if self.bytes.len() < rest.len() {
            self.bytes.resize(rest.len(), 0);
        }
        self.bytes[..rest.len()].copy_from_slice(rest);
        self.length = rest.len();
        (self.number, self.limit, self.is_after_too_long) = (number, limit, false);
    }

    /// Its place among all blocks of the stream, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What each of its lines holds.
    pub fn lines(&mut self) -> Vec<Content<RecordView<'_>>> {
        // Room for some more than the last time: they are large.
        let mut lines = Vec::with_capacity(self.lines + self.lines / 16 + 1);
        if self.is_after_too_long {
            lines.push(Content::Bad(LineProblem::TooLong));
        }
        let all = &self.bytes[..self.length];
        let mut begin = 0;
        while begin < all.len() {
            let end = memchr(b'\n', &all[begin..]).map_or(all.len(), |at| begin + at);
            let mut line = &all[begin..end];
            lines.push(if line.len() > self.limit {
                Content::Bad(LineProblem::TooLong)
            } else {
                if begin == 0 && self.number == 0 {
                    line = line.strip_prefix(MARK.as_bytes()).unwrap_or(line);
                }
                Content::like_those_before(line, &mut self.layouts)
            });
            begin = end + 1;
        }
        self.lines = lines.len();
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    /// Some bytes at a time, with interruptions between them.
    struct Slow<'a> {
        bytes: &'a [u8],
        at_once: usize,
        is_interrupted: bool,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.is_interrupted = !self.is_interrupted;
            if self.is_interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = self.at_once.min(buffer.len());
            (&mut self.bytes).take(count as u64).read(buffer)
        }
    }

    fn of_blocks(bytes: &[u8], at_once: usize, block_bytes: usize, limit: usize) -> Vec<String> {
        let input = Slow { bytes, at_once, is_interrupted: false };
        let mut blocks = Blocks::new("in", input).sized(block_bytes, limit);
        let (mut block, mut all) = (Block::default(), Vec::new());
        while blocks.take(&mut block).unwrap() {
            let before = all.len();
            all.extend(block.lines().into_iter().map(|line| match line {
                Content::Record(record) => format!("{:?}", record.into_owned()),
                other => format!("{other:?}"),
            }));
            assert!(all.len() > before, "a block without a line");
        }
        assert!(!blocks.take(&mut block).unwrap());
        all
    }

    fn of_reader(bytes: &[u8], limit: usize) -> Vec<String> {
        let mut reader = Reader::new("in", bytes).limited(limit);
        let lines = std::iter::from_fn(|| reader.next_line().unwrap());
        lines
            .map(|line| match line.content {
                Content::Record(record) => format!("{record:?}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    const LINE: &str = r#"{"dp":"1.0","kind":"a","at":"2026-01-02T03:04:05Z","outcome":"ok"}"#;

    #[test]
    fn blocks_hold_the_lines_that_a_reader_reads() {
        let long = "x".repeat(200);
        let inputs = [
            String::new(),
            "\n".to_owned(),
            LINE.to_owned(),
            format!("{LINE}\n"),
            format!("\u{feff}{LINE}\r\n\n{LINE}"),
            format!("{long}\n{LINE}\n{long}\n{long}\n\n{LINE}\n{long}"),
            format!("{LINE}\n{long}\n"),
            format!("\u{feff}{long}\n\u{feff}{LINE}\n"),
            format!("{LINE}\nnonsense\n{LINE}{LINE}\n\n\n{LINE}"),
        ];
        for input in &inputs {
            let expected = of_reader(input.as_bytes(), 100);
            for at_once in [1, 2, 7, 66, 67, 100, 101, 1000] {
                for block_bytes in [1, 64, 67, 128, 1000] {
                    let found = of_blocks(input.as_bytes(), at_once, block_bytes, 100);
                    assert_eq!(found, expected, "{at_once} {block_bytes} {input}");
                }
            }
        }
    }

    #[test]
    fn behind_a_long_line_come_no_more_lines_than_a_block_holds() {
        let text = format!("{}\n{}", "x".repeat(10_000), "\n".repeat(30_000));
        let mut blocks = Blocks::new("in", text.as_bytes()).sized(100, 1 << 20);
        let (mut block, mut most) = (Block::default(), 0);
        while blocks.take(&mut block).unwrap() {
            most = most.max(block.lines().len());
        }
        assert!((100..=101).contains(&most), "{most}");
    }

    #[test]
    fn a_stream_that_fails_is_no_end() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let text = format!("{LINE}\n{LINE}");
        let mut blocks = Blocks::new("in", text.as_bytes().chain(Fails));
        let mut block = Block::default();
        assert!(blocks.take(&mut block).unwrap());
        assert_eq!(block.lines().len(), 1);
        assert_eq!(blocks.take(&mut block).unwrap_err().to_string(), "in: cannot read: gone");
        assert_eq!(block.number(), 1);
        assert!(!blocks.take(&mut block).unwrap());
    }
}
