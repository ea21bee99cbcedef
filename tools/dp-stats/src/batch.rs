//! One batch: all rounds, each container watched, nothing left behind.

use std::time::Duration;

use dp_engine::container::{Events, Refusal, Request};
use dp_engine::{EngineError, ErrorKind};
use dp_record::{Failure, Metrics, Record, kind};
use dp_tool::container::{Image, LABEL, failure};
use dp_tool::{
    Emitter, Exit, Fault, Io, Mask, Progress, Session, Slot, Stop, Subjects, Way, batch_id,
    connect, fault, rounds,
};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::Detail;
use crate::fit::Baseline;
use crate::observation::Observation;
use crate::plan::{Plan, Target, Work};
use crate::samples::Samples;
use crate::started::{Ground, Run};
use crate::{ending, figures, find, running};

/// Finds what is meant, measures it, and prints its records.
pub(crate) async fn run(
    args: &Args,
    mut subjects: Subjects,
    ways: &[Way],
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    find::compose(&session.engine, &args.compose, &mut subjects.subjects).await?;
    subjects.rename(&args.records, "containers")?;
    let found = find::all(&session.engine, subjects.subjects).await.map_err(fault)?;
    let plan = Plan::new(args, found, ways)?;
    if args.runs.dry_run {
        plan.show(progress);
        return Ok(Exit::Measured);
    }
    if plan.subjects.is_empty() {
        return Ok(Exit::Failed);
    }
    let id = batch_id();
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let env = ground.id();
    let samples = Samples::create(args.samples_out.as_deref())?;
    let mut emitter = Emitter::new(io.stdout, &args.records, plan.mask.clone(), io.stop.clone());
    emitter.emit(session.env_record("dp-stats", ground, &id, plan.planned(), plan.seed))?;
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let mut batch = Batch {
        plan: &plan,
        session: &session,
        events: &events,
        images: plan.subjects.iter().map(|_| None).collect(),
        samples,
        id: &id,
        env,
        stop: io.stop.clone(),
        progress,
    };
    let work = Box::pin(batch.measure(&mut emitter));
    let complete = session.clean_after(&id, progress, work).await?;
    if !complete {
        progress.note("stopped before the last run");
    }
    Ok(emitter.exit(complete, args.runs.ignore_failure))
}

pub(crate) struct Batch<'a> {
    pub(crate) plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// The images, by subject, once they are known.
    images: Vec<Option<Image>>,
    samples: Samples,
    id: &'a str,
    env: String,
    pub(crate) stop: Stop,
    pub(crate) progress: &'a Progress,
}

impl Batch<'_> {
    /// All rounds. Answers whether all of the plan was run.
    async fn measure(&mut self, emitter: &mut Emitter<'_>) -> anyhow::Result<bool> {
        let plan = self.plan;
        let turns = plan.turns();
        let slots = rounds(turns.len(), plan.runs, plan.warmup, plan.seed);
        let mut baselines: Vec<Baseline> = turns.iter().map(|_| Baseline::default()).collect();
        self.progress.begin(slots.len());
        for slot in slots {
            if self.stop.is_set() {
                return Ok(false);
            }
            let turn = &turns[slot.subject];
            let label = plan.subjects[turn[0]].subject.label();
            let kind = if slot.warmup { "warm-up" } else { "round" };
            let others = if turn.len() > 1 { " and others" } else { "" };
            self.progress.doing(&format!("{kind} {}/{}: {label}{others}", slot.n, slot.of));
            for record in self.turn(slot, turn).await? {
                if self.stop.is_set() {
                    return Ok(false);
                }
                let lost = record.error.as_ref().is_some_and(|error| error.code == "engine_lost");
                if let Some(error) = &record.error {
                    self.progress.note(&plan.mask.text(&error.message));
                }
                baselines[slot.subject].note(&record);
                emitter.emit(record)?;
                if lost {
                    return Err(self.lost().into());
                }
            }
            self.progress.done();
        }
        if plan.fit { self.fit(&baselines, emitter).await } else { Ok(true) }
    }

    /// The records of what is watched at once.
    async fn turn(&mut self, slot: Slot, turn: &[usize]) -> anyhow::Result<Vec<Record>> {
        let plan = self.plan;
        if let [subject] = turn {
            let target = &plan.subjects[*subject];
            if let Work::Start { image, request, .. } = &target.work {
                let record = self.record(target, slot);
                return Ok(vec![self.start(record, *subject, image, request, slot).await?]);
            }
        }
        self.watch(slot, turn).await
    }

    /// A record that is still to be filled.
    pub(crate) fn record(&self, target: &Target, slot: Slot) -> Record {
        let mut record = Record::new(kind::STATS, Timestamp::now());
        record.meta.clone_from(&target.meta);
        record.run = Some(slot.run(self.id));
        record.env = Some(self.env.clone());
        record.subject = Some(target.subject.clone());
        record
    }

    async fn start(
        &mut self,
        mut record: Record,
        subject: usize,
        image: &str,
        request: &Request,
        slot: Slot,
    ) -> anyhow::Result<Record> {
        let (plan, target) = (self.plan, &self.plan.subjects[subject]);
        let warm = if slot.warmup { "w" } else { "" };
        let name = format!("dp-{}-{warm}{}-{subject}", self.id, slot.n);
        let run = self.started(subject, image, request, (&name, slot.n), None).await;
        let own = self.images[subject].as_ref().map(|image| image.mask.clone());
        let own = own.unwrap_or_default();
        match run {
            Ok(run) => {
                let figures = run.seen.as_ref().map(figures::metrics).unwrap_or_default();
                record.host = Some(run.host.clone());
                if let Some(of) = &mut record.subject {
                    of.container = Some(run.life.name.clone());
                    of.image = self.image_id(subject);
                }
                let failure = ending::failure(&run, target, plan, &figures);
                self.fill(&mut record, run.seen.as_ref(), figures, failure, &own)?;
            }
            Err(error) if Refusal::of(&error).is_none() && error.kind() == ErrorKind::Usage => {
                return Err(fault(error).into());
            }
            Err(error) => {
                record.fail(failure::of_error(&error, &target.subject));
                own.record(&mut record);
            }
        }
        Ok(record)
    }

    /// Starts a container and watches it, for at most so long.
    pub(crate) async fn started(
        &mut self,
        subject: usize,
        image: &str,
        request: &Request,
        (name, run): (&str, u32),
        patience: Option<Duration>,
    ) -> Result<Run, EngineError> {
        if self.images[subject].is_none() {
            self.images[subject] = Some(Image::find(self.session, image).await?);
        }
        let id = self.images[subject].as_ref().map_or(image, |image| image.id.as_str());
        let ground = Ground {
            session: self.session,
            events: self.events,
            plan: self.plan,
            stop: &self.stop,
            batch: self.id,
            patience,
            subject: &self.plan.subjects[subject].subject,
            run,
        };
        ground.start(&request.of_image(id), name).await
    }

    /// Containers that run, all at once.
    async fn watch(&mut self, slot: Slot, turn: &[usize]) -> anyhow::Result<Vec<Record>> {
        let targets: Vec<&Target> = turn.iter().map(|one| &self.plan.subjects[*one]).collect();
        let records: Vec<Record> = targets.iter().map(|one| self.record(one, slot)).collect();
        let running: Vec<&Target> =
            targets.iter().filter(|one| one.running().is_some()).copied().collect();
        let ground = running::Ground {
            session: self.session,
            plan: self.plan,
            stop: &self.stop,
            run: slot.n,
        };
        let (seen, host) = ground.observe(&running).await.map_err(fault)?;
        let mut seen = seen.into_iter();
        let mut filled = Vec::new();
        for (target, mut record) in targets.into_iter().zip(records) {
            record.host = Some(host.clone());
            if let Work::Fail(failure) = &target.work {
                record.fail(failure.clone());
            } else if let Some(one) = seen.next() {
                let figures = one.seen.as_ref().map(figures::metrics).unwrap_or_default();
                let failure = one.failure.map(|mut failure| {
                    failure.message = format!("{}: {}", target.subject.label(), failure.message);
                    failure.partial = serde_json::to_value(&figures).ok();
                    failure
                });
                let own = Mask::default();
                self.fill(&mut record, one.seen.as_ref(), figures, failure, &own)?;
            }
            filled.push(record);
        }
        Ok(filled)
    }

    /// Puts what was seen into its record, and into the file of readings, without
    /// what the image wants hidden.
    fn fill(
        &mut self,
        record: &mut Record,
        seen: Option<&Observation>,
        figures: Metrics,
        failure: Option<Failure>,
        own: &Mask,
    ) -> anyhow::Result<()> {
        if let Some(seen) = seen {
            record.detail = serde_json::to_value(Detail::of(seen, &figures)).ok();
        }
        match failure {
            Some(failure) => record.fail(failure),
            None => record.metrics = figures,
        }
        own.record(record);
        match seen {
            Some(seen) => self.samples.write(record, seen, [&self.plan.mask, own]),
            None => Ok(()),
        }
    }

    /// The id of a subject's image, once it is known.
    pub(crate) fn image_id(&self, subject: usize) -> Option<String> {
        self.images[subject].as_ref().map(|image| image.id.clone())
    }

    /// The id of the batch.
    pub(crate) fn id(&self) -> &str {
        self.id
    }

    pub(crate) fn lost(&self) -> Fault {
        self.session.lost(self.id)
    }
}
