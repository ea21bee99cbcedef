//! One batch: all rounds, each container watched, nothing left over.

use std::time::Duration;

use dp_engine::container::{Events, Refusal, Request};
use dp_engine::{EngineError, ErrorKind};
use dp_record::{Failure, Metrics, Record, kind};
use dp_session::container::{Image, LABEL, failure};
use dp_session::{
    Batch, GiveUp, Measure, Output, Session, Slot, Variant, begin_batch, connect, fault,
};
use dp_tool::{Exit, Fault, Io, Mask, Progress, Stop, Subjects};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::detail_of;
use crate::fit::Baseline;
use crate::observation::Observation;
use crate::plan::{Plan, Target, Work};
use crate::running::RunContext;
use crate::samples::Samples;
use crate::started::{StartContext, StartedRun};
use crate::{figures, find, outcome};

/// Finds the subjects, measures them, and prints their records.
pub(crate) async fn run(
    args: &Args,
    mut subjects: Subjects,
    variants: &[Variant],
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    find::compose(&session.engine, &args.projects(), &mut subjects.subjects).await?;
    subjects.rename(&args.records, "containers")?;
    let found = find::all(&session.engine, subjects.subjects).await.map_err(fault)?;
    let plan = Plan::new(args, found, variants)?;
    if args.runs.dry_run {
        plan.show(progress);
        return Ok(Exit::Measured);
    }
    if plan.subjects.is_empty() {
        return Ok(Exit::Failed);
    }
    let id = begin_batch();
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let turns = plan.turns();
    let mut runs = Runs {
        plan: &plan,
        session: &session,
        events: &events,
        images: plan.subjects.iter().map(|_| None).collect(),
        samples: Samples::create(args.samples_out.as_deref())?,
        baselines: turns.iter().map(|_| Baseline::default()).collect(),
        turns,
        id: &id,
        stop: io.stop.clone(),
        progress,
    };
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let batch = Batch {
        id: &id,
        env: session.env_record("dp-stats", ground, &id, plan.planned(), plan.rounds.seed),
        rounds: plan.rounds,
        mask: plan.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut runs, io, progress).await
}

/// Runs that are watched, each container that was started for one removed.
pub(crate) struct Runs<'a> {
    pub(crate) plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// The images, by subject, once they are known.
    images: Vec<Option<Image>>,
    samples: Samples,
    /// What is watched at once: places among the subjects.
    turns: Vec<Vec<usize>>,
    /// What runs without a limit have shown, by turn.
    pub(crate) baselines: Vec<Baseline>,
    id: &'a str,
    pub(crate) stop: Stop,
    pub(crate) progress: &'a Progress,
}

impl Measure for Runs<'_> {
    const NOUN: &'static str = "run";
    const GIVE_UP: GiveUp = GiveUp::Never;

    fn label(&self, subject: usize) -> String {
        let turn = &self.turns[subject];
        let others = if turn.len() > 1 { " and others" } else { "" };
        format!("{}{others}", self.plan.subjects[turn[0]].subject.label())
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let turn = self.turns[slot.subject].clone();
        let records = self.turn(slot, &turn).await?;
        if self.stop.is_set() {
            return Ok(None);
        }
        for record in &records {
            self.baselines[slot.subject].note(record, slot.warmup);
        }
        Ok(Some(records))
    }

    fn lost(&self) -> Option<Fault> {
        Some(self.session.lost(self.id))
    }

    async fn finish(&mut self, output: &mut Output<'_, '_>) -> anyhow::Result<bool> {
        if self.plan.fit { self.fit(output).await } else { Ok(true) }
    }

    async fn clean(&mut self, _panicked: bool) -> anyhow::Result<()> {
        Ok(self.session.remove_labelled(self.id).await?)
    }
}

impl Runs<'_> {
    /// The records of what is watched at once.
    async fn turn(&mut self, slot: Slot, turn: &[usize]) -> anyhow::Result<Vec<Record>> {
        let plan = self.plan;
        if let [subject] = turn {
            let target = &plan.subjects[*subject];
            if let Work::Start { image, request, .. } = &target.work {
                let record = Self::record(target);
                return Ok(vec![self.start(record, *subject, image, request, slot).await?]);
            }
        }
        self.watch(slot, turn).await
    }

    /// A record that is still to be filled.
    pub(crate) fn record(target: &Target) -> Record {
        let mut record = Record::new(kind::STATS, Timestamp::now());
        record.meta.clone_from(&target.meta);
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
        let name = slot.object_name(self.id);
        let run = self.started(subject, image, request, (&name, slot.n), None).await;
        let own = self.images[subject].as_ref().map(|image| image.mask.clone());
        let own = own.unwrap_or_default();
        match run {
            Ok(run) => {
                let figures = run.observation.as_ref().map(figures::metrics).unwrap_or_default();
                record.host = Some(run.host.clone());
                if let Some(of) = &mut record.subject {
                    of.container = Some(run.life.name.clone());
                    of.image = self.image_id(subject);
                }
                let failure = outcome::failure(&run, target, plan, &figures);
                self.fill(&mut record, run.observation.as_ref(), figures, failure, &own)?;
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
    ) -> Result<StartedRun, EngineError> {
        if self.images[subject].is_none() {
            self.images[subject] = Some(Image::find(self.session, image).await?);
        }
        let id = self.images[subject].as_ref().map_or(image, |image| image.id.as_str());
        let context = StartContext {
            common: self.context(run),
            events: self.events,
            batch: self.id,
            patience,
            subject: &self.plan.subjects[subject].subject,
        };
        context.start(&request.of_image(id), name).await
    }

    /// What every run needs; this one has the number `run`.
    fn context(&self, run: u32) -> RunContext<'_> {
        RunContext { session: self.session, plan: self.plan, stop: &self.stop, run, stack: None }
    }

    /// Containers that run, all at once.
    async fn watch(&mut self, slot: Slot, turn: &[usize]) -> anyhow::Result<Vec<Record>> {
        let targets: Vec<&Target> = turn.iter().map(|one| &self.plan.subjects[*one]).collect();
        let records: Vec<Record> = targets.iter().map(|one| Self::record(one)).collect();
        let running: Vec<&Target> =
            targets.iter().filter(|one| one.running().is_some()).copied().collect();
        let (watched, host) = self.context(slot.n).observe(&running).await.map_err(fault)?;
        let mut watched = watched.into_iter();
        let mut filled = Vec::new();
        for (target, mut record) in targets.into_iter().zip(records) {
            record.host = Some(host.clone());
            if let Work::Fail(failure) = &target.work {
                record.fail(failure.clone());
            } else if let Some(one) = watched.next() {
                let figures = one.observation.as_ref().map(figures::metrics).unwrap_or_default();
                let failure = one.failure.map(|mut failure| {
                    failure.message = format!("{}: {}", target.subject.label(), failure.message);
                    failure.partial = serde_json::to_value(&figures).ok();
                    failure
                });
                let own = Mask::default();
                self.fill(&mut record, one.observation.as_ref(), figures, failure, &own)?;
            }
            filled.push(record);
        }
        Ok(filled)
    }

    /// Puts an observation into its record, and into the file of readings, without
    /// what the image wants hidden.
    fn fill(
        &mut self,
        record: &mut Record,
        observation: Option<&Observation>,
        figures: Metrics,
        failure: Option<Failure>,
        own: &Mask,
    ) -> anyhow::Result<()> {
        if let Some(observation) = observation {
            record.detail = Some(detail_of(observation, &figures).into());
        }
        if let Some(failure) = failure {
            record.fail(failure);
        } else {
            record.metrics = figures;
            record.units = observation.map(Observation::units).unwrap_or_default();
        }
        own.record(record);
        match observation {
            Some(observation) => self.samples.write(record, observation, [&self.plan.mask, own]),
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

    pub(crate) fn engine_lost(&self) -> Fault {
        self.session.lost(self.id)
    }
}
