//! The command line.

use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValue;
use clap::{Args as ArgGroup, Parser, Subcommand, ValueEnum};
use dp_tool::OutputArgs;

use crate::budget::{Expectation, MetricValue, OnBusy};
use crate::convert::ConvertArgs;
use crate::input::environments::Field;
use crate::input::filter::Filter;
use crate::input::grouping::By;
use crate::judge::statistic::Statistic;
use crate::listing::ListFormat;
use crate::render::{self, FORMATS, Format};

/// What changed, is it real, is it allowed?
///
/// Summarises records (lines of JSON) per subject and metric. With --against
/// or --baseline it compares them, and ends with 1 if something regressed. A
/// verdict on times needs both sides in one batch: 8 rounds (-r 8), or 5 runs of
/// each; one run is enough for bytes and counts.
#[derive(Debug, Parser)]
#[command(
    name = "dp-report",
    version = dp_tool::VERSION,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = AFTER
)]
pub struct Args {
    /// What to print instead of a report
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

const AFTER: &str = "\
Examples:
  dp-build -f Dockerfile -f Dockerfile.new --warm -r 10 . | dp-report --against Dockerfile
  dp-report new.jsonl --baseline main.jsonl --format markdown=comment.md --format text
  cat days/*.jsonl | dp-report new.jsonl --baseline - --inconclusive fail
  dp-report new.jsonl --baseline main.jsonl --against old \\
      --confirm 'dp-build old=../main app=. --warm -r 10'
  dp-report all.jsonl --against rev=0a1b2c3
  dp-report new.jsonl --history history.jsonl --alert crossed.txt --format html=trend.html
  dp-build . | dp-size | dp-report --max size.engine_size_bytes=1.5GB --expect 'size>=1'
  dp-report run.jsonl --against Dockerfile --budget budget.toml --format github

A budget file:
  [[rule]]
  metric = \"build.wall_seconds\"
  subject = \"*.production\"        # patterns for subject, scenario, platform, variant
  scenario = \"code\"
  max = \"10s\"                     # or min; sizes are decimal: GB is 10^9, GiB 2^30 bytes
  statistic = \"p95\"               # of max and min: median (default), min, max, mean, p95...
  than = \"Dockerfile\"             # improve and worsen: than a subject, or the baseline
  improve = \"37%\"                 # surely by so much; worsen: by no more than so much
  [[expect]]
  records = \"size\"
  at_least = 3

Times of another day: machines drift, so one batch cannot judge another. With 5 batches or more
of the baseline their spread is the noise; what lies within it is inconclusive, and no sign of a
change: --inconclusive fail does not fail for it. --confirm measures what would fail, or cannot be
judged, anew; there --against names the baseline (a * in it is the subject's name).

Exit codes: 0 fine, 1 a regression or a broken budget, 2 wrong usage or unreadable input,
4 an observation failed, is missing, or could not be compared.
A file that is called like a command: ./schema";

/// The heading of what is kept from day to day.
const HISTORY: &str = "History";

/// The heading of what must hold.
const BUDGET: &str = "Budget (all repeatable; METRIC is KIND.NAME, or NAME alone)";

/// What can be printed instead of a report.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print as records what another program measured
    Convert(ConvertArgs),
    /// Print the JSON Schema of a record
    Schema,
    /// List the metrics, with units and floors
    Metrics {
        /// How the list is written
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
}

/// What to report on, and how.
#[derive(Debug, ArgGroup)]
pub(crate) struct ReportArgs {
    /// Files of records, `-` for stdin [default: stdin, if it is no terminal]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Compare the other subjects with the subject (else the variants with the variant) of this
    /// name; or each series with its records of meta.KEY=VALUE or rev=COMMIT
    #[arg(long, value_name = "NAME")]
    pub(crate) against: Option<String>,
    /// Compare each series with the same one in this file (repeatable): 5 batches or more show by
    /// how much equal ones differ from day to day
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Vec<PathBuf>,
    /// Before a time of another day fails, or where it cannot be judged: run this, which prints
    /// records of both sides measured in one batch, and judge these
    #[arg(long, value_name = "COMMAND")]
    pub(crate) confirm: Option<String>,
    /// Report only on what matches, such as `kind==build && scenario==warm` (repeatable)
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) filter: Vec<Filter>,
    /// Keep series apart by this too: meta.KEY, batch, env, image, ref, target... (repeatable)
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(crate) by: Vec<By>,
    /// Show and judge this metric too (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Vec<String>,
    /// Show every metric; verdicts are for headlines and --metric
    #[arg(long)]
    pub(crate) all: bool,
    /// Show these figures too: p95 (any percentile), mean, mad, stddev (repeatable)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) stat: Vec<Statistic>,
    /// Compare although this part of the ground differs (repeatable)
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub(crate) across: Vec<Field>,
    /// Check this budget (TOML): what metrics may be, and how they may change
    #[arg(long, value_name = "FILE", help_heading = BUDGET)]
    pub(crate) budget: Vec<PathBuf>,
    /// The median must be at most VALUE (1.5GB, 10s, 300ms, 95%, 12), for every subject
    #[arg(long, value_name = "METRIC=VALUE", help_heading = BUDGET)]
    pub(crate) max: Vec<MetricValue>,
    /// The median must be at least VALUE
    #[arg(long, value_name = "METRIC=VALUE", help_heading = BUDGET)]
    pub(crate) min: Vec<MetricValue>,
    /// Must surely be better than the baseline, by at least so much
    #[arg(long, value_name = "METRIC=PERCENT", help_heading = BUDGET)]
    pub(crate) improve: Vec<MetricValue>,
    /// So many good records must have come, such as `size>=3` or `build/app>=8`
    #[arg(long, value_name = "KIND[/SUBJECT]>=N", help_heading = BUDGET)]
    pub(crate) expect: Vec<Expectation>,
    /// What becomes of limits in seconds where others kept the machine busy
    #[arg(long, value_name = "WHAT", value_enum, default_value_t, help_heading = BUDGET)]
    pub(crate) busy: OnBusy,
    /// Whether inconclusive comparisons end with 1
    #[arg(long, value_name = "WHAT", default_value = "pass")]
    pub(crate) inconclusive: Inconclusive,
    #[arg(
        long,
        value_name = "FORMAT[=PATH]",
        help = format_help(),
        long_help = format_long_help()
    )]
    pub(crate) format: Vec<FormatArg>,
    /// Fill this template (Jinja's language) instead, on stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Append what was measured to this file, and show how it went since the first time
    #[arg(long, value_name = "FILE", help_heading = HISTORY)]
    pub(crate) history: Option<PathBuf>,
    /// Show the history alone, without new records
    #[arg(long, requires = "history", conflicts_with = "files", help_heading = HISTORY)]
    pub(crate) trend: bool,
    /// Write a line for each series that just left its level to this file, for hooks
    #[arg(long, value_name = "FILE", requires = "history", help_heading = HISTORY)]
    pub(crate) alert: Option<PathBuf>,
    /// Threads that read the records [default: one for each CPU, up to 4]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZero<u16>>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What becomes of inconclusive comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inconclusive {
    /// End with 0
    Pass,
    /// End with 1
    Fail,
}

/// How the words of [`FORMATS`] are used.
const FORMAT_USE: &str = "to stdout or to a file (repeatable) [default: text]";

fn format_help() -> String {
    format!("{}: {FORMAT_USE}", format_names())
}

/// A line for each format.
fn format_long_help() -> String {
    let list = FORMATS.iter().map(|format| format!("\n- {}: {}", format.name, format.help));
    format!("How the report is written, {FORMAT_USE}\n{}", list.collect::<String>())
}

fn format_names() -> String {
    FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ")
}

impl ValueEnum for Field {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()).help(self.help()))
    }
}

/// A format, and where it goes.
#[derive(Debug, Clone)]
pub(crate) struct FormatArg {
    pub(crate) format: &'static Format,
    /// None for stdout.
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for FormatArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, path) = match text.split_once('=') {
            Some((_, "")) => return Err("there is no path behind the =".to_owned()),
            Some((word, path)) => (word, Some(path).filter(|path| *path != "-")),
            None => (text, None),
        };
        let format = render::format(word)
            .ok_or_else(|| format!("no such format (there are: {})", format_names()))?;
        Ok(Self { format, path: path.map(PathBuf::from) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_format_may_have_a_path() {
        let arg: FormatArg = "jsonl=a=b".parse().unwrap();
        assert_eq!((arg.format.name, arg.path), ("jsonl", Some(PathBuf::from("a=b"))));
        let arg: FormatArg = "text=-".parse().unwrap();
        assert_eq!((arg.format.name, arg.path), ("text", None));
        let refused = "yaml".parse::<FormatArg>().unwrap_err();
        assert!(FORMATS.iter().all(|format| refused.contains(format.name)), "{refused}");
        assert!("text=".parse::<FormatArg>().is_err());
    }
}
