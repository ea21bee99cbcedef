//! `--health-*`: what replaces the image's own check.

use bollard::models::HealthConfig;

use super::numbers::integer;
use super::values::nanoseconds;
use super::{OptionError, RunOptions};

/// The check; none if these options say nothing of it. A value of 0 is none.
pub(super) fn health(options: &RunOptions) -> Result<Option<HealthConfig>, OptionError> {
    let config = HealthConfig {
        test: options
            .last("health-cmd")
            .filter(|command| !command.is_empty())
            .map(|command| vec!["CMD-SHELL".to_owned(), command.to_owned()]),
        interval: time(options, "health-interval")?,
        timeout: time(options, "health-timeout")?,
        retries: number(options, "health-retries", integer)?,
        start_period: time(options, "health-start-period")?,
        start_interval: time(options, "health-start-interval")?,
    };
    let given = config != HealthConfig::default();
    if options.is_set("no-healthcheck") {
        if given {
            let option = "--no-healthcheck".to_owned();
            let why = "--health-* options ask for a check: leave one of both out";
            return Err(OptionError::Refused { option, why });
        }
        let test = Some(vec!["NONE".to_owned()]);
        return Ok(Some(HealthConfig { test, ..HealthConfig::default() }));
    }
    Ok(given.then_some(config))
}

fn time(options: &RunOptions, name: &'static str) -> Result<Option<i64>, OptionError> {
    number(options, name, nanoseconds)
}

fn number(
    options: &RunOptions,
    name: &'static str,
    parse: fn(&str) -> Result<i64, String>,
) -> Result<Option<i64>, OptionError> {
    let value = options.value(name, parse)?.filter(|value| *value != 0);
    if value.is_some_and(|value| value < 0) {
        let (value, reason) = (options.last(name).unwrap_or_default(), "it is negative");
        let (value, reason) = (value.to_owned(), reason.to_owned());
        return Err(OptionError::BadValue { option: name, value, reason });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Option<HealthConfig>, OptionError> {
        health(&RunOptions::parse_line(line).unwrap().0)
    }

    #[test]
    fn what_is_zero_or_empty_asks_for_nothing() {
        for line in [
            "",
            "--health-cmd ''",
            "--health-interval 0 --health-retries 0",
            "--no-healthcheck=false",
        ] {
            assert_eq!(of(line).unwrap(), None, "{line}");
        }
        let test = of("--no-healthcheck --health-interval 0s").unwrap().unwrap().test;
        assert_eq!(test.unwrap(), ["NONE"]);
        assert_eq!(of("--health-interval 1m30s").unwrap().unwrap().interval, Some(90_000_000_000));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in [
            "--no-healthcheck --health-cmd true",
            "--no-healthcheck --health-retries 1",
            "--health-interval -1s",
            "--health-retries -1",
            "--health-timeout 5",
            "--health-start-period soon",
        ] {
            assert!(of(line).is_err(), "{line}");
        }
    }
}
