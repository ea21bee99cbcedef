//! Figures for people, in templates.

use dp_record::Unit;
use minijinja::{Environment, Error, ErrorKind, Value, escape_formatter};

use crate::render::markdown;
use crate::scale::{Scale, UnitName, percent, percent_change};

/// Digits, unless a template asks for others.
const DIGITS: usize = 3;
/// Most digits that are given.
const MOST_DIGITS: usize = 15;
/// What is written for a figure that is not known.
const UNKNOWN: &str = "-";

pub(crate) fn add(environment: &mut Environment<'static>) {
    environment.set_formatter(|output, state, value| {
        let unknown = Value::from(UNKNOWN);
        escape_formatter(output, state, if value.is_none() { &unknown } else { value })
    });
    environment.add_filter("bytes", |value: &Value, digits: Option<usize>| {
        scaled(value, &UnitName::Known(Unit::Bytes), digits)
    });
    environment.add_filter("seconds", |value: &Value, digits: Option<usize>| {
        scaled(value, &UnitName::Known(Unit::Seconds), digits)
    });
    environment.add_filter("show", |value: &Value, unit: &str, digits: Option<usize>| {
        scaled(value, &unit_of(unit), digits)
    });
    environment.add_filter("percent", |value: &Value, decimals: Option<usize>| {
        ratio(value, decimals, percent, "")
    });
    environment.add_filter("change", |value: &Value, decimals: Option<usize>| {
        ratio(value, decimals, percent_change, "+")
    });
    environment.add_filter("code", code);
}

fn code(text: &Value) -> Result<String, Error> {
    if text.is_undefined() {
        let message = "there is no text of this name";
        return Err(Error::new(ErrorKind::UndefinedError, message));
    }
    let shown = if text.is_none() { UNKNOWN.to_owned() } else { markdown::code(&text.to_string()) };
    Ok(shown)
}

fn unit_of(word: &str) -> UnitName {
    let units = [Unit::Seconds, Unit::Bytes, Unit::Ratio, Unit::Cores, Unit::Count];
    let known = units.into_iter().find(|unit| unit.to_string() == word);
    known.map_or_else(|| UnitName::Other(word.to_owned()), UnitName::Known)
}

fn scaled(value: &Value, unit: &UnitName, digits: Option<usize>) -> Result<String, Error> {
    let Some(value) = number(value)? else { return Ok(UNKNOWN.to_owned()) };
    let digits = digits.unwrap_or(DIGITS).clamp(1, MOST_DIGITS);
    Ok(Scale::of(unit, [value].into_iter(), digits).show(value))
}

fn ratio(
    value: &Value,
    decimals: Option<usize>,
    usual: fn(f64) -> String,
    plus: &str,
) -> Result<String, Error> {
    let Some(ratio) = number(value)? else { return Ok(UNKNOWN.to_owned()) };
    let Some(decimals) = decimals else { return Ok(usual(ratio)) };
    let (percent, decimals) = (ratio * 100.0, decimals.min(MOST_DIGITS));
    let plus = if percent > 0.0 { plus } else { "" };
    Ok(format!("{plus}{percent:.decimals$} %"))
}

/// A number; none for none. Anything else is an error.
fn number(value: &Value) -> Result<Option<f64>, Error> {
    if value.is_undefined() {
        let message = "there is no figure of this name";
        return Err(Error::new(ErrorKind::UndefinedError, message));
    }
    if value.is_none() {
        return Ok(None);
    }
    let wrong = || Error::new(ErrorKind::InvalidOperation, format!("{value} is no number"));
    f64::try_from(value.clone()).map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> Result<String, String> {
        let mut environment = Environment::new();
        add(&mut environment);
        environment.render_str(template, ()).map_err(|error| error.to_string())
    }

    #[test]
    fn figures_are_written_as_in_the_report() {
        for (template, expected) in [
            ("{{ 1665776910 | bytes }}", "1.67 GB"),
            ("{{ 1665776910 | bytes(5) }}", "1.6658 GB"),
            ("{{ 0.2463 | seconds }}", "246 ms"),
            ("{{ 0.953 | percent }}", "95.3 %"),
            ("{{ 0.953 | percent(0) }}", "95 %"),
            ("{{ -0.5 | change }}", "-50.0 %"),
            ("{{ 0.125 | change(2) }}", "+12.50 %"),
            ("{{ 12 | show('count') }}", "12"),
            ("{{ 12.5 | show('requests/s') }}", "12.5 requests/s"),
            ("{{ none | bytes }}", "-"),
            ("{{ none }}", "-"),
            ("{{ 'a`b' | code }}", "``a`b``"),
        ] {
            assert_eq!(render(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        assert!(render("{{ 'many' | bytes }}").unwrap_err().contains("many is no number"));
        assert!(render("{{ [1] | seconds }}").is_err());
        assert!(render("{{ 1 | minutes }}").unwrap_err().contains("unknown filter"));
    }
}
