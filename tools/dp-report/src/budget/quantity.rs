//! Values as people write them: `1.5GB`, `300ms`, `1m30s`, `95%`, `12`.
//!
//! Sizes are decimal, as docker shows them: `GB` is 10^9 bytes; `GiB` is 2^30.
//! A single letter (`1g`) is refused, since docker's own options take it for
//! 2^30 while its lists show 10^9.

use std::str::FromStr;

use dp_record::{Unit, printable};
use jiff::SignedDuration;

use crate::scale::UnitName;

/// Units of time.
const TIMES: [&str; 7] = ["ns", "us", "µs", "ms", "s", "m", "h"];
/// In bytes.
const SIZES: [(&str, f64); 10] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];
/// The largest number that is taken: far beyond any measurement.
const LARGEST: f64 = 1e290;

/// A number with its unit, as far as one was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantity {
    value: f64,
    unit: GivenUnit,
}

#[derive(Debug, Clone, PartialEq)]
enum GivenUnit {
    /// None: the metric's own unit.
    None,
    /// A unit of ours; the value is in its base.
    Known(Unit),
    /// Another word.
    Other(String),
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum QuantityError {
    /// There is no number in it.
    #[error("{0:?} is no number with a unit (such as 1.5GB, 300ms, 95% or 12)")]
    NoNumber(String),
    /// It is a time below 0.
    #[error("{0:?}: a time is 0 or more")]
    Negative(String),
    /// It is no percentage.
    #[error("a percentage is needed, such as 50%")]
    NoShare,
    /// A share without its sign: it may be meant as a fraction or as a percentage.
    #[error("{value} of what? write \"{value}%\" or \"{as_fraction}%\"")]
    NoSign {
        /// As it was given.
        value: f64,
        /// What it is in percent if it was meant as a fraction.
        as_fraction: f64,
    },
    /// It is in a unit that the metric does not have.
    #[error("{given:?} is no unit of a metric in {unit}: {known}")]
    OtherUnit {
        /// The unit that was given.
        given: String,
        /// The metric's unit.
        unit: String,
        /// The units that may be given.
        known: String,
    },
}

impl Quantity {
    /// A plain number, in the unit of the metric.
    pub(crate) fn plain(value: f64) -> Result<Self, QuantityError> {
        let fits = value.is_finite() && value.abs() <= LARGEST;
        let quantity = Self { value, unit: GivenUnit::None };
        fits.then_some(quantity).ok_or_else(|| QuantityError::NoNumber(value.to_string()))
    }

    /// The value in the unit of a metric.
    pub(crate) fn in_unit(&self, unit: &UnitName) -> Result<f64, QuantityError> {
        let agrees = match (&self.unit, unit) {
            (GivenUnit::None, _) => true,
            (GivenUnit::Known(given), UnitName::Known(unit)) => given == unit,
            (GivenUnit::Other(given), unit) => *given == unit.word(),
            (GivenUnit::Known(_), UnitName::Other(_)) => false,
        };
        agrees.then_some(self.value).ok_or_else(|| QuantityError::OtherUnit {
            given: self.unit.shown(),
            unit: printable(&unit.word(), 40),
            known: words(unit),
        })
    }

    /// The value as a share: `50%` is 0.5. Of a number without the sign nobody
    /// knows whether 0.3 is 30 % or 0.3 %; 0 alone is both.
    pub(crate) fn as_share(&self) -> Result<f64, QuantityError> {
        match self.unit {
            GivenUnit::None if self.value == 0.0 => Ok(0.0),
            GivenUnit::None => Err(QuantityError::NoSign {
                value: self.value,
                as_fraction: (self.value * 1e8).round() / 1e6,
            }),
            GivenUnit::Known(Unit::Ratio) => Ok(self.value),
            _ => Err(QuantityError::NoShare),
        }
    }
}

impl GivenUnit {
    fn shown(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Known(Unit::Ratio) => "%".to_owned(),
            Self::Known(unit) => unit.to_string(),
            Self::Other(word) => printable(word, 40),
        }
    }
}

/// What may follow the number of a metric in this unit.
fn words(unit: &UnitName) -> String {
    match unit {
        UnitName::Known(Unit::Seconds) => {
            format!("write {}", TIMES.join(", "))
        }
        UnitName::Known(Unit::Bytes) => format!("write {}", SIZES.map(|(word, _)| word).join(", ")),
        UnitName::Known(Unit::Ratio) => "write % or a plain number".to_owned(),
        UnitName::Known(Unit::Cores | Unit::Count) => "write a plain number".to_owned(),
        UnitName::Other(word) => format!("write {} or a plain number", printable(word, 40)),
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || QuantityError::NoNumber(printable(text, 60));
        let (number, word) = split(text).ok_or_else(wrong)?;
        let scaled = |units: &[(&str, f64)]| {
            let (_, factor) = units.iter().find(|(known, _)| *known == word)?;
            Some(number * factor)
        };
        let (value, unit) = if word.is_empty() {
            (number, GivenUnit::None)
        } else if word == "%" {
            (number / 100.0, GivenUnit::Known(Unit::Ratio))
        } else if let Some(bytes) = scaled(&SIZES) {
            (bytes, GivenUnit::Known(Unit::Bytes))
        } else if let Some(seconds) = duration(text) {
            (seconds?, GivenUnit::Known(Unit::Seconds))
        } else if word.starts_with(|char: char| !char.is_ascii_digit()) {
            (number, GivenUnit::Other(word.to_owned()))
        } else {
            return Err(wrong());
        };
        let fits = value.is_finite() && value.abs() <= LARGEST;
        fits.then_some(Self { value, unit }).ok_or_else(wrong)
    }
}

/// The number at the begin, and the word after it.
fn split(text: &str) -> Option<(f64, &str)> {
    let in_number = |char: char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+');
    let end = text.find(|char| !in_number(char)).unwrap_or(text.len());
    let (number, word) = text.split_at(end + exponent(&text[end..]));
    Some((number.parse().ok()?, word.trim()))
}

/// The length of an exponent such as `e9` at the begin of a text.
fn exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return 0 };
    let digits = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 { 0 } else { text.len() - digits.len() + count }
}

/// A duration such as `1m30s`, in seconds; none for other units.
fn duration(text: &str) -> Option<Result<f64, QuantityError>> {
    let (number, word) = split(text)?;
    // An exponent is ours: durations of people have none.
    let text = if TIMES.contains(&word) { format!("{number}{word}") } else { text.to_owned() };
    let mut words = text.split(|char: char| !char.is_alphabetic()).filter(|word| !word.is_empty());
    if !words.all(|word| TIMES.contains(&word)) {
        return None;
    }
    let wrong = || QuantityError::NoNumber(printable(&text, 60));
    Some(match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_negative() => Err(QuantityError::Negative(text)),
        Ok(duration) => Ok(duration.as_secs_f64()),
        Err(_) => Err(wrong()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, unit: Unit) -> f64 {
        text.parse::<Quantity>().unwrap().in_unit(&UnitName::Known(unit)).unwrap()
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-12 * expected.abs()
    }

    #[test]
    fn sizes_are_decimal_as_docker_shows_them_unless_they_say_otherwise() {
        for (text, bytes) in [
            ("1.5GB", 1_500_000_000.0),
            ("200 MB", 200_000_000.0),
            ("64KiB", 65_536.0),
            ("1GiB", 1_073_741_824.0),
            ("3kB", 3_000.0),
            ("12B", 12.0),
            ("12", 12.0),
            ("1.5e9", 1_500_000_000.0),
        ] {
            assert!(near(value(text, Unit::Bytes), bytes), "{text}");
        }
    }

    #[test]
    fn times_may_be_put_together() {
        for (text, seconds) in [
            ("10s", 10.0),
            ("300ms", 0.3),
            ("1m30s", 90.0),
            ("1h 1m", 3660.0),
            ("2.5", 2.5),
            ("2.5 s", 2.5),
            ("1.5e1s", 15.0),
            ("0s", 0.0),
        ] {
            assert!(near(value(text, Unit::Seconds), seconds), "{text}");
        }
        assert!(near(value("250µs", Unit::Seconds), 0.000_25));
    }

    #[test]
    fn a_time_is_not_negative() {
        for text in ["-10s", "-300ms", "-1m30s"] {
            let error = text.parse::<Quantity>().unwrap_err().to_string();
            assert_eq!(error, format!("{text:?}: a time is 0 or more"));
        }
    }

    #[test]
    fn a_ratio_is_a_percentage_or_a_plain_number() {
        assert!(near(value("95%", Unit::Ratio), 0.95));
        assert!(near(value("0.95", Unit::Ratio), 0.95));
        assert!(near("50%".parse::<Quantity>().unwrap().as_share().unwrap(), 0.5));
    }

    #[test]
    fn a_share_without_its_sign_is_refused_unless_it_is_0() {
        let share = |value| Quantity::plain(value).unwrap().as_share();
        assert_eq!(share(0.0), Ok(0.0));
        let refused = share(0.3).unwrap_err().to_string();
        assert_eq!(refused, "0.3 of what? write \"0.3%\" or \"30%\"");
        assert!("50".parse::<Quantity>().unwrap().as_share().is_err());
    }

    #[test]
    fn other_peoples_units_are_taken_by_their_word() {
        let rate = UnitName::Other("requests/s".to_owned());
        assert!(near("100 requests/s".parse::<Quantity>().unwrap().in_unit(&rate).unwrap(), 100.0));
        assert!("100 pages".parse::<Quantity>().unwrap().in_unit(&rate).is_err());
    }

    #[test]
    fn a_unit_that_the_metric_does_not_have_is_named() {
        let error = |text: &str, unit: Unit| {
            let quantity = text.parse::<Quantity>().unwrap();
            quantity.in_unit(&UnitName::Known(unit)).unwrap_err().to_string()
        };
        assert_eq!(
            error("1g", Unit::Bytes),
            "\"g\" is no unit of a metric in bytes: write B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB"
        );
        assert!(error("10s", Unit::Bytes).starts_with("\"seconds\" is no unit"));
        assert!(error("10MB", Unit::Seconds).ends_with("write ns, us, µs, ms, s, m, h"));
        assert!(error("5%", Unit::Count).ends_with("write a plain number"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "GB", "1.2.3s", "--5", "1e400", "many", "5 5", "inf", "NaN"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
        assert!(Quantity::plain(f64::INFINITY).is_err());
    }
}
