//! One header block.

use super::BLOCK;
use super::number::number;

/// A header block whose checksum is right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'b>(&'b [u8; BLOCK]);

/// Which dialect a header is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Before POSIX: no prefix.
    V7,
    /// POSIX: a prefix of up to 155 bytes.
    Ustar,
    /// star: a prefix of up to 131 bytes, then times.
    Star,
    /// GNU: times and sparse maps in the place of the prefix.
    Gnu,
}

/// Whether the block is a tar header, by its checksum.
pub(crate) fn is_header(block: &[u8]) -> bool {
    block.try_into().is_ok_and(|block| Header::new(block).is_ok())
}

impl<'b> Header<'b> {
    /// The block as a header, or why it is none.
    pub(super) fn new(block: &'b [u8; BLOCK]) -> Result<Self, &'static str> {
        let wanted = number(&block[148..156]).ok_or("its checksum is no number")?;
        // The checksum is taken with blanks in its own place, by some programs
        // of signed bytes.
        let taken = |at: usize| if (148..156).contains(&at) { b' ' } else { block[at] };
        let unsigned: u64 = (0..BLOCK).map(|at| u64::from(taken(at))).sum();
        let signed: i64 = (0..BLOCK).map(|at| i64::from(taken(at).cast_signed())).sum();
        if unsigned == wanted || u64::try_from(signed) == Ok(wanted) {
            Ok(Self(block))
        } else {
            Err("its checksum is wrong")
        }
    }

    /// What follows: `0` a file, `5` a directory, `x` pax records...
    pub(super) fn kind(self) -> u8 {
        self.0[156]
    }

    /// The name, of prefix and name.
    pub(super) fn name(self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        let prefix = match self.dialect() {
            Dialect::Ustar => text(&self.0[345..500]),
            Dialect::Star => text(&self.0[345..476]),
            Dialect::V7 | Dialect::Gnu => b"",
        };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    /// What a link points to.
    pub(super) fn link(self) -> &'b [u8] {
        text(&self.0[157..257])
    }

    /// Bytes that follow it.
    pub(super) fn size(self) -> Result<u64, &'static str> {
        number(&self.0[124..136]).ok_or("its size is no number")
    }

    /// Permission bits.
    pub(super) fn mode(self) -> u32 {
        small(&self.0[100..108])
    }

    /// Number of the user.
    pub(super) fn uid(self) -> u32 {
        small(&self.0[108..116])
    }

    /// Number of the group.
    pub(super) fn gid(self) -> u32 {
        small(&self.0[116..124])
    }

    /// Size of a sparse file (GNU) with its holes, and whether blocks with more
    /// of its map follow.
    pub(super) fn sparse(self) -> Result<(u64, bool), &'static str> {
        let size = number(&self.0[483..495]).ok_or("its sparse size is no number")?;
        Ok((size, self.0[482] != 0))
    }

    fn dialect(self) -> Dialect {
        match &self.0[257..263] {
            b"ustar\0" if &self.0[508..512] == b"tar\0" => Dialect::Star,
            b"ustar\0" => Dialect::Ustar,
            b"ustar " => Dialect::Gnu,
            _ => Dialect::V7,
        }
    }
}

/// Whether another block of a GNU sparse map follows this one: the flag is after 21
/// pieces of 24 bytes.
pub(super) fn map_goes_on(block: &[u8; BLOCK]) -> bool {
    block[504] != 0
}

/// A text field: up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or(field)
}

/// Modes and owners count nothing: what makes no sense is 0.
fn small(field: &[u8]) -> u32 {
    number(field).and_then(|value| u32::try_from(value).ok()).unwrap_or_default()
}
