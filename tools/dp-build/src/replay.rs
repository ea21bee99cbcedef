//! `--log FILE`: builds that were recorded before, without an engine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dp_builds::recorded::{RecordedBuild, dockerfile};
use dp_builds::subject::mask;
use dp_builds::subject::options::build_args;
use dp_dockerfile::Dockerfile;
use dp_record::{Plan, PlannedSubject, Subject, kind};
use dp_session::{RecordedBatch, content_id};
use dp_tool::{Emitter, Exit, Fault, Io, Progress};
use jiff::Timestamp;

use crate::args::Args;

/// Reads each file and prints its record. The same bytes give the same bytes:
/// times are those of the log, and the batch is named by its content.
pub(crate) fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    let names = names(args)?;
    let logs = args
        .log
        .iter()
        .map(|path| RecordedBuild::read(path, &mut io.stdin))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let dockerfile = dockerfile(&args.file)?;
    let words = args.common_options();
    let hidden = mask(&words, dockerfile.as_deref().map(Dockerfile::parse).iter())?;
    let build_args = build_args(&words);
    let id = content_id(logs.iter().map(|log| &log.digest));
    let batch = RecordedBatch::new("dp-build", env!("CARGO_PKG_VERSION"), id);
    let begin = logs.first().map_or(Timestamp::UNIX_EPOCH, RecordedBuild::at);
    let mut emitter = Emitter::new(io.stdout, &args.records, hidden, io.stop.clone());
    emitter.emit(batch.env_record(plan(&names), begin))?;
    for (log, name) in logs.iter().zip(&names) {
        if io.stop.is_set() {
            progress.note("stopped before the last log");
            return Ok(Exit::Failed);
        }
        progress.doing(&format!("reading {name}"));
        if log.report.progress_after_error {
            progress.warn(&format!(
                "{name}: what looks like progress follows the final error: if it is of another build, give that a log of its own"
            ));
        }
        let dockerfile = dockerfile.as_deref().map(|text| log.parse(text, &build_args));
        let subject = Subject {
            name: name.clone(),
            scenario: Some(SCENARIO.to_owned()),
            ..Subject::default()
        };
        let mut record = log.to_record(subject, dockerfile.as_ref(), &build_args);
        batch.add(&mut record, 1, 1);
        emitter.emit(record)?;
    }
    Ok(emitter.exit(true, args.runs.ignore_failure))
}

/// Nobody knows what of the cache the recorded build could use.
const SCENARIO: &str = "as-is";

fn plan(names: &[String]) -> Plan {
    let subject = |name: &String| PlannedSubject {
        name: name.clone(),
        scenario: Some(SCENARIO.to_owned()),
        ..PlannedSubject::default()
    };
    let subjects = names.iter().map(subject).collect();
    Plan { kind: kind::BUILD.to_owned(), subjects, runs: 1, warmup: 0 }
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
