//! Numbers as docker's command line reads them: Go's own notations, sizes, CPUs.

/// Numbers have another form: what to write.
const WHOLE: &str = "write a whole number";
const SIZE: &str = "write a number with b, k, m, g, t or p behind it";
const CPUS: &str = "write a number, as 1.5";

/// A flag's value (`true`, `1`, `F`...).
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("it is true or false".to_owned()),
    }
}

/// A whole number as Go's source writes it (`10`, `-1`, `0x1f`, `0o17`, `017`,
/// `1_000`).
pub(super) fn integer(text: &str) -> Result<i64, String> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = body.to_ascii_lowercase();
    let (base, prefix, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, true, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, true, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, true, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, true, &lower[1..])
    } else {
        (10, false, lower.as_str())
    };
    let whole = separated(digits, prefix).ok_or_else(|| WHOLE.to_owned())?;
    let sign = if negative { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{whole}"), base).map_err(|_| WHOLE.to_owned())
}

/// Digits without the underscores between them; none if one stands elsewhere.
fn separated(digits: &str, prefix: bool) -> Option<String> {
    let mut before = prefix;
    for char in digits.chars() {
        match char {
            '_' if before => before = false,
            char if char.is_ascii_alphanumeric() => before = true,
            _ => return None,
        }
    }
    let ended = digits.chars().last().is_some_and(|last| last != '_');
    ended.then(|| digits.replace('_', ""))
}

/// A whole number of this many at most, without a sign.
pub(super) fn unsigned(text: &str, most: i64) -> Result<i64, String> {
    let number = integer(text).ok().filter(|_| !text.starts_with(['+', '-']));
    number
        .filter(|number| *number <= most)
        .ok_or_else(|| format!("write a whole number from 0 to {most}"))
}

/// A size in bytes, with powers of 1024 (`64m`, `1.5GiB`, `512`).
pub(super) fn bytes(text: &str) -> Result<i64, String> {
    let wrong = || SIZE.to_owned();
    let is_part = |char: char| char.is_ascii_digit() || char == '.' || char == ' ';
    let end = text.rfind(is_part).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(end + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    // Words as inf have no digit, so that only numbers come so far.
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.to_ascii_lowercase();
    let mut letters = unit.chars();
    let power = match letters.next() {
        None | Some('b') => 0,
        Some('k') => 1,
        Some('m') => 2,
        Some('g') => 3,
        Some('t') => 4,
        Some('p') => 5,
        Some(_) => return Err(wrong()),
    };
    let rest = letters.as_str();
    if !(rest.is_empty() || power > 0 && ["b", "ib"].contains(&rest)) {
        return Err(wrong());
    }
    whole(number * 1024_f64.powi(power)).ok_or_else(wrong)
}

/// The number without its fraction, if it is positive and no overflow.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^63, checked here")]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && (0.0..9e18).contains(&number)).then_some(number as i64)
}

/// `-1` means no limit.
pub(super) fn swap(text: &str) -> Result<i64, String> {
    if text == "-1" { Ok(-1) } else { bytes(text) }
}

/// Billionths of a CPU (`1.5` is 1,500,000,000; `1/2` and `15e-1` are numbers too).
/// What is no whole number of them is refused.
pub(super) fn nano_cpus(text: &str) -> Result<i64, String> {
    let wrong = || CPUS.to_owned();
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (over, under) = match body.split_once('/') {
        Some((over, under)) => (digits(over).ok_or_else(wrong)?, digits(under).ok_or_else(wrong)?),
        None => decimal(body).ok_or_else(wrong)?,
    };
    if under == 0 {
        return Err(wrong());
    }
    let nanos = over.checked_mul(1_000_000_000).ok_or_else(wrong)?;
    if nanos % under != 0 {
        return Err("more than nine digits behind the point are too precise".to_owned());
    }
    let nanos = i64::try_from(nanos / under).map_err(|_| wrong())?;
    Ok(if negative { -nanos } else { nanos })
}

fn digits(text: &str) -> Option<i128> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

/// A decimal number as a fraction.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            digits(unsigned)?;
            (mantissa, exponent.parse::<i32>().ok()?)
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let all = format!("{whole}{fraction}");
    let empty = all.is_empty() && mantissa.contains('0');
    let number = if empty { 0 } else { digits(&all)? };
    let exponent = exponent - i32::try_from(fraction.len()).ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 { Some((number, power)) } else { Some((number.checked_mul(power)?, 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_docker() {
        for (text, expected) in [
            ("512", 512),
            ("64m", 67_108_864),
            ("64M", 67_108_864),
            ("64mb", 67_108_864),
            ("64MiB", 67_108_864),
            ("1.5g", 1_610_612_736),
            ("1 k", 1024),
            ("10b", 10),
            ("1e3", 1000),
            (".5k", 512),
            ("5.", 5),
            ("1p", 1 << 50),
            ("1k ", 0),
        ] {
            if expected == 0 {
                assert!(bytes(text).is_err(), "{text}");
            } else {
                assert_eq!(bytes(text), Ok(expected), "{text}");
            }
        }
        for text in [
            "", "m", "64x", "-1m", "1e400", "NaN", "inf", "64bb", "64mi", "64mbb", "1  k", " 1k",
            "1,5g", "64megs", "0x10",
        ] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn cpus_are_counted_in_billionths() {
        for (text, expected) in [
            ("1.5", 1_500_000_000),
            ("0.1", 100_000_000),
            ("1/2", 500_000_000),
            ("15e-1", 1_500_000_000),
            ("1.0000000000", 1_000_000_000),
            ("0.000000001", 1),
            ("+1", 1_000_000_000),
            (".5", 500_000_000),
            ("2.", 2_000_000_000),
            ("0.0", 0),
            ("-1", -1_000_000_000),
        ] {
            assert_eq!(nano_cpus(text), Ok(expected), "{text}");
        }
        for text in ["two", "", ".", "1e", "1/0", "1/", "1/3", "0.0000000001", "1e40", "inf", "1,5"]
        {
            assert!(nano_cpus(text).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_those_of_go() {
        for (text, expected) in [
            ("10", 10),
            ("+10", 10),
            ("-1", -1),
            ("0", 0),
            ("0x1F", 31),
            ("-0x10", -16),
            ("017", 15),
            ("0o17", 15),
            ("0b101", 5),
            ("1_000", 1000),
            ("0x_1f", 31),
            ("0_7", 7),
        ] {
            assert_eq!(integer(text), Ok(expected), "{text}");
        }
        for text in
            ["", "-", "+-1", "--1", "08", "0x", "_1", "1_", "1__0", "1.5", "1e3", " 1", "ten"]
        {
            assert!(integer(text).is_err(), "{text}");
        }
        assert!(integer("9223372036854775808").is_err());
        assert_eq!(integer("-9223372036854775808"), Ok(i64::MIN));
        assert!(
            unsigned("-1", 9).is_err() && unsigned("10", 9).is_err() && unsigned("+1", 9).is_err()
        );
        assert_eq!(unsigned("0x9", 9), Ok(9));
    }

    #[test]
    fn flags_are_those_of_go() {
        for (text, expected) in
            [("1", true), ("T", true), ("True", true), ("0", false), ("f", false)]
        {
            assert_eq!(boolean(text), Ok(expected), "{text}");
        }
        for text in ["", "yes", "on", "tRUE", "2"] {
            assert!(boolean(text).is_err(), "{text}");
        }
    }
}
