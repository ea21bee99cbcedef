//! One record for each image of an engine, in rounds.

use dp_engine::{Engine, ErrorKind};
use dp_record::{Record, Subject, kind};
use dp_session::host::Before;
use dp_session::{Batch, GiveUp, Measure, Rounds, Session, Slot, begin_batch, connect, fault};
use dp_tool::{Exit, Io, Mask, Progress, Stop, UpstreamSubject};
use jiff::Timestamp;

use crate::export::ExportError;
use crate::from_engine::{EngineContext, failure, observe};
use crate::plan::Plan;
use crate::shared::Sharing;
use crate::source::SourceError;
use crate::tree::Tree;

/// Measures all subjects in rounds.
pub(crate) async fn run(
    plan: &Plan<'_>,
    subjects: &[UpstreamSubject],
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(plan.engine, progress).await?;
    let id = begin_batch();
    // `--diff` compares with the first image, so that goes first. Bytes do not
    // change with the order.
    let rounds = Rounds { in_order: plan.diff, ..Rounds::of(plan.runs, subjects.len(), 1, 0) };
    let planned = subjects.iter().map(|one| &one.subject);
    let planned = dp_record::Plan::of(kind::SIZE, planned, rounds.runs, rounds.warmup);
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let batch = Batch {
        id: &id,
        env: session.env_record("dp-size", ground, &id, planned, rounds.seed),
        rounds,
        mask: Mask::default(),
        records: plan.records,
        runs: plan.runs,
    };
    let (stop, session) = (io.stop.clone(), &session);
    let mut images = Images { session, plan, subjects, stop, progress, sharing: None, first: None };
    batch.run(&mut images, io, progress).await
}

/// Measures images; nothing of them is made or changed.
struct Images<'a> {
    session: &'a Session,
    plan: &'a Plan<'a>,
    subjects: &'a [UpstreamSubject],
    stop: Stop,
    progress: &'a Progress,
    /// Which layers the images share; asked for with the first one.
    sharing: Option<Sharing>,
    /// The image that the others are compared with, and its files.
    first: Option<(Subject, Tree)>,
}

impl Measure for Images<'_> {
    const NOUN: &'static str = "image";
    const GIVE_UP: GiveUp = GiveUp::Never;

    fn label(&self, subject: usize) -> String {
        format!("measuring {}", self.subjects[subject].subject.name)
    }

    /// That an image cannot be measured is a record too; that the engine is gone
    /// is not.
    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let subject = &self.subjects[slot.subject];
        let sharing = match &mut self.sharing {
            Some(sharing) => sharing,
            none => none.insert(sharing(&self.session.engine, self.subjects).await),
        };
        let mut record = Record::new(kind::SIZE, Timestamp::now());
        record.host = Some(Before::read().into_host());
        record.subject = Some(subject.subject.clone());
        record.meta.clone_from(&subject.meta);
        let context = EngineContext {
            session: self.session,
            plan: self.plan,
            stop: &self.stop,
            progress: self.progress,
        };
        match observe(&context, subject).await {
            Ok(mut observation) => {
                observation.set_shared(sharing);
                let is_other = |(first, _): &&(Subject, Tree)| *first != subject.subject;
                if let Some((first, files)) = self.first.as_ref().filter(is_other) {
                    observation.compare(&first.name, files);
                }
                let tree = observation.write_to(&mut record);
                if self.plan.diff && slot.subject == 0 && self.first.is_none() {
                    self.first = tree.map(|tree| (subject.subject.clone(), tree));
                }
            }
            Err(SourceError::Export(ExportError::Stopped)) => return Ok(None),
            Err(SourceError::Engine(error)) if error.kind() == ErrorKind::Unreachable => {
                return Err(fault(error).into());
            }
            Err(error) => record.fail(failure(&error, &subject.subject)),
        }
        Ok((!self.stop.is_set()).then(|| vec![record]))
    }

    async fn clean(&mut self, _panicked: bool) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Which layers the images have. An image that is missing fails when its turn
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
