//! `dp-report convert`: what other programs measured, as records.
//!
//! ```text
//! text of a program -> its file here -> observations -> records
//! ```
//!
//! Their metrics keep their figures: nothing is computed anew, only units are dp's own
//! (seconds, bytes). What a program rounds stays rounded.

mod docker_stats;
mod figures;
mod hyperfine;
mod k6;
mod oha;
mod pgbench;
mod wrk;

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use dp_record::{Failure, Record, Run, Subject, Writer};
use dp_tool::{Fault, Io, without_credentials};
use jiff::Timestamp;

use crate::input::read::Source;
use figures::Observation;

/// The largest input that is read, in bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Whose output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// `docker stats --format json` (or `{{json .}}`), with --no-stream or without
    DockerStats,
    /// `hyperfine --export-json`: a record for each time that it took
    Hyperfine,
    /// `k6 run --summary-export`, or what `handleSummary` is given
    K6,
    /// `oha --output-format json`
    Oha,
    /// What pgbench prints at its end
    Pgbench,
    /// What wrk prints at its end
    Wrk,
}

/// What to convert.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Whose output it is
    #[arg(value_name = "PROGRAM")]
    program: Program,
    /// Files of its output, `-` for stdin [default: stdin]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the subject is called [default: what the output names, else the file without its
    /// extension]
    #[arg(long)]
    name: Option<String>,
}

impl Program {
    /// The kind of its records.
    fn kind(self) -> &'static str {
        match self {
            Self::DockerStats => "docker-stats",
            Self::Hyperfine => "hyperfine",
            Self::K6 => "k6",
            Self::Oha => "oha",
            Self::Pgbench => "pgbench",
            Self::Wrk => "wrk",
        }
    }

    fn read(self, text: &str) -> Result<Vec<Observation>, String> {
        match self {
            Self::DockerStats => docker_stats::read(text),
            Self::Hyperfine => hyperfine::read(text),
            Self::K6 => k6::read(text),
            Self::Oha => oha::read(text),
            Self::Pgbench => pgbench::read(text),
            Self::Wrk => wrk::read(text),
        }
    }
}

/// Prints the records of each file, as far as all of its text is understood.
///
/// # Errors
/// [`Fault`] of usage for what cannot be read or is not that program's output; others where
/// stdout cannot be written.
pub(crate) fn run(args: &ConvertArgs, io: &mut Io<'_>) -> anyhow::Result<()> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    for path in files {
        let input = Input::of(path, io)?;
        let kind = args.program.kind();
        let no_output = |problem: &str| {
            Fault::usage(format!("{}: not the output of {kind}: {problem}", input.place))
        };
        let observations = args.program.read(&input.text).map_err(|it| no_output(&it))?;
        if observations.is_empty() {
            return Err(no_output("it holds no figure").into());
        }
        let mut writer = Writer::new(&mut *io.stdout);
        for observation in observations {
            writer.write(&record(kind, args.name.as_deref(), &input, observation))?;
        }
    }
    Ok(())
}

/// The text of a file, or of stdin.
struct Input {
    text: String,
    /// What it is called in messages.
    place: String,
    /// What a subject is called that nobody names.
    stem: Option<String>,
    /// When it was written.
    at: Timestamp,
    /// The same for the same text.
    batch: String,
}

impl Input {
    fn of(path: &Path, io: &mut Io<'_>) -> Result<Self, Fault> {
        let source = Source::of(path);
        let place = source.name();
        let cannot = |error: io::Error| Fault::usage(format!("{place}: cannot read: {error}"));
        let mut text = String::new();
        let (stem, at) = match &source {
            Source::Stdin => {
                let stdin = io.stdin.take();
                let stdin =
                    stdin.ok_or_else(|| Fault::usage("stdin is a terminal: pipe output in"))?;
                stdin.take(MOST_BYTES).read_to_string(&mut text).map_err(cannot)?;
                (None, None)
            }
            Source::File(path) => {
                let file = File::open(path).map_err(cannot)?;
                let written = file.metadata().and_then(|it| it.modified()).ok();
                file.take(MOST_BYTES).read_to_string(&mut text).map_err(cannot)?;
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                (stem, written.and_then(|time| Timestamp::try_from(time).ok()))
            }
        };
        let at = at.unwrap_or_else(Timestamp::now);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let batch = format!("{:016x}", hasher.finish());
        Ok(Self { text, place, stem, at, batch })
    }
}

fn record(kind: &str, name: Option<&str>, input: &Input, observation: Observation) -> Record {
    let mut record = Record::new(kind, input.at);
    let found = observation.name.as_deref().map(without_credentials);
    let name = name.map(str::to_owned).or(found).or_else(|| input.stem.clone());
    let name = name.unwrap_or_else(|| kind.to_owned());
    record.subject = Some(Subject { name, ..Subject::default() });
    record.meta = observation.meta;
    // Which rounds they are of is not known: such programs run one subject after the other.
    record.run = Some(Run { batch: input.batch.clone(), ..Run::default() });
    for (metric, value, unit) in observation.figures {
        record.units.insert(metric.clone(), unit.to_owned());
        record.metrics.set(metric, value);
    }
    if let Some(message) = observation.failure {
        record.units.clear();
        record.fail(Failure { code: "command_failed".to_owned(), message, ..Failure::default() });
    }
    record
}
