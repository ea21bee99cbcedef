//! What bytes are, by their beginning: names in archives say nothing.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::expanded::Expanded;
use super::tar::{BLOCK, is_header};

/// What bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A tar, perhaps an empty one.
    Tar,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by Zstandard.
    Zstd,
    /// JSON: an object or a list.
    Json,
    /// Compressed in a way that no image format knows.
    Foreign(&'static str),
    /// None of these.
    Other,
}

/// Input whose beginning was looked at, and is read again.
pub(crate) type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// Largest window of a Zstandard frame, as a power of two: 128 MiB, the most
/// that `zstd` itself takes without being asked.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Looks at the beginning of `input`.
pub(crate) fn sniff<R: BufRead>(mut input: R) -> io::Result<(Format, Peeked<R>)> {
    let mut head = Vec::with_capacity(BLOCK);
    input.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
    Ok((format(&head), Cursor::new(head).chain(input)))
}

/// Undoes the compression, if there is one.
pub(crate) fn expand<'r, R: BufRead + 'r>(
    format: Format,
    input: R,
) -> io::Result<Box<dyn BufRead + 'r>> {
    Ok(match format {
        // Several members may follow each other (eStargz).
        Format::Gzip => {
            let decoder = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input));
            Box::new(Expanded::new(decoder, "gzip"))
        }
        Format::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(Expanded::new(BufReader::with_capacity(1 << 16, decoder), "Zstandard"))
        }
        _ => Box::new(input),
    })
}

fn format(head: &[u8]) -> Format {
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    match head {
        [] => Format::Tar,
        [0x1f, 0x8b, ..] => Format::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Format::Zstd,
        // A skippable frame, which zstd:chunked and pzstd begin with.
        [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50 => Format::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Format::Foreign("xz"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Format::Foreign("bzip2"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Format::Foreign("lz4"),
        _ if head.len() == BLOCK && (is_header(head) || is_empty(head)) => Format::Tar,
        _ if matches!(first, Some(b'{' | b'[')) => Format::Json,
        _ => Format::Other,
    }
}

/// An archive without entries is nothing but zeros.
fn is_empty(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_known_by_their_beginning() {
        for (bytes, expected) in [
            (&b"\x1f\x8b\x08"[..], Format::Gzip),
            (b"\x28\xb5\x2f\xfd\x00", Format::Zstd),
            (b"\x5f\x2a\x4d\x18\x00", Format::Zstd),
            (b"\xfd7zXZ\0", Format::Foreign("xz")),
            (b"BZh9", Format::Foreign("bzip2")),
            (b"\n {\"a\":1}", Format::Json),
            (b"[]", Format::Json),
            (b"hello", Format::Other),
            (&[0; BLOCK], Format::Tar),
            (&[0; 100], Format::Other),
            (b"", Format::Tar),
        ] {
            assert_eq!(format(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_was_looked_at_is_read_again() {
        let text = b"{\"a\": [1, 2, 3]}".repeat(100);
        let (found, mut input) = sniff(&text[..]).unwrap();
        let mut back = Vec::new();
        input.read_to_end(&mut back).unwrap();
        assert_eq!((found, back), (Format::Json, text));
    }
}
