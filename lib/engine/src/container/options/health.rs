//! `--health-*`.

use bollard::models::HealthConfig;

use super::quantity::{integer, nanoseconds};
use super::{OptionError, RunOptions};

/// What replaces the image's own check; none if nothing was said.
pub(super) fn check(options: &RunOptions) -> Result<Option<HealthConfig>, OptionError> {
    if options.is_set("no-healthcheck") {
        let test = Some(vec!["NONE".to_owned()]);
        return Ok(Some(HealthConfig { test, ..HealthConfig::default() }));
    }
    let command = options.last("health-cmd");
    let config = HealthConfig {
        test: command.map(|command| vec!["CMD-SHELL".to_owned(), command.to_owned()]),
        interval: options.value("health-interval", nanoseconds)?,
        timeout: options.value("health-timeout", nanoseconds)?,
        retries: options.value("health-retries", integer)?,
        start_period: options.value("health-start-period", nanoseconds)?,
        start_interval: options.value("health-start-interval", nanoseconds)?,
    };
    Ok(Some(config).filter(|config| *config != HealthConfig::default()))
}
