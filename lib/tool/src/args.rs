//! Options that several tools share. A short form means the same everywhere.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use crate::Fault;

/// Which engine to talk to, chosen as the docker CLI does.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// Engine to connect to, as `docker --host`
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Docker context to use, as `docker --context`
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// How often to measure, and in which order.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Runs")]
pub struct RunArgs {
    /// Runs of each subject that count
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: Option<u32>,
    /// Warm-up runs of each subject before them, marked as such
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub warmup: Option<u32>,
    /// Seed of the random order within the rounds
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Wait for a quiet machine before the first run, but no longer than this
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub quiet_wait: Option<Duration>,
    /// Print the plan on stderr and measure nothing
    #[arg(long)]
    pub dry_run: bool,
    /// End with 0 although an observation failed
    #[arg(short, long)]
    pub ignore_failure: bool,
}

/// A duration of people: `30s`, `1m30s`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = "write a duration, as 1m30s or 500ms";
    let read = text.parse::<SignedDuration>().map_err(|_| wrong)?;
    Duration::try_from(read).map_err(|_| wrong.to_owned())
}

/// What stands in the records.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Records")]
pub struct RecordArgs {
    /// Name of the subject; repeat it for several subjects, in their order
    #[arg(short, long, value_name = "NAME")]
    pub name: Vec<String>,
    /// A word of yours that stands in every record (commit, branch, job...)
    #[arg(long, value_name = "KEY=VALUE")]
    pub meta: Vec<Meta>,
    /// Leave `detail` out of the records
    #[arg(long)]
    pub no_detail: bool,
}

impl RecordArgs {
    /// All of `--meta`; the last value of a key counts.
    pub fn meta(&self) -> BTreeMap<String, String> {
        self.meta.iter().map(|meta| (meta.key.clone(), meta.value.clone())).collect()
    }

    /// `--name` names all subjects or none; `what` is what they are (`images`).
    ///
    /// # Errors
    /// Some are named and others are not.
    pub fn check_names(&self, count: usize, what: &str) -> Result<(), Fault> {
        let given = self.name.len();
        if given == 0 || given == count {
            return Ok(());
        }
        let message =
            format!("--name was given {given} times for {count} {what}: name all or none");
        Err(Fault::usage(message))
    }
}

/// One `key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Before the first `=`; not empty.
    pub key: String,
    /// Behind it.
    pub value: String,
}

impl FromStr for Meta {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("give it as key=value".to_owned()),
        }
    }
}

/// What people see on stderr.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Say nothing on stderr but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub progress: ProgressMode,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorMode,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// A bar on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// A bar
    Tty,
    /// Plain lines
    Plain,
    /// Nothing
    None,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorMode {
    /// On a terminal, unless `NO_COLOR` is set or TERM is `dumb`
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorMode {
    /// Whether to use colours on a stream.
    pub fn on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && !no_color() && !dumb(),
        }
    }
}

fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal can do nothing but print.
pub(crate) fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_split_at_the_first_equals_sign() {
        let meta: Meta = "a=b=c".parse().unwrap();
        assert_eq!((meta.key.as_str(), meta.value.as_str()), ("a", "b=c"));
        assert!("=b".parse::<Meta>().is_err());
        assert!("ab".parse::<Meta>().is_err());
    }
}
