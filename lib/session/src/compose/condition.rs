//! Conditions on a service of a stack, as people write them.

use std::fmt;
use std::str::FromStr;

use dp_engine::probe::Condition;

/// A condition, of one service where it is written before the port
/// (`http=web:8080/health`).
#[derive(Debug, Clone)]
pub struct ServiceCondition {
    /// The service.
    pub service: Option<String>,
    /// The condition.
    pub condition: Condition,
}

impl ServiceCondition {
    /// Whether it is one of all services: `running` or `health`.
    fn is_of_all(&self) -> bool {
        matches!(self.condition, Condition::Running | Condition::Health) && self.service.is_none()
    }

    /// Whether a service that runs is enough, healthy or not.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.condition, Condition::Running)
    }

    /// The condition, if a service is asked by it.
    pub(super) fn of_one(&self) -> Option<&Self> {
        Some(self).filter(|it| !it.is_of_all())
    }
}

/// Text that is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadServiceCondition(String);

impl FromStr for ServiceCondition {
    type Err = BadServiceCondition;

    fn from_str(text: &str) -> Result<Self, BadServiceCondition> {
        let (service, rest) = match of_service(text) {
            Some((service, rest)) => (Some(service), rest),
            None => (None, text.to_owned()),
        };
        let condition = rest
            .parse()
            .map_err(|error: <Condition as FromStr>::Err| BadServiceCondition(error.to_string()))?;
        Ok(Self { service, condition })
    }
}

/// `http=[METHOD ]SERVICE:PORT...` and `tcp=SERVICE:PORT`: the service, and the condition
/// without it. Names of services are of letters, digits, `.`, `_` and `-`.
fn of_service(text: &str) -> Option<(String, String)> {
    let (word, value) = text.split_once('=').filter(|(word, _)| ["http", "tcp"].contains(word))?;
    let (method, asked) = match value.split_once(' ') {
        Some((method, asked)) => (format!("{method} "), asked),
        None => (String::new(), value),
    };
    let (service, rest) = asked.split_once(':')?;
    let of_name = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let named = !service.is_empty() && service.chars().all(of_name);
    let port = rest.chars().take_while(char::is_ascii_digit).count();
    let ends = rest[port..].is_empty() || rest[port..].starts_with('/');
    (named && port > 0 && ends).then(|| (service.to_owned(), format!("{word}={method}{rest}")))
}

impl fmt::Display for ServiceCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.condition.to_string();
        match (&self.service, text.split_once('=')) {
            (Some(service), Some((word, value))) => match value.split_once(' ') {
                Some((method, asked)) => write!(f, "{word}={method} {service}:{asked}"),
                None => write!(f, "{word}={service}:{value}"),
            },
            _ => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_may_stand_before_the_port() {
        for (text, service, condition) in [
            ("http=web:8080/health=204", Some("web"), "http=8080/health=204"),
            ("http=POST my-api.v1:80/a:b", Some("my-api.v1"), "http=POST 80/a:b"),
            ("tcp=db:5432", Some("db"), "tcp=5432"),
            ("http=8080/a:80/b", None, "http=8080/a:80/b"),
            ("health", None, "health"),
            ("log=a:80", None, "log=a:80"),
        ] {
            let read: ServiceCondition = text.parse().unwrap();
            assert_eq!(read.service.as_deref(), service, "{text}");
            assert_eq!(read.condition.to_string(), condition);
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_the_forms() {
        for text in ["http=a!:80/", "http=:80/", "tcp=web:x", "never", "http=web:80x"] {
            let refused = text.parse::<ServiceCondition>().unwrap_err().to_string();
            assert!(refused.contains("(write running, exit, "), "{text}: {refused}");
        }
    }
}
