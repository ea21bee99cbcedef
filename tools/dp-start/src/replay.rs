//! `--events FILE`: starts that an engine told of before, without an engine.
//!
//! Only the engine's stamps are known, so that what counts from a start call is
//! absent. The same bytes give the same bytes.

mod told;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dp_engine::probe::Condition;
use dp_record::{
    EnvDetail, Failure, Ground, Metrics, Plan, PlannedSubject, Record, Run, Subject, kind,
};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress, content_id};
use jiff::Timestamp;
use serde_json::json;

use crate::args::Args;
use told::Told;

/// Reads the events and prints a record for each start.
pub(crate) fn run(
    args: &Args,
    path: &Path,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    if !matches!(args.ready, Condition::Running | Condition::Exit | Condition::Health) {
        let message = format!("--ready {}: events tell running, exit and health only", args.ready);
        return Err(Fault::usage(message).into());
    }
    if args.runs.runs.is_some() || args.runs.warmup.is_some() {
        return Err(Fault::usage("events are read once: leave --runs and --warmup").into());
    }
    let name = path.display().to_string();
    let lines = lines(path, io)?;
    let all = told::read(&name, &lines)?;
    if all.is_empty() {
        let way = "write them by docker events --format '{{json .}}'";
        return Err(Fault::usage(format!("{name}: no container started in it ({way})")).into());
    }
    let batch = content_id(&lines);
    let mut emitter = Emitter::new(io.stdout, &args.records, Mask::default(), io.stop.clone());
    emitter.emit(env(&all, &batch))?;
    for told in &all {
        if io.stop.is_set() {
            progress.note("stopped before the last start");
            return Ok(Exit::Failed);
        }
        emitter.emit(record(told, &args.ready, &batch))?;
    }
    Ok(emitter.exit(true, args.runs.ignore_failure))
}

/// The lines of a file, or of stdin.
fn lines(path: &Path, io: &mut Io<'_>) -> Result<Vec<String>, Fault> {
    let cannot =
        |error: std::io::Error| Fault::usage(format!("cannot read {}: {error}", path.display()));
    let reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        let stdin = io.stdin.take();
        stdin.ok_or_else(|| Fault::usage("no events on stdin: it is a terminal"))?
    } else {
        Box::new(BufReader::new(File::open(path).map_err(cannot)?))
    };
    reader.lines().collect::<Result<_, _>>().map_err(cannot)
}

fn ground() -> Ground {
    Ground::of_tool(env!("CARGO_PKG_VERSION"))
}

/// Every start of an image is one run of it.
fn env(all: &[Told], batch: &str) -> Record {
    let mut subjects: Vec<PlannedSubject> = Vec::new();
    for told in all {
        let subject = PlannedSubject { name: told.image.clone(), ..PlannedSubject::default() };
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let fewest =
        subjects.iter().map(|one| all.iter().filter(|told| told.image == one.name).count());
    let runs = fewest.min().and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    let detail = EnvDetail {
        tool: "dp-start".to_owned(),
        ground: ground(),
        plan: Plan { kind: kind::START.to_owned(), subjects, runs, warmup: 0 },
        ..EnvDetail::default()
    };
    let begin = all.first().map_or(Timestamp::UNIX_EPOCH, |told| told.started);
    detail.into_record(begin, batch)
}

fn record(told: &Told, condition: &Condition, batch: &str) -> Record {
    let mut record = Record::new(kind::START, told.started);
    record.subject = Some(Subject {
        name: told.image.clone(),
        container: Some(told.container.clone()),
        ..Subject::default()
    });
    record.run =
        Some(Run { batch: batch.to_owned(), n: Some(told.n), of: Some(told.of), ..Run::default() });
    record.env = Some(ground().id());
    record.detail = Some(json!({
        "source": "events",
        "ready": condition.to_string(),
        "marks": told.marks(),
    }));
    match failure(told, condition) {
        Some(failure) => record.fail(failure),
        None => record.metrics = metrics(told),
    }
    record
}

fn metrics(told: &Told) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.set_known("healthy_seconds", told.healthy.map(|stamp| told.since_start(stamp)));
    metrics.set_known("exit_code", told.exit_code.map(|code| code as f64));
    metrics
}

/// Why the condition was not reached, as far as the events go.
fn failure(told: &Told, condition: &Condition) -> Option<Failure> {
    let (code, what) = match (condition, told.exit_code) {
        (Condition::Exit, Some(0)) => return None,
        (Condition::Exit, Some(code)) => ("nonzero_exit", format!("exited with {code}")),
        (Condition::Health, _) if told.healthy.is_some() => return None,
        (Condition::Health, Some(code)) => {
            ("exited", format!("exited with {code} before it was ready (health)"))
        }
        (Condition::Health, None) if told.unhealthy => {
            ("unhealthy", "its own health check says unhealthy".to_owned())
        }
        (Condition::Exit | Condition::Health, None) => {
            ("not_ready", format!("not ready ({condition}) when the events end"))
        }
        _ => return None,
    };
    let message = format!("{}: {what}", told.container);
    Some(Failure { code: code.to_owned(), message, ..Failure::default() })
}
