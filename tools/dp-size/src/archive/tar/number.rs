//! Numbers in tar headers.

/// A number field: octal digits between blanks and NULs, or, where the first
/// bit is set, a base-256 number (GNU, star) of the other bits. None for what
/// is neither, is negative, or exceeds 64 bits.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => base256(field),
        _ => octal(field),
    }
}

/// The second bit is the sign.
fn base256(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x40 != 0 {
        return None;
    }
    rest.iter().try_fold(u64::from(first & 0x3f), |value, byte| {
        Some(value.checked_mul(256)? | u64::from(*byte))
    })
}

fn octal(field: &[u8]) -> Option<u64> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let begin = field.iter().position(|byte| !is_blank(byte)).unwrap_or(field.len());
    let digits = &field[begin..];
    let end = digits.iter().position(is_blank).unwrap_or(digits.len());
    digits[..end].iter().try_fold(0_u64, |value, byte| {
        let digit = char::from(*byte).to_digit(8)?;
        value.checked_mul(8)?.checked_add(digit.into())
    })
}

/// A decimal number, as pax records write it.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_numbers_may_have_blanks_around_them() {
        for (field, value) in [
            (&b"00000000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"777777777777", Some(0o777_777_777_777)),
            (b"\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"0000064x", None),
            (b"-1\0", None),
            (b"777777777777777777777777", None),
            (b"", Some(0)),
        ] {
            assert_eq!(number(field), value, "{field:?}");
        }
    }

    #[test]
    fn large_numbers_are_binary() {
        // 8 GiB does not fit into eleven octal digits.
        let mut field = [0_u8; 12];
        field[0] = 0x80;
        field[7] = 2;
        assert_eq!(number(&field), Some(2 << 32));
        field[1] = 1;
        assert_eq!(number(&field), None, "beyond 64 bits");
        assert_eq!(number(&[0xff; 12]), None, "-1");
    }
}
