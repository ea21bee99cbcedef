//! `--events FILE`: starts that were recorded as events, without an engine.
//!
//! Only the engine's stamps are known, so that what counts from a start call is
//! absent. The same bytes give the same bytes.

mod events;

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use dp_engine::probe::Condition;
use dp_record::{Failure, Metrics, Plan, PlannedSubject, Record, StartDetail, Subject, kind};
use dp_session::{RecordedBatch, content_id};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress, RecordArgs, RunArgs};

use events::RecordedStart;

/// Reads the events and prints a record for each start.
pub(crate) fn run(
    path: &Path,
    ready: &Condition,
    runs: &RunArgs,
    records: &RecordArgs,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    if !matches!(ready, Condition::Running | Condition::Exit | Condition::Health) {
        let message = format!("--ready {ready}: events tell running, exit and health only");
        return Err(Fault::usage(message).into());
    }
    if runs.runs.is_some() || runs.warmup.is_some() {
        return Err(Fault::usage("events are read once: leave --runs and --warmup").into());
    }
    let name = path.display().to_string();
    let lines = lines(path, io)?;
    let all = events::read(&name, &lines)?;
    if all.is_empty() {
        let way = events::RECORD;
        return Err(Fault::usage(format!("{name}: no container started in it ({way})")).into());
    }
    let batch = RecordedBatch::new("dp-start", env!("CARGO_PKG_VERSION"), content_id(&lines));
    let mut emitter =
        Emitter::new(io.stdout, records, Mask::default().with_addresses(), io.stop.clone());
    emitter.emit(batch.env_record(plan(&all), all[0].started))?;
    for start in &all {
        if io.stop.is_set() {
            progress.note("stopped before the last start");
            return Ok(Exit::Failed);
        }
        let mut record = record(start, ready);
        batch.add(&mut record, start.n, start.of);
        emitter.emit(record)?;
    }
    Ok(emitter.exit(true, runs.ignore_failure))
}

/// The lines of a file, or of stdin.
fn lines(path: &Path, io: &mut Io<'_>) -> Result<Vec<String>, Fault> {
    let cannot = |error: std::io::Error| {
        let way = events::RECORD;
        Fault::usage(match error.kind() {
            ErrorKind::InvalidData => format!("{}: it is no text in UTF-8 ({way})", path.display()),
            _ => format!("cannot read {}: {error}", path.display()),
        })
    };
    let reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        let stdin = io.stdin.take();
        stdin.ok_or_else(|| Fault::usage("no events on stdin: it is a terminal"))?
    } else {
        Box::new(BufReader::new(File::open(path).map_err(cannot)?))
    };
    reader.lines().collect::<Result<_, _>>().map_err(cannot)
}

/// Every start of a name is one run of it.
fn plan(all: &[RecordedStart]) -> Plan {
    let mut subjects: Vec<PlannedSubject> = Vec::new();
    for start in all {
        let subject = PlannedSubject { name: start.name.clone(), ..PlannedSubject::default() };
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let fewest =
        subjects.iter().map(|one| all.iter().filter(|start| start.name == one.name).count());
    let runs = fewest.min().and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    Plan { kind: kind::START.to_owned(), subjects, runs, warmup: 0 }
}

fn record(start: &RecordedStart, condition: &Condition) -> Record {
    let mut record = Record::new(kind::START, start.started);
    record.subject = Some(Subject {
        name: start.name.clone(),
        container: Some(start.container.clone()),
        ..Subject::default()
    });
    let detail = StartDetail {
        source: "events".to_owned(),
        ready: condition.to_string(),
        marks: start.marks(),
        ..StartDetail::default()
    };
    record.detail = Some(detail.into());
    match failure(start, condition) {
        Some(failure) => record.fail(failure),
        None => record.metrics = metrics(start),
    }
    record
}

fn metrics(start: &RecordedStart) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.set_known("healthy_seconds", start.healthy.map(|stamp| start.since_start(stamp)));
    metrics.set_known("exit_code", start.exit_code.map(|code| code as f64));
    metrics
}

/// Why the condition was not reached, as far as the events go.
fn failure(start: &RecordedStart, condition: &Condition) -> Option<Failure> {
    let (code, what) = match (condition, start.exit_code) {
        (Condition::Exit, Some(0)) => return None,
        (Condition::Health, _) if start.healthy.is_some() => return None,
        // As live: the cause stands before what it brought about.
        (Condition::Exit | Condition::Health, _) if start.oom_killed => {
            ("oom_killed", "a process of it was killed for lack of memory".to_owned())
        }
        (Condition::Exit, Some(code)) => ("nonzero_exit", format!("exited with {code}")),
        (Condition::Health, Some(code)) => {
            ("exited", format!("exited with {code} before it was ready (health)"))
        }
        (Condition::Health, None) if start.unhealthy => {
            ("unhealthy", "its own health check says unhealthy".to_owned())
        }
        (Condition::Exit | Condition::Health, None) => {
            ("not_ready", format!("not ready ({condition}) when the events end"))
        }
        _ => return None,
    };
    let message = format!("{}: {what}", start.container);
    Some(Failure { code: code.to_owned(), message, ..Failure::default() })
}
