//! Limits, devices and other pairs in the host's part of a request.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use bollard::models::{DeviceMapping, DeviceRequest, ResourcesUlimits};
use serde::de::IgnoredAny;

use super::values::cleaned;

/// The limits that `setrlimit` knows, as docker names them.
const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// `NAME=SOFT[:HARD]`.
pub(super) fn ulimit(text: &str) -> Result<ResourcesUlimits, String> {
    let wrong = || "write NAME=SOFT[:HARD]".to_owned();
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    if !ULIMITS.contains(&name) {
        return Err(format!("no such limit: {name} (known: {})", ULIMITS.join(", ")));
    }
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
    let (soft, hard) = (number(soft)?, number(hard)?);
    if hard != -1 && (soft == -1 || soft > hard) {
        return Err("the soft limit is above the hard one".to_owned());
    }
    Ok(ResourcesUlimits { name: Some(name.to_owned()), soft: Some(soft), hard: Some(hard) })
}

/// One limit of each name, the last one, by name.
pub(super) fn ulimits(all: Vec<ResourcesUlimits>) -> Vec<ResourcesUlimits> {
    let by_name: BTreeMap<_, _> =
        all.into_iter().map(|limit| (limit.name.clone(), limit)).collect();
    by_name.into_values().collect()
}

/// What one `--device` asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Device {
    /// A file in `/dev`.
    File(DeviceMapping),
    /// `VENDOR/CLASS=NAME` of the Container Device Interface.
    Named(String),
}

/// `PATH[:PATH[:MODE]]` or a name of the Container Device Interface.
pub(super) fn device(text: &str) -> Result<Device, String> {
    if is_cdi_name(text) {
        return Ok(Device::Named(text.to_owned()));
    }
    let parts: Vec<&str> = text.split(':').collect();
    let clean = |path: &str| cleaned(path);
    let (host, container, mode) = match parts[..] {
        [host] => (clean(host), clean(host), "rwm"),
        [host, mode] if is_mode(mode) => (clean(host), clean(host), mode),
        [host, container] => (host.to_owned(), clean(container), "rwm"),
        [_, _, mode] if !is_mode(mode) => {
            return Err(format!("the mode is of r, w and m, not {mode:?}"));
        }
        [host, container, mode] => (host.to_owned(), container.to_owned(), mode),
        _ => return Err("write PATH[:PATH[:MODE]]".to_owned()),
    };
    if parts.first().is_some_and(|host| host.is_empty()) || !container.starts_with('/') {
        return Err("write PATH[:PATH[:MODE]] with paths from /".to_owned());
    }
    Ok(Device::File(DeviceMapping {
        path_on_host: Some(host),
        path_in_container: Some(container),
        cgroup_permissions: Some(mode.to_owned()),
    }))
}

/// Each of r, w and m at most once.
fn is_mode(text: &str) -> bool {
    let once = |char: char| text.matches(char).count() <= 1;
    !text.is_empty() && text.chars().all(|char| "rwm".contains(char)) && "rwm".chars().all(once)
}

fn is_cdi_name(text: &str) -> bool {
    let Some((kind, name)) = text.split_once('=') else { return false };
    let Some((vendor, class)) = kind.split_once('/') else { return false };
    let is_name = |text: &str, more: &str, begins: fn(char) -> bool| {
        let end = |char: char| char.is_ascii_alphanumeric();
        text.starts_with(begins)
            && text.ends_with(end)
            && text.chars().all(|char| end(char) || more.contains(char))
    };
    let letter = |char: char| char.is_ascii_alphabetic();
    is_name(vendor, "_-.", letter)
        && is_name(class, "_-.", letter)
        && is_name(name, "_-.:", |char| char.is_ascii_alphanumeric())
}

/// The files and the request for what the Container Device Interface names.
pub(super) fn devices(all: Vec<Device>) -> (Vec<DeviceMapping>, Option<DeviceRequest>) {
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for device in all {
        match device {
            Device::File(file) => files.push(file),
            Device::Named(name) => names.push(name),
        }
    }
    let request = (!names.is_empty()).then(|| DeviceRequest {
        driver: Some("cdi".to_owned()),
        device_ids: Some(names),
        ..DeviceRequest::default()
    });
    (files, request)
}

/// `NAME=VALUE`; a value that is not there is empty.
pub(super) fn pairs<'a>(all: impl Iterator<Item = &'a str>) -> Option<HashMap<String, String>> {
    let pairs = all.map(|text| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_owned(), value.to_owned())
    });
    Some(pairs.collect::<HashMap<_, _>>()).filter(|pairs| !pairs.is_empty())
}

/// `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<String, String> {
    if text.contains('=') { Ok(text.to_owned()) } else { Err("write NAME=VALUE".to_owned()) }
}

/// The option of `--security-opt` that lays all of /proc and /sys open.
pub(super) const OPEN_PATHS: &str = "systempaths=unconfined";

/// The engine wants a profile's text where the command line names its file.
pub(super) fn security(text: &str) -> Result<String, String> {
    let alone = text == "no-new-privileges";
    let parts = text.split_once('=').or_else(|| text.split_once(':').filter(|_| !alone));
    let Some((name, value)) = parts else {
        return if alone { Ok(text.to_owned()) } else { Err("write NAME=VALUE".to_owned()) };
    };
    if value.is_empty() && name != "no-new-privileges" {
        return Err("write NAME=VALUE".to_owned());
    }
    if name != "seccomp" || ["unconfined", "builtin"].contains(&value) {
        return Ok(text.to_owned());
    }
    let profile =
        fs::read_to_string(value).map_err(|error| format!("cannot read the profile: {error}"))?;
    let compact = compact(&profile).ok_or_else(|| "the profile is no JSON".to_owned())?;
    Ok(format!("seccomp={compact}"))
}

/// JSON without the blanks between its parts.
fn compact(json: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(json).ok()?;
    let (mut compact, mut quoted, mut escaped) = (String::new(), false, false);
    for char in json.chars() {
        if quoted {
            quoted = char != '"' || escaped;
            escaped = char == '\\' && !escaped;
        } else if char.is_ascii_whitespace() {
            continue;
        } else {
            quoted = char == '"';
        }
        compact.push(char);
    }
    Some(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_limit_is_the_soft_one_unless_given() {
        let both = |text| ulimit(text).map(|limit| (limit.soft.unwrap(), limit.hard.unwrap()));
        assert_eq!(both("nofile=9"), Ok((9, 9)));
        assert_eq!(both("nofile=9:10"), Ok((9, 10)));
        assert_eq!(both("core=-1"), Ok((-1, -1)));
        assert_eq!(both("core=5:-1"), Ok((5, -1)));
        for text in ["nofile", "nofile=x", "nofile=2:1", "nofile=-1:5", "files=1", "nofile=1:2:3"] {
            assert!(both(text).is_err(), "{text}");
        }
        let all = ["nproc=1", "nofile=2", "nproc=3"].map(|text| ulimit(text).unwrap());
        let last: Vec<_> = ulimits(all.to_vec()).into_iter().map(|limit| limit.soft).collect();
        assert_eq!(last, [Some(2), Some(3)]);
    }

    #[test]
    fn a_device_may_have_another_path_and_mode() {
        for (text, expected) in [
            ("/dev/a", ["/dev/a", "/dev/a", "rwm"]),
            ("/dev/a:r", ["/dev/a", "/dev/a", "r"]),
            ("/dev/a:/dev/b", ["/dev/a", "/dev/b", "rwm"]),
            ("/dev/a:/dev/b:rw", ["/dev/a", "/dev/b", "rw"]),
            ("/dev//a/../b", ["/dev/b", "/dev/b", "rwm"]),
        ] {
            let Ok(Device::File(file)) = device(text) else { panic!("{text}") };
            let parts = [file.path_on_host, file.path_in_container, file.cgroup_permissions];
            assert_eq!(parts.map(Option::unwrap), expected, "{text}");
        }
        for text in [
            "",
            "dev/a",
            ":/dev/a",
            "/dev/a:b",
            "/dev/a:r:w",
            "/dev/a:/b:x",
            "/dev/a:/b:rr",
            "/a:/b:r:w",
        ] {
            assert!(device(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_the_container_device_interface_are_no_paths() {
        for text in ["vendor.com/gpu=all", "a/b=c", "v/c=0:1", "nvidia.com/gpu=GPU-1"] {
            assert_eq!(device(text), Ok(Device::Named(text.to_owned())), "{text}");
        }
        for text in ["/dev/a=b", "vendor/=x", "1v/c=x", "v/c=", "v/c=-x", "v=c", "v/c=x."] {
            assert!(!is_cdi_name(text), "{text}");
        }
    }

    #[test]
    fn a_profile_is_sent_as_its_text() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "{ \"a\": \"b \\\" c\",\n\t\"d\": [1, 2] }\n").unwrap();
        let path = file.path().display();
        let expected = Ok("seccomp={\"a\":\"b \\\" c\",\"d\":[1,2]}".to_owned());
        assert_eq!(security(&format!("seccomp={path}")), expected);
        assert_eq!(security(&format!("seccomp:{path}")), expected);
        fs::write(&file, "{").unwrap();
        assert!(security(&format!("seccomp={path}")).is_err());
        for text in
            ["seccomp=unconfined", "no-new-privileges", "no-new-privileges:true", "label=disable"]
        {
            assert_eq!(security(text), Ok(text.to_owned()), "{text}");
        }
        for text in ["label", "seccomp=", "seccomp=/no/such/file", ""] {
            assert!(security(text).is_err(), "{text}");
        }
    }
}
