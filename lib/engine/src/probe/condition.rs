//! The conditions, as people write them.

use std::fmt;
use std::str::FromStr;

use super::http::HttpWanted;
use super::log::Pattern;

/// What a container is waited for.
#[derive(Debug, Clone, Default)]
pub enum Condition {
    /// The engine says that it runs.
    #[default]
    Running,
    /// It has ended with 0.
    Exit,
    /// It has written a byte.
    Output,
    /// It has written a line that fits.
    Log(Pattern),
    /// It listens on this TCP port.
    Tcp(u16),
    /// It has answered an HTTP request.
    Http(HttpWanted),
    /// Its own health check has passed.
    Health,
    /// This command succeeds within it.
    Exec(String),
}

/// Text that is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} (write running, exit, output, log=REGEX, tcp=PORT, http=[METHOD ]PORT/PATH[=STATUS], health or exec=COMMAND)"
)]
pub struct BadCondition(pub(super) String);

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (text, None),
        };
        match (word, value) {
            ("running", None) => Ok(Self::Running),
            ("exit", None) => Ok(Self::Exit),
            ("output", None) => Ok(Self::Output),
            ("health", None) => Ok(Self::Health),
            ("log", Some(pattern)) => Ok(Self::Log(pattern.parse()?)),
            ("tcp", Some(port)) => Ok(Self::Tcp(self::port(port)?)),
            ("http", Some(wanted)) => Ok(Self::Http(wanted.parse()?)),
            ("exec", Some(command)) if !command.is_empty() => Ok(Self::Exec(command.to_owned())),
            _ => Err(BadCondition(format!("{text:?} is no condition"))),
        }
    }
}

/// A port number.
pub(super) fn port(text: &str) -> Result<u16, BadCondition> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.ok_or_else(|| BadCondition(format!("{text:?} is no port")))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Exit => f.write_str("exit"),
            Self::Output => f.write_str("output"),
            Self::Log(pattern) => write!(f, "log={pattern}"),
            Self::Tcp(port) => write!(f, "tcp={port}"),
            Self::Http(wanted) => write!(f, "http={wanted}"),
            Self::Health => f.write_str("health"),
            Self::Exec(command) => write!(f, "exec={command}"),
        }
    }
}

impl Condition {
    /// Whether it must be asked for.
    pub fn is_asked(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Http(_) | Self::Exec(_))
    }

    /// The port that is asked, if it is one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(port) => Some(*port),
            Self::Http(wanted) => Some(wanted.port),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_written_as_they_are_read() {
        for text in [
            "running",
            "exit",
            "output",
            "log=^ready$",
            "log=a=b",
            "tcp=8080",
            "http=8080/",
            "http=HEAD 8080/a?b=c",
            "http=80/health=204",
            "health",
            "exec=test -e /ready",
        ] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_the_way_out() {
        for (text, says) in [
            ("", "\"\" is no condition (write running, exit,"),
            ("ready", "\"ready\" is no condition"),
            ("tcp", "\"tcp\" is no condition"),
            ("tcp=0", "\"0\" is no port"),
            ("tcp=http", "\"http\" is no port"),
            ("http=/health", "\"\" is no port"),
            ("http=80/=99", "\"99\" is no status"),
            ("http=GE\tT 80/", "\"GE\\tT\" is no method"),
            ("log=(", "the pattern \"(\" does not compile: unclosed group"),
            ("exec=", "\"exec=\" is no condition"),
            ("exit=1", "\"exit=1\" is no condition"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }
}
