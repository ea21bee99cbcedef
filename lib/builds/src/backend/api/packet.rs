//! The packets of a file transfer: `fsutil.types.Packet` and `Stat` of
//! tonistiigi/fsutil.

use dp_engine::protobuf::{MessageWriter, Value, fields};

use crate::context::{Entry, EntryKind, Xattr};

/// Types of packets.
const REQUEST: u64 = 1;
const DATA: u64 = 2;
const FINAL: u64 = 3;
const ERROR: u64 = 4;

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming {
    /// It asks for the content of the file with this number.
    Request(u32),
    /// It has all.
    Final,
    /// It gave up.
    Error(String),
    /// Nothing that we know.
    Other,
}

/// Reads a packet.
pub(super) fn read(bytes: &[u8]) -> Incoming {
    let (mut kind, mut number, mut data) = (0, 0, String::new());
    let read = fields(bytes, |field, value| {
        match (field, value) {
            (1, Value::Number(is)) => kind = is,
            (3, Value::Number(is)) => number = is,
            (4, value) => data = value.text()?,
            _ => {}
        }
        Ok(())
    });
    match (read, kind) {
        (Ok(()), REQUEST) => u32::try_from(number).map_or(Incoming::Other, Incoming::Request),
        (Ok(()), FINAL) => Incoming::Final,
        (Ok(()), ERROR) => Incoming::Error(data),
        _ => Incoming::Other,
    }
}

/// Announces an entry.
pub(super) fn entry(entry: &Entry, xattrs: &[Xattr]) -> Vec<u8> {
    let stat = MessageWriter::new()
        .bytes(1, entry.path_bytes())
        .number(2, u64::from(go_mode(entry)))
        .number(5, entry.size)
        .number(6, entry.modified.cast_unsigned())
        .bytes(7, entry.link_bytes())
        .number(8, u64::from(entry.device.0))
        .number(9, u64::from(entry.device.1));
    let stat = xattrs.iter().fold(stat, |stat, (name, value)| {
        stat.message(10, &MessageWriter::new().bytes(1, name).bytes(2, value))
    });
    MessageWriter::new().message(2, &stat).into_bytes()
}

/// All entries have been announced.
pub(super) fn no_more_entries() -> Vec<u8> {
    Vec::new()
}

/// A piece of a file; an empty one ends it.
pub(super) fn data(number: u32, piece: &[u8]) -> Vec<u8> {
    MessageWriter::new().number(1, DATA).number(3, u64::from(number)).bytes(4, piece).into_bytes()
}

/// The transfer is over.
pub(super) fn last() -> Vec<u8> {
    MessageWriter::new().number(1, FINAL).into_bytes()
}

/// The bits of Go's `os.FileMode`. A socket has none, as fsutil has it: it
/// arrives as an empty file.
fn go_mode(entry: &Entry) -> u32 {
    let kind = match entry.kind {
        EntryKind::File | EntryKind::Socket => 0,
        EntryKind::Folder => 1 << 31,
        EntryKind::Symlink => 1 << 27,
        EntryKind::BlockDevice => 1 << 26,
        EntryKind::Fifo => 1 << 25,
        EntryKind::CharDevice => 1 << 26 | 1 << 21,
    };
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let special = special.iter().filter(|(bit, _)| entry.mode & bit != 0);
    special.fold(kind | entry.mode & 0o777, |mode, (_, bit)| mode | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(kind: EntryKind, mode: u32) -> Entry {
        let (path, link) = ("a".into(), None);
        Entry { path, kind, mode, size: 0, modified: 0, link, device: (0, 0) }
    }

    #[test]
    fn modes_are_those_of_go() {
        // From the documentation of io/fs.
        for (kind, mode, go) in [
            (EntryKind::File, 0o644, 0o644),
            (EntryKind::Folder, 0o755, 0x8000_0000 | 0o755),
            (EntryKind::Folder, 0o1777, 0x8010_0000 | 0o777),
            (EntryKind::Symlink, 0o777, 0x0800_0000 | 0o777),
            (EntryKind::File, 0o6755, 0x00c0_0000 | 0o755),
            (EntryKind::Fifo, 0o600, 0x0200_0000 | 0o600),
            (EntryKind::CharDevice, 0o600, 0x0420_0000 | 0o600),
            (EntryKind::BlockDevice, 0o600, 0x0400_0000 | 0o600),
            (EntryKind::Socket, 0o755, 0o755),
        ] {
            assert_eq!(go_mode(&plain(kind, mode)), go, "{kind:?} {mode:o}");
        }
    }

    #[test]
    fn packets_are_the_bytes_that_the_format_asks_for() {
        let file = Entry { size: 300, modified: 1, ..plain(EntryKind::File, 0o644) };
        // Field 2 of 13 bytes: path "a", mode 420, size 300, time 1.
        let expected = [0x12, 11, 0x0a, 1, b'a', 0x10, 0xa4, 0x03, 0x28, 0xac, 0x02, 0x30, 1];
        assert_eq!(entry(&file, &[]), expected);
        // Field 10: a message of name "n" and value "v".
        let expected =
            [0x12, 14, 0x0a, 1, b'a', 0x10, 0xa4, 0x03, 0x52, 6, 0x0a, 1, b'n', 0x12, 1, b'v'];
        let xattr = (b"n".to_vec(), b"v".to_vec());
        assert_eq!(entry(&plain(EntryKind::File, 0o644), &[xattr]), expected);
        assert_eq!(data(5, b"xy"), [0x08, 2, 0x18, 5, 0x22, 2, b'x', b'y']);
        assert_eq!(data(0, b""), [0x08, 2]);
        assert_eq!(last(), [0x08, 3]);
    }

    #[test]
    fn what_the_engine_says_is_read() {
        assert_eq!(read(&[0x08, 1, 0x18, 7]), Incoming::Request(7));
        assert_eq!(read(&[0x08, 1]), Incoming::Request(0));
        assert_eq!(read(&[0x08, 3]), Incoming::Final);
        assert_eq!(read(&[0x08, 4, 0x22, 2, b'n', b'o']), Incoming::Error("no".into()));
        assert_eq!(read(&[0x08, 9]), Incoming::Other);
        assert_eq!(read(&[0x08]), Incoming::Other);
    }
}
