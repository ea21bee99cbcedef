//! Units, and numbers for people: one scale for all values of a metric, so that
//! they can be compared by eye.

use dp_record::Unit;

/// Largest first: what a value is divided by, and the unit's sign.
const SECONDS: [(f64, &str); 3] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
/// Decimal, as docker shows sizes.
const BYTES: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
/// Most decimals that are shown.
const MOST_DECIMALS: usize = 6;

/// A unit of ours, or other people's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnitName {
    /// A unit that is scaled for reading.
    Known(Unit),
    /// A word after the plain number.
    Other(String),
}

impl UnitName {
    /// The unit as a word.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Known(unit) => unit.to_string(),
            Self::Other(word) => word.clone(),
        }
    }
}

/// How the values of one metric are written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    divisor: f64,
    sign: String,
    decimals: Decimals,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Decimals {
    /// Always so many.
    Fixed(usize),
    /// None for whole numbers, else so many.
    Fraction(usize),
}

impl Scale {
    /// The scale in which the smallest of `values` (0 apart) has `digits`
    /// digits: none of them loses more.
    pub(crate) fn of(unit: &UnitName, values: impl Iterator<Item = f64>, digits: usize) -> Self {
        let sizes = values.map(f64::abs).filter(|size| *size > 0.0);
        let smallest = sizes.fold(f64::INFINITY, f64::min);
        let smallest = if smallest.is_finite() { smallest } else { 0.0 };
        let scaled = |(divisor, sign): (f64, &str)| {
            let decimals = decimals(smallest / divisor, digits);
            let whole = divisor >= 1.0 && sign == "B";
            let decimals = if whole { Decimals::Fraction(1) } else { Decimals::Fixed(decimals) };
            Self { divisor, sign: format!(" {sign}"), decimals }
        };
        match unit {
            UnitName::Known(Unit::Seconds) => scaled(choose(&SECONDS, smallest)),
            UnitName::Known(Unit::Bytes) => scaled(choose(&BYTES, smallest)),
            UnitName::Known(Unit::Ratio) => Self::plain("", Decimals::Fixed(3)),
            UnitName::Known(Unit::Cores) => Self::plain(" cores", Decimals::Fixed(3)),
            UnitName::Known(Unit::Count) => Self::plain("", Decimals::Fraction(1)),
            UnitName::Other(word) => {
                let word = dp_record::printable(word, 20);
                Self::plain(&format!(" {word}"), Decimals::Fraction(decimals(smallest, digits)))
            }
        }
    }

    fn plain(sign: &str, decimals: Decimals) -> Self {
        Self { divisor: 1.0, sign: sign.to_owned(), decimals }
    }

    /// The value with its unit.
    pub(crate) fn show(&self, value: f64) -> String {
        format!("{}{}", self.number(value), self.sign)
    }

    /// The value with its unit and always a sign, as of a change.
    pub(crate) fn show_change(&self, value: f64) -> String {
        let plus = if value > 0.0 { "+" } else { "" };
        format!("{plus}{}", self.show(value))
    }

    /// Two values with their unit once.
    pub(crate) fn show_range(&self, low: f64, high: f64) -> String {
        format!("{} .. {}", self.number(low), self.show(high))
    }

    fn number(&self, value: f64) -> String {
        let scaled = value / self.divisor;
        let decimals = match self.decimals {
            Decimals::Fraction(_) if scaled.fract() == 0.0 => 0,
            Decimals::Fixed(decimals) | Decimals::Fraction(decimals) => decimals,
        };
        unsigned_zero(format!("{scaled:.decimals$}"))
    }
}

/// The largest unit in which the value is at least 1 when it is rounded to
/// three digits; 0 has the base unit.
fn choose<'a>(units: &[(f64, &'a str)], value: f64) -> (f64, &'a str) {
    let value = if value > 0.0 { value } else { 1.0 };
    let fits = units.iter().find(|(divisor, _)| value >= divisor * 0.9995);
    fits.or(units.last()).copied().unwrap_or((1.0, ""))
}

/// Decimals that give a number of this size `digits` digits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn decimals(size: f64, digits: usize) -> usize {
    let before = if size > 0.0 { size.log10().floor() + 1.0 } else { 1.0 };
    (digits as f64 - before).clamp(0.0, MOST_DECIMALS as f64) as usize
}

/// A ratio as a change in percent, with a sign.
pub(crate) fn percent_change(ratio: f64) -> String {
    let plus = if ratio > 0.0 { "+" } else { "" };
    format!("{plus}{} %", percent_number(ratio))
}

/// Two ratios as changes in percent.
pub(crate) fn percent_range(low: f64, high: f64) -> String {
    let plus = if low > 0.0 { "+" } else { "" };
    format!("{plus}{} .. {}", percent_number(low), percent_change(high))
}

/// A ratio in percent, without a sign of its own.
pub(crate) fn percent(ratio: f64) -> String {
    format!("{} %", percent_number(ratio))
}

fn percent_number(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let decimals = match percent.abs() {
        size if size >= 100.0 || size <= 0.0 => 0,
        size if size >= 1.0 => 1,
        _ => 2,
    };
    unsigned_zero(format!("{percent:.decimals$}"))
}

/// `-0.00` says that something shrank, and by nothing.
fn unsigned_zero(text: String) -> String {
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(unit: Unit, values: &[f64]) -> Vec<String> {
        let scale = Scale::of(&UnitName::Known(unit), values.iter().copied(), 3);
        values.iter().map(|value| scale.show(*value)).collect()
    }

    #[test]
    fn the_smallest_value_chooses_the_unit_of_all() {
        assert_eq!(show(Unit::Seconds, &[12.3456, 2.5]), ["12.35 s", "2.50 s"]);
        assert_eq!(show(Unit::Seconds, &[1.5, 0.04321]), ["1500.0 ms", "43.2 ms"]);
        assert_eq!(show(Unit::Seconds, &[0.000_012]), ["12.0 µs"]);
        assert_eq!(show(Unit::Seconds, &[0.999_9]), ["1.000 s"]);
        assert_eq!(show(Unit::Bytes, &[1_665_776_910.0, 82_000_000.0]), ["1665.8 MB", "82.0 MB"]);
        assert_eq!(show(Unit::Bytes, &[2_000_000_000.0]), ["2.00 GB"]);
    }

    #[test]
    fn bytes_and_counts_have_no_decimals_unless_they_are_halves() {
        assert_eq!(show(Unit::Bytes, &[27.0, 30.5]), ["27 B", "30.5 B"]);
        assert_eq!(show(Unit::Count, &[3.0, 3.5]), ["3", "3.5"]);
    }

    #[test]
    fn zero_is_shown_in_the_base_unit() {
        assert_eq!(show(Unit::Seconds, &[0.0]), ["0.00 s"]);
        assert_eq!(show(Unit::Bytes, &[0.0]), ["0 B"]);
    }

    #[test]
    fn other_peoples_units_follow_the_number() {
        let unit = UnitName::Other("req/s".to_owned());
        let scale = Scale::of(&unit, [1234.5678].into_iter(), 3);
        assert_eq!(scale.show(1234.5678), "1235 req/s");
        assert_eq!(scale.show_range(1000.0, 1234.5), "1000 .. 1234 req/s");
    }

    #[test]
    fn changes_bear_their_sign_and_nothing_has_none() {
        assert_eq!(percent_change(0.1234), "+12.3 %");
        assert_eq!(percent_change(-0.0012), "-0.12 %");
        assert_eq!(percent_change(0.0), "0 %");
        assert_eq!(percent_range(-0.151, -0.125), "-15.1 .. -12.5 %");
        assert_eq!(percent_range(0.02, 3.0), "+2.0 .. +300 %");
        assert_eq!(percent(0.013), "1.3 %");
    }
}
