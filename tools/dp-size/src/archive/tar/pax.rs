//! Records that go before an entry and say what its header has no room for.

use super::number::decimal;

/// What pax records and GNU's long names say of the entry that follows. Fields
/// are none where they say nothing.
#[derive(Debug, Default)]
pub(super) struct Extended {
    pub(super) name: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    /// Bytes that follow the header.
    pub(super) size: Option<u64>,
    /// Size of a sparse file with its holes.
    pub(super) sparse_size: Option<u64>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    /// A sparse file's real name: its `path` is a special one, made for old programs.
    sparse_name: Option<Vec<u8>>,
}

impl Extended {
    /// Takes pax records: `LENGTH KEY=VALUE\n`, one after the other. An empty
    /// value withdraws an earlier one.
    pub(super) fn add_pax(&mut self, mut text: &[u8]) -> Result<(), &'static str> {
        while !text.is_empty() {
            let (record, rest) = split_record(text).ok_or("a pax record is malformed")?;
            let at = record.iter().position(|byte| *byte == b'=');
            let (key, value) = record.split_at(at.ok_or("a pax record has no value")?);
            self.set(key, &value[1..]).ok_or("a pax record is no number")?;
            text = rest;
        }
        Ok(())
    }

    /// The name, if it is not that of the header.
    pub(super) fn take_name(&mut self) -> Option<Vec<u8>> {
        self.sparse_name.take().or_else(|| self.name.take())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let text = || (!value.is_empty()).then(|| value.to_vec());
        match key {
            b"path" => self.name = text(),
            b"linkpath" => self.link = text(),
            b"size" => self.size = number(value)?,
            b"uid" => self.uid = number(value)?.and_then(|id| u32::try_from(id).ok()),
            b"gid" => self.gid = number(value)?.and_then(|id| u32::try_from(id).ok()),
            b"GNU.sparse.name" => self.sparse_name = text(),
            // Format 0.x and format 1.0.
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = number(value)?,
            _ => {}
        }
        Some(())
    }
}

/// None for what is no number, and `Some(None)` for what is empty.
#[expect(clippy::option_option, reason = "two questions: is it sound, is it there")]
fn number(value: &[u8]) -> Option<Option<u64>> {
    if value.is_empty() { Some(None) } else { decimal(value).map(Some) }
}

/// The first record without its length and line end, and what follows it.
fn split_record(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = text.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&text[..blank])?).ok()?;
    let record = text.get(blank + 1..length)?;
    Some((record.strip_suffix(b"\n")?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Extended, &'static str> {
        let mut extended = Extended::default();
        extended.add_pax(text).map(|()| extended)
    }

    #[test]
    fn records_are_read_by_their_length() {
        let text = b"11 path=ab\n12 size=123\n19 comment=a\n=b\n=c\n15 linkpath=/x\n";
        let read = read(text).unwrap();
        assert_eq!(read.name.as_deref(), Some(&b"ab"[..]));
        assert_eq!((read.size, read.link.as_deref()), (Some(123), Some(&b"/x"[..])));
    }

    #[test]
    fn an_empty_value_takes_the_earlier_one_back() {
        let read = read(b"11 path=ab\n8 path=\n12 size=123\n8 size=\n").unwrap();
        assert_eq!((read.name, read.size), (None, None));
    }

    #[test]
    fn a_sparse_file_has_its_own_name() {
        let mut read = read(b"15 path=GNUS/1\n22 GNU.sparse.name=ab\n").unwrap();
        assert_eq!(read.take_name().as_deref(), Some(&b"ab"[..]));
    }

    #[test]
    fn malformed_records_are_refused() {
        for text in [
            &b"path=a\n"[..],
            b"99 path=a\n",
            b"8 path=a\n",
            b"0 path=a\n",
            b"10 path=ab",
            b"7 path\n\n",
            b"10 size=-1\n",
            b"x path=a\n",
            b"99999999999999999999999 path=a\n",
            b" \n",
            b"3 \n",
        ] {
            assert!(read(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }
}
