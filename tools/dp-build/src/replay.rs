//! `--log FILE`: builds that were recorded before, without an engine.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_engine::build::{self, Failure, Heard, VertexState};
use dp_record::{EnvDetail, Ground, Metrics, Plan, PlannedSubject, Record, Run, Subject, kind};
use dp_tool::{Emitter, Exit, Fault, Io, Progress, content_id};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::args::Args;
use crate::detail::Clock;
use crate::forward;
use crate::observation::Observation;
use crate::options::build_args;
use crate::secrets;
use crate::source;

/// Reads each file and prints its record. The same bytes give the same bytes:
/// times are those of the log, and the batch is named by its content.
pub(crate) fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    let names = names(args)?;
    let logs = args.log.iter().map(|path| read(path, io)).collect::<anyhow::Result<Vec<_>>>()?;
    let dockerfile = dockerfile(args)?;
    let words = forward::options(args);
    let mask = secrets::mask(&words, dockerfile.iter())?;
    let build_args = build_args(&words);
    let batch = content_id(logs.iter().map(|log| &log.digest));
    let begin = logs.first().map_or(Timestamp::UNIX_EPOCH, Log::at);
    let mut emitter = Emitter::new(io.stdout, &args.records, mask, io.stop.clone());
    emitter.emit(env(&names, begin, &batch))?;
    for (log, name) in logs.iter().zip(&names) {
        if io.stop.is_set() {
            progress.note("stopped before the last log");
            return Ok(Exit::Failed);
        }
        progress.doing(&format!("reading {name}"));
        emitter.emit(log.to_record(name, &batch, dockerfile.as_ref(), &build_args))?;
    }
    Ok(emitter.exit(true, args.runs.ignore_failure))
}

/// The Dockerfile of all logs, if it was given.
fn dockerfile(args: &Args) -> anyhow::Result<Option<Dockerfile>> {
    let [path] = args.file.as_slice() else {
        let none = args.file.is_empty();
        let many = "the logs are of one Dockerfile: give --file once";
        return if none { Ok(None) } else { Err(Fault::usage(many).into()) };
    };
    Ok(Some(Dockerfile::parse(&source::text(path)?)))
}

/// A recorded build.
struct Log {
    heard: Heard,
    digest: Vec<u8>,
}

impl Log {
    /// When it began, by the engine's clock.
    fn at(&self) -> Timestamp {
        let starts = self.heard.trace.vertexes.iter().filter_map(build::Vertex::start);
        starts.min().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A log does not hold the exit status: a build failed if a vertex did, or
    /// if the builder's last words are an error.
    fn succeeded(&self) -> bool {
        let trace = &self.heard.trace;
        let broken = trace.vertexes.iter().any(|vertex| vertex.state == VertexState::Failed);
        let error = self.heard.text.iter().any(|line| line.starts_with("ERROR: "));
        !broken && !error
    }

    fn to_record(
        &self,
        name: &str,
        batch: &str,
        dockerfile: Option<&Dockerfile>,
        args: &BuildArgs,
    ) -> Record {
        let subject = Subject {
            name: name.to_owned(),
            scenario: Some(SCENARIO.to_owned()),
            ..Subject::default()
        };
        let observation = Observation {
            trace: &self.heard.trace,
            text: &self.heard.text,
            dockerfile,
            args,
            source: "log",
            clock: Clock::of_log(),
            cold: None,
            unreadable_files: None,
            succeeded: self.succeeded(),
        };
        let mut record = observation.into_record(self.at(), subject, &Metrics::default());
        record.run =
            Some(Run { batch: batch.to_owned(), n: Some(1), of: Some(1), ..Run::default() });
        record.env = Some(ground().id());
        record
    }
}

/// Nobody knows what of the cache the recorded build could use.
const SCENARIO: &str = "as-is";

fn ground() -> Ground {
    Ground::of_tool(env!("CARGO_PKG_VERSION"))
}

fn env(names: &[String], at: Timestamp, batch: &str) -> Record {
    let subject = |name: &String| PlannedSubject {
        name: name.clone(),
        scenario: Some(SCENARIO.to_owned()),
        ..PlannedSubject::default()
    };
    let subjects = names.iter().map(subject).collect();
    let plan = Plan { kind: kind::BUILD.to_owned(), subjects, runs: 1, warmup: 0 };
    let detail =
        EnvDetail { tool: "dp-build".to_owned(), ground: ground(), plan, ..EnvDetail::default() };
    detail.into_record(at, batch)
}

fn names(args: &Args) -> anyhow::Result<Vec<String>> {
    let given = &args.records.name;
    args.records.check_names(args.log.len(), "logs")?;
    let names: Vec<String> =
        if given.is_empty() { args.log.iter().map(stem).collect() } else { given.clone() };
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => {
            let message = format!("two logs are called {twice}: tell them apart with --name");
            Err(Fault::usage(message).into())
        }
        None => Ok(names),
    }
}

fn stem(path: &PathBuf) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn read(path: &Path, io: &mut Io<'_>) -> anyhow::Result<Log> {
    let shown = path.display();
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io.stdin.take().ok_or_else(|| {
            Fault::usage("no log on stdin: it is a terminal, or was read already")
        })?)
    } else {
        Box::new(
            File::open(path)
                .map_err(|error| Fault::usage(format!("cannot read {shown}: {error}")))?,
        )
    };
    let mut hashing = Hashing { input, digest: Sha256::new() };
    let heard = build::read(BufReader::new(&mut hashing))
        .with_context(|| Fault::usage(format!("cannot read {shown}")))?;
    if !heard.progress {
        let why = Failure::of(&heard.trace, &heard.text, false).message;
        let message = format!(
            "{shown}: no progress of a build in it ({why}): record it with --progress=rawjson"
        );
        return Err(Fault::usage(message).into());
    }
    Ok(Log { heard, digest: hashing.digest.finalize().to_vec() })
}

/// Hashes what is read from it.
struct Hashing<R> {
    input: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}
