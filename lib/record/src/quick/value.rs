//! The values of plain lines: each with how many bytes of the line it takes.

use jiff::Timestamp;
use memchr::memchr;

/// Up to here every whole number has an exact `f64`: 2^53.
const EXACT_INTEGERS: u64 = 1 << 53;
/// Powers of ten, which an `f64` holds exactly up to 10^22.
const EXACT_POWERS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// What stands before the next quote: all of a text, where no line has an escape.
pub(super) fn text(rest: &str) -> Option<&str> {
    rest.get(..memchr(b'"', rest.as_bytes())?)
}

/// A whole number.
pub(super) fn count(rest: &str) -> Option<(u32, usize)> {
    let (length, number) = whole(rest.as_bytes())?;
    if length > 10 { None } else { Some((u32::try_from(number).ok()?, length)) }
}

/// A number without an exponent, as the nearest `f64`.
pub(super) fn number(rest: &str) -> Option<(f64, usize)> {
    let bytes = rest.as_bytes();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let (whole, mantissa) = whole(bytes.get(sign..)?)?;
    let mut end = sign + whole;
    let (fraction, mantissa) = match bytes.get(end) {
        Some(b'.') => digits(bytes.get(end + 1..)?, mantissa)?,
        _ => (0, mantissa),
    };
    end += if fraction > 0 { 1 + fraction } else { 0 };
    // The quotient of two numbers that are exact is the nearest one to the true quotient:
    // that is how IEEE 754 divides. (W. D. Clinger, "How to read floating point numbers
    // accurately", PLDI 1990.)
    let value = match EXACT_POWERS.get(fraction) {
        // Below 10^19 nothing wrapped.
        Some(power) if whole + fraction <= 19 && mantissa <= EXACT_INTEGERS => {
            let value = mantissa as f64 / power;
            if sign > 0 { -value } else { value }
        }
        _ => rest.get(..end)?.parse().ok().filter(|value: &f64| value.is_finite())?,
    };
    Some((value, end))
}

/// Digits as of a whole number: how many, and their number. Only 0 begins with a 0.
fn whole(bytes: &[u8]) -> Option<(usize, u64)> {
    let begins_with_zero = bytes.first() == Some(&b'0');
    digits(bytes, 0).filter(|(count, _)| *count == 1 || !begins_with_zero)
}

/// Digits: how many, and the number with these behind those of `before`, modulo 2^64.
fn digits(bytes: &[u8], before: u64) -> Option<(usize, u64)> {
    let (mut count, mut number) = (0, before);
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        count += 1;
    }
    (count > 0).then_some((count, number))
}

/// A time in UTC as dp writes it; in other forms by the parser that knows all.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    utc(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-11-20T07:00:00.123456Z`.
fn utc(text: &[u8]) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| {
        text.get(range)?.iter().try_fold(0_i64, |number, digit| {
            digit.is_ascii_digit().then(|| 10 * number + i64::from(digit - b'0'))
        })
    };
    let (date, rest) = text.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| date[*at] != *mark) {
        return None;
    }
    let [year, month, day] = [number(0..4)?, number(5..7)?, number(8..10)?];
    let [hour, minute, second] = [number(11..13)?, number(14..16)?, number(17..19)?];
    // Every month has 28 days; what is later is looked at by the parser that knows all.
    let is_plain = (1..=12).contains(&month) && (1..=28).contains(&day);
    if !is_plain || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let power = u32::try_from(9 - digits.len()).ok()?;
            number(20..20 + digits.len())? * 10_i64.pow(power)
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// Days since 1970-01-01, where years begin in March, so that the leap day is the last
/// one. (H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.)
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
