//! The wire format of protocol buffers: as much of it as progress messages, file transfers and
//! containerd's snapshots need.
//!
//! By hand although prost exists. Some messages of three services are read and written. prost
//! would need the `.proto` files of four other projects, and either `protoc` in the build or
//! generated code in the repository, for the hundred lines below. These never panic, whatever
//! the bytes, and the examples of the format's own documentation are their tests. If the
//! session client learns more services, prost becomes the better choice.

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number or a truth value.
    Number(u64),
    /// A text, bytes, or a message.
    Bytes(&'a [u8]),
    /// Of fixed length: no message that we read has one.
    Fixed,
}

impl<'a> Value<'a> {
    /// A number or a truth value.
    ///
    /// # Errors
    /// It is something else.
    pub fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Number(number) => Ok(number),
            _ => Err(Malformed),
        }
    }

    /// An `int64`, which the wire has in two's complement.
    ///
    /// # Errors
    /// As for [`Value::number`].
    pub fn signed(self) -> Result<i64, Malformed> {
        Ok(self.number()?.cast_signed())
    }

    /// A text, bytes, or a message.
    ///
    /// # Errors
    /// It is something else.
    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    /// A text; invalid UTF-8 is replaced.
    ///
    /// # Errors
    /// As for [`Value::bytes`].
    pub fn text(self) -> Result<String, Malformed> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }
}

/// Calls `each` with number and value of every field, in their order on the wire.
///
/// # Errors
/// The bytes are no message, or `each` says so.
pub fn fields<'a>(
    mut bytes: &'a [u8],
    mut each: impl FnMut(u64, Value<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Malformed)?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            1 => take(&mut bytes, 8).map(|_| Value::Fixed)?,
            5 => take(&mut bytes, 4).map(|_| Value::Fixed)?,
            _ => return Err(Malformed),
        };
        each(key >> 3, value)?;
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(Malformed)?;
    *bytes = rest;
    Ok(taken)
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

/// A message being written. Zeros and empty texts are left out, as the format
/// has it.
#[derive(Debug, Default)]
pub struct MessageWriter(Vec<u8>);

impl MessageWriter {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number or a truth value.
    #[must_use]
    pub fn number(mut self, field: u64, number: u64) -> Self {
        if number != 0 {
            self.varint(field << 3);
            self.varint(number);
        }
        self
    }

    /// Adds a text or bytes.
    #[must_use]
    pub fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.delimited(field, bytes) }
    }

    /// A message within this one; it may be empty.
    #[must_use]
    pub fn message(self, field: u64, message: &Self) -> Self {
        self.delimited(field, &message.0)
    }

    /// The message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn delimited(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn varint(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Value<'_>)>, Malformed> {
        let mut found = Vec::new();
        fields(bytes, |field, value| {
            found.push((field, value));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn the_examples_of_the_format_s_own_documentation_are_read() {
        assert_eq!(read(&[0x08, 0x96, 0x01]), Ok(vec![(1, Value::Number(150))]));
        let testing = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
        assert_eq!(read(&testing), Ok(vec![(2, Value::Bytes(b"testing"))]));
        let nested = [0x1a, 0x03, 0x08, 0x96, 0x01];
        assert_eq!(read(&nested), Ok(vec![(3, Value::Bytes(&[0x08, 0x96, 0x01]))]));
        let minus_two = [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(read(&minus_two).unwrap()[0].1.signed(), Ok(-2));
    }

    #[test]
    fn the_same_examples_are_written() {
        assert_eq!(MessageWriter::new().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let testing = MessageWriter::new().bytes(2, b"testing").into_bytes();
        assert_eq!(testing, [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        let nested =
            MessageWriter::new().message(3, &MessageWriter::new().number(1, 150)).into_bytes();
        assert_eq!(nested, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert!(MessageWriter::new().number(1, 0).bytes(2, b"").into_bytes().is_empty());
        assert_eq!(MessageWriter::new().message(2, &MessageWriter::new()).into_bytes(), [0x12, 0]);
    }

    #[test]
    fn fields_of_other_kinds_are_passed_over() {
        let bytes = [0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 1];
        let found = read(&bytes).unwrap();
        assert_eq!(found, [(1, Value::Fixed), (2, Value::Fixed), (3, Value::Number(1))]);
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_malformed() {
        for bytes in [
            &[0x08][..],
            &[0x08, 0x80],
            &[0x12, 0x05, 0x00],
            &[0x09, 1, 2],
            &[0x0b],
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ] {
            assert_eq!(read(bytes), Err(Malformed), "{bytes:?}");
        }
    }
}
