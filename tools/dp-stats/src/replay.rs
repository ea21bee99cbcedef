//! `--samples FILE`: the records of what was read before, without an engine.
//! The same bytes give the same bytes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dp_record::kind::{OBSERVATION, SAMPLE};
use dp_record::{Content, Failure, Outcome, Plan, PlannedSubject, Reader, Record, kind};
use dp_session::RecordedBatch;
use dp_tool::{Emitter, Exit, Fault, Io, Mask, RecordArgs, RunArgs};

use crate::detail::detail_of;
use crate::figures;
use crate::observation::{Observation, Point};

/// Reads the file and prints a record for each observation in it.
pub(crate) fn run(
    path: &Path,
    runs: &RunArgs,
    wanted: &RecordArgs,
    io: &mut Io<'_>,
) -> anyhow::Result<Exit> {
    if runs.runs.is_some() || runs.warmup.is_some() {
        return Err(Fault::usage("readings are read once: leave --runs and --warmup").into());
    }
    let mut records = read(path, io)?;
    let id = records[0].run.as_ref().map_or("samples", |run| run.batch.as_str()).to_owned();
    let batch = RecordedBatch::new("dp-stats", env!("CARGO_PKG_VERSION"), id);
    let mut emitter =
        Emitter::new(io.stdout, wanted, Mask::default().with_addresses(), io.stop.clone());
    emitter.emit(batch.env_record(plan(&records), records[0].at))?;
    for record in &mut records {
        if io.stop.is_set() {
            return Ok(Exit::Failed);
        }
        record.env = Some(batch.env().to_owned());
        emitter.emit(record.clone())?;
    }
    Ok(emitter.exit(true, runs.ignore_failure))
}

/// As many runs of each as the fewest have.
fn plan(records: &[Record]) -> Plan {
    let mut subjects: Vec<(PlannedSubject, u32)> = Vec::new();
    for record in records.iter().filter(|record| !record.is_warmup()) {
        let Some(subject) = record.subject.as_ref().map(PlannedSubject::from) else { continue };
        match subjects.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, count)) => *count += 1,
            None => subjects.push((subject, 1)),
        }
    }
    let runs = subjects.iter().map(|(_, count)| *count).min().unwrap_or(1);
    let subjects = subjects.into_iter().map(|(subject, _)| subject).collect();
    Plan { kind: kind::STATS.to_owned(), subjects, runs, warmup: 0 }
}

/// The records of a file, or of stdin.
fn read(path: &Path, io: &mut Io<'_>) -> Result<Vec<Record>, Fault> {
    let name = path.display().to_string();
    let cannot = |error: std::io::Error| Fault::usage(format!("cannot read {name}: {error}"));
    let input: Box<dyn BufRead> = if path.as_os_str() == "-" {
        io.stdin.take().ok_or_else(|| Fault::usage("no readings on stdin: it is a terminal"))?
    } else {
        Box::new(BufReader::new(File::open(path).map_err(cannot)?))
    };
    let mut reader = Reader::new(&name, input);
    let (mut records, mut open): (Vec<Record>, Option<(Record, Vec<Point>)>) = (Vec::new(), None);
    let usage = |place: &dyn std::fmt::Display, what: &str| {
        Fault::usage(format!("{place}: {what} (--samples-out of dp-stats writes such files)"))
    };
    while let Some(line) = reader.next_line().map_err(|error| Fault::usage(error.to_string()))? {
        let record = match line.content {
            Content::Record(record) => *record,
            Content::Blank => continue,
            Content::Bad(problem) => return Err(usage(&line.place, &problem.to_string())),
        };
        match record.kind.as_str() {
            SAMPLE => {
                let point = serde_json::to_value(&record.metrics).ok();
                let point = point.and_then(|value| serde_json::from_value(value).ok());
                let point = point.ok_or_else(|| usage(&line.place, "no reading"))?;
                match &mut open {
                    Some((of, points)) if is_same(of, &record) => points.push(point),
                    _ => {
                        records.extend(open.take().map(cut_short));
                        open = Some((record, vec![point]));
                    }
                }
            }
            OBSERVATION => {
                let points = open.take_if(|(of, _)| is_same(of, &record));
                records.extend(open.take().map(cut_short));
                let points = points.map(|(_, points)| points).unwrap_or_default();
                let whole = whole(record, points);
                records.push(whole.ok_or_else(|| usage(&line.place, "no observation"))?);
            }
            other => return Err(usage(&line.place, &format!("a {other} record is no reading"))),
        }
    }
    records.extend(open.map(cut_short));
    if records.is_empty() {
        return Err(Fault::usage(format!("{name}: no readings in it")));
    }
    Ok(records)
}

fn is_same(a: &Record, b: &Record) -> bool {
    (&a.subject, &a.run) == (&b.subject, &b.run)
}

/// The record that the observation gave.
fn whole(mut record: Record, points: Vec<Point>) -> Option<Record> {
    let mut observation: Observation =
        serde_json::from_value(record.detail.take()?.to_value()).ok()?;
    observation.points = points;
    let figures = figures::metrics(&observation);
    kind::STATS.clone_into(&mut record.kind);
    record.detail = Some(detail_of(&observation, &figures).into());
    if record.outcome == Outcome::Ok {
        record.metrics = figures;
        record.units = observation.units();
    }
    Some(record)
}

/// Readings without an end: how long the container was watched, and what it had
/// used by then, is unknown.
fn cut_short((mut record, points): (Record, Vec<Point>)) -> Record {
    kind::STATS.clone_into(&mut record.kind);
    record.fail(Failure {
        code: "incomplete".to_owned(),
        message: format!("the file ends behind {} readings of it", points.len()),
        ..Failure::default()
    });
    record
}
