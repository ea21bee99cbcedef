//! Numbers as docker writes them.

use std::time::Duration;

use jiff::SignedDuration;

/// A size in bytes, with powers of 1024 (`64m`, `1.5GiB`, `512`).
pub(super) fn bytes(text: &str) -> Result<i64, String> {
    let wrong = || "write a number with b, k, m, g or t behind it".to_owned();
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic()).trim_end();
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let unit = text[digits.len()..].trim_start().to_ascii_lowercase();
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    whole(number * 1024_f64.powi(power)).ok_or_else(wrong)
}

/// Billionths of a CPU (`1.5` is 1,500,000,000).
pub(super) fn nano_cpus(text: &str) -> Result<i64, String> {
    let number: Option<f64> = text.parse().ok();
    let nanos = number.and_then(|number| whole((number * 1e9).round()));
    nanos.ok_or_else(|| "write a number, as 1.5".to_owned())
}

/// A whole number.
pub(super) fn integer(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "write a whole number".to_owned())
}

/// A duration as Go writes it (`1m30s`, `500ms`; `0` alone needs no unit).
pub fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let wrong = || "write a duration, as 1m30s or 500ms".to_owned();
    let parsed: SignedDuration = text.parse().map_err(|_| wrong())?;
    parsed.try_into().map_err(|_| wrong())
}

/// A duration in nanoseconds.
pub(super) fn nanoseconds(text: &str) -> Result<i64, String> {
    let nanos = duration(text)?.as_nanos();
    i64::try_from(nanos).map_err(|_| "it is too long".to_owned())
}

/// The number without its fraction, if it is positive and no overflow.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^63, checked here")]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && (0.0..9e18).contains(&number)).then_some(number as i64)
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
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "m", "64x", "-1m", "1e400", "NaN"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn cpus_are_counted_in_billionths() {
        assert_eq!(nano_cpus("1.5"), Ok(1_500_000_000));
        assert_eq!(nano_cpus("0.1"), Ok(100_000_000));
        assert!(nano_cpus("two").is_err() && nano_cpus("-1").is_err());
    }

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for text in ["", "5", "00", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
