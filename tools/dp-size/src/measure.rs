//! One record for each image, from the engine.

use dp_engine::{Engine, EngineError, ErrorKind};
use dp_record::{Failure, Plan, PlannedSubject, Record, Run, Subject, kind};
use dp_tool::host::Before;
use dp_tool::{
    Emitter, Exit, Io, Mask, Progress, Slot, Subjects, UpstreamSubject, batch_id, connect, fault,
    rounds,
};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::Detail;
use crate::layers::makers;

/// Measures all subjects in rounds.
pub(crate) async fn run(
    args: &Args,
    subjects: &Subjects,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    let (id, seed) = (batch_id(), args.runs.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)));
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let env = ground.id();
    let mut emitter = Emitter::new(io.stdout, &args.records, Mask::default(), io.stop.clone());
    let plan = planned(args, &subjects.subjects);
    let slots = rounds(subjects.subjects.len(), plan.runs, plan.warmup, seed);
    emitter.emit(session.env_record("dp-size", ground, &id, plan, seed))?;
    progress.begin(slots.len());
    let mut complete = true;
    for slot in slots {
        if io.stop.is_set() {
            complete = false;
            break;
        }
        let wanted = &subjects.subjects[slot.subject];
        progress.doing(&format!("measuring {}", wanted.subject.name));
        let mut record = observe(&session.engine, wanted).await?;
        record.meta.clone_from(&wanted.meta);
        record.run = Some(run_of(&id, slot));
        record.env = Some(env.clone());
        if let Some(error) = &record.error {
            progress.note(&error.message);
        }
        emitter.emit(record)?;
        progress.done();
    }
    let failed = emitter.failed() > 0 && !args.runs.ignore_failure;
    Ok(if failed || !complete || emitter.lost() > 0 { Exit::Failed } else { Exit::Measured })
}

fn planned(args: &Args, subjects: &[UpstreamSubject]) -> Plan {
    Plan {
        kind: kind::SIZE.to_owned(),
        subjects: subjects.iter().map(|one| PlannedSubject::from(&one.subject)).collect(),
        runs: args.runs.runs.unwrap_or(1),
        warmup: args.runs.warmup.unwrap_or(0),
    }
}

fn run_of(batch: &str, slot: Slot) -> Run {
    Run {
        batch: batch.to_owned(),
        n: Some(slot.n),
        of: Some(slot.of),
        position: Some(slot.position),
        warmup: slot.warmup,
    }
}

/// One image. That it cannot be measured is a record too; that the engine is
/// gone is not.
async fn observe(engine: &Engine, wanted: &UpstreamSubject) -> anyhow::Result<Record> {
    let mut record = Record::new(kind::SIZE, Timestamp::now());
    record.host = Some(Before::read().into_host());
    record.subject = Some(wanted.subject.clone());
    match figures(engine, &wanted.subject, &mut record).await {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Unreachable => return Err(fault(error).into()),
        Err(error) => {
            let code = if error.kind() == ErrorKind::NoSuchImage {
                "no_such_image"
            } else {
                "engine_refused"
            };
            let (code, message) = (code.to_owned(), error.to_string());
            record.fail(Failure { code, message, ..Failure::default() });
        }
    }
    Ok(record)
}

/// Asks by id where it is known: a name may mean another image by now.
async fn figures(
    engine: &Engine,
    subject: &Subject,
    record: &mut Record,
) -> Result<(), EngineError> {
    let asked = subject.image.as_ref().or(subject.reference.as_ref()).unwrap_or(&subject.name);
    let image = engine.inspect(asked).await?;
    let history = engine.history(asked).await?;
    record.metrics.set_count("engine_size_bytes", image.size_bytes);
    record.metrics.set_count("layers", image.diff_ids.len() as u64);
    let detail = Detail::inspected(makers(&image.diff_ids, &history, None));
    record.detail = serde_json::to_value(detail).ok();
    if let Some(subject) = &mut record.subject {
        subject.image = Some(image.id);
    }
    Ok(())
}
