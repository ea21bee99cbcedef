//! The options of `docker run` that dp takes.
//!
//! One grammar serves a tool's own options, `--run-option` and `--variant`:
//! words are parsed by [`OPTIONS`], later ones win, and what cannot be honoured
//! is refused by name.

mod block_io;
mod body;
mod csv;
mod environment;
mod gpus;
mod health;
mod limits;
mod network;
mod numbers;
mod ports;
mod table;
mod values;
mod volumes;

use table::{ALIASES, REFUSED};

pub use body::Request;
pub use table::{OPTIONS, OptionSpec, Takes};
pub use values::duration;

/// An option that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// `docker run` or dp has no such option.
    #[error("no such run option: {option} (--help lists them, at --run-option)")]
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

/// The options of `docker run` that do not go together with measuring.
pub fn refused_options() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().map(|(name, _)| *name)
}

/// Options in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    given: Vec<(&'static OptionSpec, String)>,
}

impl RunOptions {
    /// Parses words; all of them must be options.
    ///
    /// # Errors
    /// A word that is no option, an option without its value, or one that dp cannot
    /// honour.
    pub fn parse<I>(words: I) -> Result<Self, OptionError>
    where
        I: IntoIterator<Item = String>,
    {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            options.take(&word, &mut words)?;
        }
        Ok(options)
    }

    /// Parses `[run options] [-- command]` as a shell would split it.
    ///
    /// # Errors
    /// Those of [`RunOptions::parse`], and a quote that does not end.
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

    /// These options, followed by `more`. Networks of `more` are instead of ours.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        let other = more.last("network").is_some();
        let kept = self.given.iter().filter(|(spec, _)| !other || spec.name != "network");
        Self { given: kept.chain(&more.given).cloned().collect() }
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

    /// The values of all options.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|(_, value)| value.as_str())
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
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let spec = find_long(name).ok_or_else(|| unknown(word, name))?;
            let value = valued(spec, word, value, rest)?;
            self.given.push((spec, value));
            return Ok(());
        }
        let mut letters = word.strip_prefix('-').unwrap_or_default();
        if letters.is_empty() {
            return Err(OptionError::NotAnOption { word: word.to_owned() });
        }
        // Several flags may stand behind one dash (`-Pe A=1`).
        while let Some(letter) = letters.chars().next() {
            let spec =
                find_short(letter).ok_or_else(|| unknown(word, letter.encode_utf8(&mut [0; 4])))?;
            letters = &letters[letter.len_utf8()..];
            let more = spec.takes == Takes::Flag && !letters.starts_with('=');
            let value = (!more && !letters.is_empty())
                .then(|| letters.strip_prefix('=').unwrap_or(letters).to_owned());
            let value = valued(spec, word, value, rest)?;
            self.given.push((spec, value));
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// The value of an option: what stands in its word, or the next word.
fn valued(
    spec: &OptionSpec,
    word: &str,
    value: Option<String>,
    rest: &mut impl Iterator<Item = String>,
) -> Result<String, OptionError> {
    match (spec.takes, value) {
        (Takes::Flag, None) => Ok("true".to_owned()),
        (Takes::Flag, Some(value)) => match numbers::boolean(&value) {
            Ok(set) => Ok(set.to_string()),
            Err(reason) => Err(OptionError::BadValue { option: spec.name, value, reason }),
        },
        (_, Some(value)) => Ok(value),
        (Takes::Once(form) | Takes::Many(form), None) => {
            rest.next().ok_or_else(|| OptionError::NoValue { option: word.to_owned(), form })
        }
    }
}

fn find_long(name: &str) -> Option<&'static OptionSpec> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    OPTIONS.iter().find(|spec| spec.name == name)
}

fn find_short(letter: char) -> Option<&'static OptionSpec> {
    OPTIONS.iter().find(|spec| spec.short == Some(letter))
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
    fn letters_of_one_dash_are_options_of_their_own() {
        let options = parse("-Pe A=1 -Pm64m -P=0").unwrap();
        assert_eq!(options.all("publish-all").collect::<Vec<_>>(), ["true", "true", "false"]);
        assert_eq!((options.last("env"), options.last("memory")), (Some("A=1"), Some("64m")));
        for (text, set) in [("--init=1", true), ("--init=F", false), ("--init=True", true)] {
            assert_eq!(parse(text).unwrap().is_set("init"), set, "{text}");
        }
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
        let networks =
            parse("--network a --network b").unwrap().and(&parse("--network c").unwrap());
        assert_eq!(networks.all("network").collect::<Vec<_>>(), ["c"]);
        assert!(!all.is_set("init"));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (text, says) in [
            ("--speed 9", "no such run option: --speed (--help lists them, at --run-option)"),
            ("--name x", "cannot honour --name: dp names its containers itself"),
            ("-t", "cannot honour -t: dp reads the output"),
            ("image", "\"image\" is no run option (a command comes behind --)"),
            ("--env", "--env needs a value (NAME[=VALUE])"),
            ("--init=yes", "bad value \"yes\" for --init: it is true or false"),
            ("-m", "-m needs a value (BYTES)"),
            ("-Pt", "cannot honour -Pt: dp reads the output"),
            ("-P=maybe", "bad value \"maybe\" for --publish-all: it is true or false"),
            ("-e 'A", "unclosed quote in \"-e 'A\""),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }
}
