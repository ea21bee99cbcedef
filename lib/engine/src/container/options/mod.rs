//! What can be said to `docker run`, in its own words.
//!
//! One grammar serves a tool's own options, `--run-option` and `--variant`:
//! words are parsed by [`OPTIONS`], later ones win, and what cannot be honoured
//! is refused by name.

mod body;
mod environment;
mod health;
mod limits;
mod ports;
mod quantity;
mod signal;
mod table;
mod volumes;

use std::collections::BTreeSet;

use table::{ALIASES, REFUSED};

pub use body::Request;
pub use quantity::duration;
pub use table::{OPTIONS, OptionSpec, Takes};

/// An option that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// `docker run` or dp has no such option.
    #[error("no such run option: {option} (known: {known})", known = known())]
    Unknown {
        /// As it was written.
        option: String,
    },
    /// The option does not go together with measuring.
    #[error("cannot honour {option}: {why}")]
    Refused {
        /// As it was written.
        option: String,
        /// Why not, with the way out.
        why: &'static str,
    },
    /// An option without its value.
    #[error("{option} needs a value ({form})")]
    NoValue {
        /// As it was written.
        option: String,
        /// What should follow.
        form: &'static str,
    },
    /// A value of another form.
    #[error("bad value {value:?} for --{option}: {reason}")]
    BadValue {
        /// Long name.
        option: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A word that is no option.
    #[error("{word:?} is no run option (a command comes behind --)")]
    NotAnOption {
        /// The word.
        word: String,
    },
    /// Quotes that do not end.
    #[error("unclosed quote in {text:?}")]
    Quotes {
        /// The text.
        text: String,
    },
}

/// The names of all options, for a message.
fn known() -> String {
    OPTIONS.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
}

/// Options in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    given: Vec<(&'static OptionSpec, String)>,
}

impl RunOptions {
    /// Parses words; all of them must be options.
    pub fn parse<I>(words: I) -> Result<Self, OptionError>
    where
        I: IntoIterator<Item = String>,
    {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            options.take(&word, &mut words)?;
        }
        options.check_once()?;
        Ok(options)
    }

    /// Parses `[run options] [-- command]` as a shell would split it.
    pub fn parse_line(text: &str) -> Result<(Self, Option<Vec<String>>), OptionError> {
        let quotes = || OptionError::Quotes { text: text.to_owned() };
        let mut words = shlex::split(text).ok_or_else(quotes)?;
        let command = words.iter().position(|word| word == "--").map(|at| {
            let command = words.split_off(at + 1);
            words.truncate(at);
            command
        });
        Ok((Self::parse(words)?, command))
    }

    /// These options, with `more` behind them.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        Self { given: self.given.iter().chain(&more.given).cloned().collect() }
    }

    /// The last value of an option.
    pub fn last(&self, name: &str) -> Option<&str> {
        let last = self.given.iter().rfind(|(spec, _)| spec.name == name);
        last.map(|(_, value)| value.as_str())
    }

    /// All values of an option.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.given.iter().filter(move |(spec, _)| spec.name == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// Whether a flag is set.
    pub fn is_set(&self, name: &str) -> bool {
        self.last(name) == Some("true")
    }

    fn take(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), OptionError> {
        let (option, value) = split(word)?;
        let spec = find(&option).ok_or_else(|| unknown(word, &option))?;
        let value = match (spec.takes, value) {
            (Takes::Flag, None) => "true".to_owned(),
            (Takes::Flag, Some(value)) if value == "true" || value == "false" => value,
            (Takes::Flag, Some(value)) => {
                let reason = "it is true or false".to_owned();
                return Err(OptionError::BadValue { option: spec.name, value, reason });
            }
            (_, Some(value)) => value,
            (Takes::Once(form) | Takes::Many(form), None) => {
                rest.next().ok_or_else(|| OptionError::NoValue { option: word.to_owned(), form })?
            }
        };
        self.given.push((spec, value));
        Ok(())
    }

    /// Two networks in one go would be two connections, which older engines
    /// cannot make at the start.
    fn check_once(&self) -> Result<(), OptionError> {
        let networks: BTreeSet<&str> = self.all("network").collect();
        if networks.len() > 1 {
            let why = "a container is started on one network here";
            return Err(OptionError::Refused { option: "a second --network".to_owned(), why });
        }
        Ok(())
    }
}

/// Name (without dashes) and value of a word.
fn split(word: &str) -> Result<(String, Option<String>), OptionError> {
    if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
        return Ok(match long.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (long.to_owned(), None),
        });
    }
    let mut chars = word.strip_prefix('-').unwrap_or_default().chars();
    let Some(short) = chars.next() else {
        return Err(OptionError::NotAnOption { word: word.to_owned() });
    };
    let value = chars.as_str();
    let value = value.strip_prefix('=').unwrap_or(value);
    Ok((short.to_string(), Some(value.to_owned()).filter(|value| !value.is_empty())))
}

/// The option of this long or short name.
fn find(name: &str) -> Option<&'static OptionSpec> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    let is_short = |short: char| name.len() == 1 && name.starts_with(short);
    OPTIONS.iter().find(|spec| spec.name == name || spec.short.is_some_and(is_short))
}

fn unknown(word: &str, option: &str) -> OptionError {
    match REFUSED.iter().find(|(name, _)| *name == option) {
        Some((_, why)) => OptionError::Refused { option: word.to_owned(), why },
        None => OptionError::Unknown { option: word.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RunOptions, OptionError> {
        RunOptions::parse_line(text).map(|(options, _)| options)
    }

    #[test]
    fn words_are_those_of_docker_run() {
        let options = parse("-e A=1 --env=B=2 -eC=3 --net host --init -m 64m --user 1:2").unwrap();
        assert_eq!(options.all("env").collect::<Vec<_>>(), ["A=1", "B=2", "C=3"]);
        assert_eq!(options.last("network"), Some("host"));
        assert_eq!((options.last("memory"), options.last("user")), (Some("64m"), Some("1:2")));
        assert!(options.is_set("init") && !options.is_set("privileged"));
    }

    #[test]
    fn a_command_comes_behind_two_dashes() {
        let (options, command) = RunOptions::parse_line("--init -- sh -c 'a b' --").unwrap();
        assert!(options.is_set("init"));
        assert_eq!(command.unwrap(), ["sh", "-c", "a b", "--"]);
        assert_eq!(RunOptions::parse_line("").unwrap(), (RunOptions::default(), None));
    }

    #[test]
    fn later_options_win() {
        let base = parse("--memory 64m -e A=1 --init").unwrap();
        let all = base.and(&parse("--memory 32m -e A=2 --init=false").unwrap());
        assert_eq!(all.last("memory"), Some("32m"));
        assert_eq!(all.all("env").count(), 2);
        assert!(!all.is_set("init"));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (text, says) in [
            ("--gpus all", "no such run option: --gpus (known: env, env-file,"),
            ("--name x", "cannot honour --name: dp names its containers itself"),
            ("-t", "cannot honour -t: dp reads the output"),
            ("image", "\"image\" is no run option (a command comes behind --)"),
            ("--env", "--env needs a value (NAME[=VALUE])"),
            ("--init=yes", "bad value \"yes\" for --init: it is true or false"),
            ("--network a --network b", "cannot honour a second --network"),
            ("-e 'A", "unclosed quote in \"-e 'A\""),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }
}
