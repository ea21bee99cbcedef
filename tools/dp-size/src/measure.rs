//! One record for each image, from the engine.

use dp_engine::Engine;
use dp_record::{Plan, kind};
use dp_tool::{
    Emitter, Exit, Io, Mask, Progress, Slot, Subjects, UpstreamSubject, batch_id, connect, rounds,
};

use crate::args::Args;
use crate::observation::{Observed, Observer};
use crate::shared::Sharing;

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
    let mut slots = rounds(subjects.subjects.len(), plan.runs, plan.warmup, seed);
    if args.diff {
        in_order(&mut slots);
    }
    emitter.emit(session.env_record("dp-size", ground, &id, plan, seed))?;
    progress.begin(slots.len());
    let sharing = sharing(&session.engine, &subjects.subjects).await;
    let (stop, first) = (io.stop.clone(), None);
    let mut observer = Observer { session: &session, args, stop, progress, sharing, first };
    let mut complete = true;
    for slot in slots {
        if io.stop.is_set() {
            complete = false;
            break;
        }
        let wanted = &subjects.subjects[slot.subject];
        progress.doing(&format!("measuring {}", wanted.subject.name));
        let answer = observer.observe(wanted).await?;
        let Some(Observed { mut record, tree }) = answer.filter(|_| !io.stop.is_set()) else {
            complete = false;
            break;
        };
        if args.diff && slot.subject == 0 && observer.first.is_none() {
            observer.first = tree.map(|tree| (wanted.subject.clone(), tree));
        }
        record.meta.clone_from(&wanted.meta);
        record.run = Some(slot.run(&id));
        record.env = Some(env.clone());
        if let Some(error) = &record.error {
            progress.note(&error.message);
        }
        emitter.emit(record)?;
        progress.done();
    }
    Ok(emitter.exit(complete, args.runs.ignore_failure))
}

/// `--diff` compares with the first image, so that goes first. Bytes do not
/// change with the order.
fn in_order(slots: &mut [Slot]) {
    slots.sort_by_key(|slot| (!slot.warmup, slot.n, slot.subject));
    for slot in slots {
        slot.position = u32::try_from(slot.subject + 1).unwrap_or(u32::MAX);
    }
}

/// Which layers the images have. One that cannot be had says so when its turn
/// comes.
async fn sharing(engine: &Engine, subjects: &[UpstreamSubject]) -> Sharing {
    let mut sharing = Sharing::default();
    if subjects.len() > 1 {
        for one in subjects {
            if let Ok(image) = engine.inspect(one.image()).await {
                sharing.add(&image.diff_ids);
            }
        }
    }
    sharing
}

fn planned(args: &Args, subjects: &[UpstreamSubject]) -> Plan {
    let subjects = subjects.iter().map(|one| &one.subject);
    let (runs, warmup) = (args.runs.runs.unwrap_or(1), args.runs.warmup.unwrap_or(0));
    Plan::of(kind::SIZE, subjects, runs, warmup)
}
