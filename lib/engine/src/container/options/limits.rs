//! Limits, devices and other pairs in the host's part of a request.

use std::collections::HashMap;
use std::fs;

use bollard::models::{DeviceMapping, ResourcesUlimits};

/// `NAME=SOFT[:HARD]`.
pub(super) fn ulimit(text: &str) -> Result<ResourcesUlimits, String> {
    let wrong = || "write NAME=SOFT[:HARD]".to_owned();
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
    let (soft, hard) = (Some(number(soft)?), Some(number(hard)?));
    Ok(ResourcesUlimits { name: Some(name.to_owned()), soft, hard })
}

/// `PATH[:PATH[:MODE]]`.
pub(super) fn device(text: &str) -> Result<DeviceMapping, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (host, container, mode) = match parts[..] {
        [host] => (host, host, "rwm"),
        [host, container] if container.starts_with('/') => (host, container, "rwm"),
        [host, mode] => (host, host, mode),
        [host, container, mode] => (host, container, mode),
        _ => return Err("write PATH[:PATH[:MODE]]".to_owned()),
    };
    Ok(DeviceMapping {
        path_on_host: Some(host.to_owned()),
        path_in_container: Some(container.to_owned()),
        cgroup_permissions: Some(mode.to_owned()),
    })
}

/// `NAME=VALUE`; a value that is not there is empty.
pub(super) fn pairs<'a>(all: impl Iterator<Item = &'a str>) -> Option<HashMap<String, String>> {
    let pairs = all.map(|text| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_owned(), value.to_owned())
    });
    Some(pairs.collect::<HashMap<_, _>>()).filter(|pairs| !pairs.is_empty())
}

/// The engine wants a profile's text where the command line names its file.
pub(super) fn security(text: &str) -> Result<String, String> {
    let profile = text.strip_prefix("seccomp=").or_else(|| text.strip_prefix("seccomp:"));
    match profile {
        Some(path) if !["unconfined", "builtin"].contains(&path) => {
            let profile = fs::read_to_string(path).map_err(|error| error.to_string())?;
            Ok(format!("seccomp={profile}"))
        }
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_limit_is_the_soft_one_unless_given() {
        let limit = ulimit("nofile=9").unwrap();
        assert_eq!((limit.soft, limit.hard), (Some(9), Some(9)));
        assert_eq!(ulimit("nofile=9:10").unwrap().hard, Some(10));
        assert!(ulimit("nofile").is_err() && ulimit("nofile=x").is_err());
    }

    #[test]
    fn a_device_may_have_another_path_and_mode() {
        let parts = |text| {
            let device = device(text).unwrap();
            (device.path_in_container.unwrap(), device.cgroup_permissions.unwrap())
        };
        assert_eq!(parts("/dev/a"), ("/dev/a".to_owned(), "rwm".to_owned()));
        assert_eq!(parts("/dev/a:r"), ("/dev/a".to_owned(), "r".to_owned()));
        assert_eq!(parts("/dev/a:/dev/b:rw"), ("/dev/b".to_owned(), "rw".to_owned()));
    }
}
