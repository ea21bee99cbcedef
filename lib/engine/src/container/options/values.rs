//! Values as docker writes them: durations, signals, paths, names.

use std::net::IpAddr;
use std::time::Duration;

use bollard::models::{HostConfigCgroupnsModeEnum, HostConfigIsolationEnum};

/// A duration as Go writes it (`1m30s`, `500ms`, `1.5h`; `0` alone needs no unit).
///
/// # Errors
/// The text is no duration, or negative.
pub fn duration(text: &str) -> Result<Duration, String> {
    let nanos = nanoseconds(text)?;
    let nanos = u64::try_from(nanos).map_err(|_| NO_DURATION.to_owned())?;
    Ok(Duration::from_nanos(nanos))
}

const NO_DURATION: &str = "write a duration, as 1m30s or 500ms";

/// A duration in nanoseconds, which may be negative.
pub(super) fn nanoseconds(text: &str) -> Result<i64, String> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let wrong = || NO_DURATION.to_owned();
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (part, after) = one_part(rest).ok_or_else(wrong)?;
        total += part;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err("it is too long".to_owned());
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| wrong())
}

/// Units and their nanoseconds; the longer of two that begin alike first.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The first number with its unit, in nanoseconds, and what comes behind it.
fn one_part(text: &str) -> Option<(i128, &str)> {
    let end = text.find(|char: char| !(char.is_ascii_digit() || char == '.')).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let (unit, nanos) = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Digits beyond a billionth of a billionth change nothing.
    let kept = &fraction[..fraction.len().min(18)];
    let part: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(kept.len()).ok()?);
    let total = whole.checked_mul(nanos)? + part * nanos / scale;
    Some((total, &rest[unit.len()..]))
}

/// An IP address in its usual form.
pub(super) fn address(text: &str) -> Result<String, String> {
    let parsed: Result<IpAddr, _> = text.trim().parse();
    match parsed {
        Ok(address) => Ok(address.to_canonical().to_string()),
        Err(_) => Err(format!("no IP address: {text:?}")),
    }
}

/// A domain to search names in; `.` is none.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let text = text.trim_matches(' ');
    if text == "." {
        return Ok(text.to_owned());
    }
    let name = text.trim_end();
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |label: &str| {
        let inner = label.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        !label.is_empty() && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let good = name.split('.').all(plain)
        && name.len() < 255
        && name.contains(|char: char| char.is_ascii_alphabetic());
    if good { Ok(name.to_owned()) } else { Err("it is no domain".to_owned()) }
}

/// `HOST:IP`, `HOST=IP`; an address of version 6 may be in brackets.
pub(super) fn extra_host(text: &str) -> Result<String, String> {
    let parts = text.split_once('=').or_else(|| text.split_once(':'));
    let parts = parts.filter(|(host, _)| !host.is_empty() && !host.contains(':'));
    let (host, ip) = parts.ok_or_else(|| "write HOST:IP".to_owned())?;
    let inner = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']'));
    let ip = inner.filter(|ip| !ip.is_empty()).unwrap_or(ip);
    if ip != "host-gateway" {
        address(ip)?;
    }
    Ok(format!("{host}:{ip}"))
}

/// `NAME[=VALUE]` of a label. Names have no blanks.
pub(super) fn label(text: &str) -> Result<String, String> {
    let name = text.split('=').next().unwrap_or_default().trim_start_matches([' ', '\t']);
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    if name.contains([' ', '\t']) {
        return Err("its name has blanks".to_owned());
    }
    Ok(text.to_owned())
}

/// `NAME=VALUE` of a kernel setting that a container can have for itself.
pub(super) fn sysctl(text: &str) -> Result<String, String> {
    const NAMES: [&str; 8] = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];
    let (name, _) = text.split_once('=').ok_or_else(|| "write NAME=VALUE".to_owned())?;
    let own = ["net.", "fs.mqueue."].iter().any(|start| name.starts_with(start));
    if own || NAMES.contains(&name) {
        return Ok(text.to_owned());
    }
    Err("a container has net.*, fs.mqueue.* and the kernel's IPC settings for itself only"
        .to_owned())
}

/// `TYPE MAJOR:MINOR MODE` of a device's control group.
pub(super) fn device_rule(text: &str) -> Result<String, String> {
    let number = |text: &str| {
        text == "*" || !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let good = match text.split(' ').collect::<Vec<_>>()[..] {
        [kind, numbers, mode] => {
            let numbers = numbers.split_once(':').is_some_and(|(a, b)| number(a) && number(b));
            let mode = (1..=3).contains(&mode.len()) && mode.chars().all(|one| "rwm".contains(one));
            ["a", "b", "c"].contains(&kind) && numbers && mode
        }
        _ => false,
    };
    if good { Ok(text.to_owned()) } else { Err("write it as 'c 1:3 rwm'".to_owned()) }
}

/// `""` or `host`.
pub(super) fn host_mode(text: &str) -> Result<String, String> {
    if ["", "host"].contains(&text) { Ok(text.to_owned()) } else { Err("it is host".to_owned()) }
}

/// `""`, `host` or `container:NAME`.
pub(super) fn pid_mode(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some(("container", name)) if !name.is_empty() => Ok(text.to_owned()),
        _ => host_mode(text).map_err(|_| "it is host or container:NAME".to_owned()),
    }
}

pub(super) fn cgroup_namespace(text: &str) -> Result<HostConfigCgroupnsModeEnum, String> {
    match text {
        "" => Ok(HostConfigCgroupnsModeEnum::EMPTY),
        "host" => Ok(HostConfigCgroupnsModeEnum::HOST),
        "private" => Ok(HostConfigCgroupnsModeEnum::PRIVATE),
        _ => Err("it is host or private".to_owned()),
    }
}

pub(super) fn isolation(text: &str) -> Result<HostConfigIsolationEnum, String> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(HostConfigIsolationEnum::EMPTY),
        "default" => Ok(HostConfigIsolationEnum::DEFAULT),
        _ => Err("Linux has the default only".to_owned()),
    }
}

/// A share that the kernel knows: from 0 to 100, or -1 for its own.
pub(super) fn swappiness(text: &str) -> Result<i64, String> {
    let number = super::numbers::integer(text)?;
    let known = (-1..=100).contains(&number);
    known.then_some(number).ok_or_else(|| "it is from 0 to 100".to_owned())
}

/// A path without empty, `.` and `..` parts, as Go cleans it.
pub(super) fn cleaned(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".to_owned(),
        (false, joined) => joined,
    }
}

/// The signals of signal(7), by their numbers from 1.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Checks a signal: a number, or a name with or without `SIG`; none is the image's.
pub(super) fn signal(text: &str) -> Result<String, String> {
    if let Ok(number) = text.parse::<i64>() {
        return if number == 0 { Err(no_signal()) } else { Ok(text.to_owned()) };
    }
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let realtime = name.starts_with("RTMIN") || name.starts_with("RTMAX");
    let old = ["IOT", "CLD", "POLL", "UNUSED"].contains(&name);
    let known = text.is_empty() || SIGNALS.contains(&name) || realtime || old;
    if known { Ok(text.to_owned()) } else { Err(no_signal()) }
}

fn no_signal() -> String {
    "no such signal (write SIGTERM, TERM or 15)".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for (text, nanos) in [
            ("1m30s", 90_000_000_000),
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("0", 0),
            ("+5s", 5_000_000_000),
            ("-5s", -5_000_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1h0.25m", 3_615_000_000_000),
            ("1us", 1_000),
            ("1\u{b5}s", 1_000),
            ("1\u{3bc}s", 1_000),
            ("1ns", 1),
            ("0.5ns", 0),
            ("3s1h", 3_603_000_000_000),
            ("2562047h47m16.854775807s", i64::MAX),
        ] {
            assert_eq!(nanoseconds(text), Ok(nanos), "{text}");
        }
        for text in [
            "",
            "5",
            "00",
            "soon",
            "1d",
            "1 s",
            "1S",
            "s",
            ".s",
            "1..5s",
            "-",
            "1h30",
            "300y",
            "2562047h47m16.854775808s",
        ] {
            assert!(nanoseconds(text).is_err(), "{text}");
        }
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("-5s").is_err());
    }

    #[test]
    fn signals_have_names_and_numbers() {
        for text in ["SIGTERM", "term", "15", "SIGRTMIN+3", "64", "SYS", ""] {
            assert!(signal(text).is_ok(), "{text}");
        }
        for text in ["FOO", "0", "SIG"] {
            assert!(signal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_have_an_address_of_their_own() {
        for (text, expected) in [
            ("a:1.2.3.4", "a:1.2.3.4"),
            ("a=1.2.3.4", "a:1.2.3.4"),
            ("a=[::1]", "a:::1"),
            ("a:::1", "a:::1"),
            ("a:[::1]", "a:::1"),
            ("a:0:0:0:0:0:0:0:1", "a:0:0:0:0:0:0:0:1"),
            ("a=[1.2.3.4]", "a:1.2.3.4"),
            ("a=host-gateway", "a:host-gateway"),
        ] {
            assert_eq!(extra_host(text), Ok(expected.to_owned()), "{text}");
        }
        for text in ["a", ":1.2.3.4", "=1.2.3.4", "a:", "a=b", "a:[]", "a:1.2.3", "a:b=1.2.3.4", ""]
        {
            assert!(extra_host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn domains_and_addresses_are_those_of_docker() {
        for (text, expected) in
            [("a.b", "a.b"), ("a.b.", "a.b"), (".", "."), (" a ", "a"), ("a-1.b2", "a-1.b2")]
        {
            assert_eq!(domain(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "1.2", "-a.b", "a-.b", "a..b", "a b", ".a", "a_b"] {
            assert!(domain(text).is_err(), "{text}");
        }
        assert_eq!(address(" ::ffff:1.2.3.4 ").as_deref(), Ok("1.2.3.4"));
        assert_eq!(address("0:0:0:0:0:0:0:1").as_deref(), Ok("::1"));
        assert!(address("010.0.0.1").is_err() && address("1.2.3").is_err());
    }

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, expected) in [
            ("/dev//null", "/dev/null"),
            ("/a/../b/.", "/b"),
            ("/..", "/"),
            ("", "."),
            ("a/..", "."),
            ("../a", "../a"),
        ] {
            assert_eq!(cleaned(path), expected, "{path}");
        }
    }
}
