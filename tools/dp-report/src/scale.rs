//! Units, and numbers for people: one scale for all values of a metric, so that
//! they can be compared by eye.

use dp_record::Unit;

/// Largest first: what a value is divided by, and the unit's sign.
const SECONDS: [(f64, &str); 3] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
/// Decimal, as docker shows sizes.
const BYTES: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
/// Most decimals that are shown.
const MOST_DECIMALS: usize = 6;
/// Most decimals that are added to tell a figure from its limit.
const MOST_ADDED: usize = 15;
/// Percentages that differ by less are equal.
const SAME_PERCENT: f64 = 1e-9;

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

    /// The scale of both, with so many decimals that `value` looks different from
    /// `limit` if it is: rounding must not hide that a limit is broken.
    pub(crate) fn telling_apart(unit: &UnitName, value: f64, limit: f64, digits: usize) -> Self {
        let scale = Self::of(unit, [value, limit].into_iter(), digits);
        let shown = |scale: &Self, value: f64| scale.number(value).parse::<f64>().ok();
        let apart = |scale: &Self| shown(scale, value) != shown(scale, limit);
        (0..=MOST_ADDED).map(|more| scale.finer(more)).find(apart).unwrap_or(scale)
    }

    /// With so many more decimals.
    fn finer(&self, more: usize) -> Self {
        let decimals = match self.decimals {
            Decimals::Fixed(decimals) => Decimals::Fixed(decimals + more),
            Decimals::Fraction(decimals) => Decimals::Fraction(decimals + more),
        };
        Self { decimals, ..self.clone() }
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

/// How ratios are written in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Percents {
    /// Fewest decimals; without a limit near by, as many as their size asks for.
    least: usize,
}

impl Percents {
    /// With so many decimals that each ratio looks different from `limit` if it is,
    /// whatever its sign.
    pub(crate) fn telling_apart(ratios: &[f64], limit: f64) -> Self {
        let limit = limit.abs() * 100.0;
        let differs = |shown: f64| (shown.abs() - limit).abs() > SAME_PERCENT;
        let apart = |percents: &Self| {
            let real = ratios.iter().filter(|ratio| differs(**ratio * 100.0));
            real.map(|ratio| percents.number(*ratio).parse()).all(|shown| shown.is_ok_and(differs))
        };
        (0..=MOST_ADDED).map(|least| Self { least }).find(apart).unwrap_or_default()
    }

    /// A ratio as a change in percent, with a sign.
    pub(crate) fn change(self, ratio: f64) -> String {
        let plus = if ratio > 0.0 { "+" } else { "" };
        format!("{plus}{} %", self.number(ratio))
    }

    /// Two ratios as changes in percent.
    pub(crate) fn range(self, low: f64, high: f64) -> String {
        let plus = if low > 0.0 { "+" } else { "" };
        format!("{plus}{} .. {}", self.number(low), self.change(high))
    }

    fn number(self, ratio: f64) -> String {
        let percent = ratio * 100.0;
        let decimals = match percent.abs() {
            size if size >= 100.0 || size <= 0.0 => 0,
            size if size >= 1.0 => 1,
            _ => 2,
        };
        unsigned_zero(format!("{percent:.*}", self.least.max(decimals)))
    }
}

/// A ratio as a change in percent, with a sign.
pub(crate) fn percent_change(ratio: f64) -> String {
    Percents::default().change(ratio)
}

/// Two ratios as changes in percent.
pub(crate) fn percent_range(low: f64, high: f64) -> String {
    Percents::default().range(low, high)
}

/// A ratio in percent, without a sign of its own.
pub(crate) fn percent(ratio: f64) -> String {
    format!("{} %", Percents::default().number(ratio))
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
    fn a_value_beyond_its_limit_never_looks_like_the_limit() {
        let shown = |unit, value: f64, limit: f64| {
            let scale = Scale::telling_apart(&UnitName::Known(unit), value, limit, 3);
            [scale.show(value), scale.show(limit)]
        };
        assert_eq!(
            shown(Unit::Bytes, 500_000_001.0, 500_000_000.0),
            ["500.000001 MB", "500.000000 MB"]
        );
        assert_eq!(shown(Unit::Seconds, 10.000_000_4, 10.0), ["10.0000004 s", "10.0000000 s"]);
        assert_eq!(shown(Unit::Ratio, 0.9496, 0.95), ["0.9496", "0.9500"]);
        assert_eq!(shown(Unit::Count, 3.01, 3.0), ["3.01", "3"]);
        assert_eq!(shown(Unit::Cores, 1.000_2, 1.0), ["1.0002 cores", "1.0000 cores"]);
        // As coarse as usual where they are equal, or look different anyway.
        assert_eq!(shown(Unit::Seconds, 10.0, 10.0), ["10.0 s", "10.0 s"]);
        assert_eq!(shown(Unit::Seconds, 12.0, 10.0), ["12.0 s", "10.0 s"]);
        let mut rng = 1_u64;
        for _ in 0..10_000 {
            rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let limit = (rng >> 40) as f64 / 1000.0 + 0.001;
            let value = limit * (1.0 + 1e-11);
            for unit in [Unit::Bytes, Unit::Seconds, Unit::Ratio, Unit::Count, Unit::Cores] {
                let [value, limit] = shown(unit, value, limit);
                assert_ne!(value, limit);
            }
        }
    }

    #[test]
    fn a_change_beyond_its_limit_never_looks_like_the_limit() {
        let shown = |ratios: &[f64], limit| {
            let percents = Percents::telling_apart(ratios, limit);
            ratios.iter().map(|ratio| percents.change(*ratio)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[0.1002], 0.1), ["+10.02 %"]);
        assert_eq!(shown(&[-0.774_99, -0.8], 0.775), ["-77.499 %", "-80.000 %"]);
        assert_eq!(shown(&[3.000_04], 3.0), ["+300.004 %"]);
        assert_eq!(shown(&[0.1], 0.1), ["+10.0 %"]);
        assert_eq!(shown(&[0.12], 0.1), ["+12.0 %"]);
        assert_eq!(
            Percents::telling_apart(&[0.1, 0.100_4], 0.1).range(0.1, 0.1004),
            "+10.00 .. +10.04 %"
        );
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
