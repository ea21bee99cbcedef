//! One batch: all rounds, each start observed, nothing left behind.

use std::collections::BTreeSet;

use dp_engine::container::{Events, Refusal};
use dp_engine::probe::NotReady;
use dp_engine::{EngineError, ErrorKind};
use dp_record::{Failure, Metrics, Outcome, Record, kind};
use dp_tool::container::{Image, LABEL, Life, failure};
use dp_tool::{Emitter, Exit, Io, Progress, Session, Slot, Stop, batch_id, connect, fault, rounds};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::{Detail, marks};
use crate::figures;
use crate::group::{Group, Observed};
use crate::plan::{Plan, Start};

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    let id = batch_id();
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let env = ground.id();
    let mut emitter = Emitter::new(io.stdout, &args.records, plan.mask.clone(), io.stop.clone());
    emitter.emit(session.env_record("dp-start", ground, &id, plan.planned(), plan.seed))?;
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let mut batch = Batch {
        args,
        plan,
        session: &session,
        events: &events,
        images: plan.subjects.iter().map(|_| None).collect(),
        started: BTreeSet::new(),
        given_up: vec![false; plan.subjects.len()],
        id: &id,
        env,
        stop: io.stop.clone(),
        progress,
    };
    let work = Box::pin(batch.measure(&mut emitter));
    let complete = session.clean_after(&id, progress, work).await?;
    if !complete {
        progress.note("stopped before the last start");
    }
    Ok(emitter.exit(complete, args.runs.ignore_failure))
}

struct Batch<'a> {
    args: &'a Args,
    plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// The images, by subject, once they are known.
    images: Vec<Option<Image>>,
    /// Images that were started before.
    started: BTreeSet<String>,
    /// Subjects that failed at once.
    given_up: Vec<bool>,
    id: &'a str,
    env: String,
    stop: Stop,
    progress: &'a Progress,
}

impl Batch<'_> {
    /// All rounds. Answers whether all of the plan was run.
    async fn measure(&mut self, emitter: &mut Emitter<'_>) -> anyhow::Result<bool> {
        let plan = self.plan;
        let slots = rounds(plan.subjects.len(), plan.runs, plan.warmup, plan.seed);
        let mut good = vec![false; plan.subjects.len()];
        self.progress.begin(slots.len());
        for slot in slots {
            if self.given_up[slot.subject] {
                continue;
            }
            if self.stop.is_set() {
                return Ok(false);
            }
            let Some(record) = self.start(slot).await? else { return Ok(false) };
            let lost = record.error.as_ref().is_some_and(|error| error.code == "engine_lost");
            let failed = record.outcome == Outcome::Failed;
            good[slot.subject] |= !failed;
            // What failed at its first start would fail again, and take its time.
            self.given_up[slot.subject] =
                failed && !good[slot.subject] && !self.args.runs.ignore_failure;
            if let Some(error) = &record.error {
                self.progress.note(&plan.mask.text(&error.message));
            }
            emitter.emit(record)?;
            self.progress.done();
            if lost {
                return Err(self.session.lost(self.id).into());
            }
        }
        Ok(true)
    }

    /// One observation; none if it was stopped.
    async fn start(&mut self, slot: Slot) -> anyhow::Result<Option<Record>> {
        let plan = self.plan;
        let start = &plan.subjects[slot.subject];
        let kind = if slot.warmup { "warm-up" } else { "round" };
        self.progress.doing(&format!(
            "{kind} {}/{}: starting {}",
            slot.n,
            slot.of,
            start.subject.label()
        ));
        let mut record = Record::new(kind::START, Timestamp::now());
        record.meta.clone_from(&start.meta);
        record.run = Some(slot.run(self.id));
        record.env = Some(self.env.clone());
        record.subject = Some(start.subject.clone());
        let observed = self.observe(start, slot).await;
        if self.stop.is_set() {
            return Ok(None);
        }
        match observed {
            Ok(observed) => self.tell(&mut record, &observed, slot.subject),
            Err(error) if Refusal::of(&error).is_none() && error.kind() == ErrorKind::Usage => {
                return Err(fault(error).into());
            }
            Err(error) => record.fail(failure::of_error(&error, &start.subject)),
        }
        if let Some(image) = &self.images[slot.subject] {
            image.mask.record(&mut record);
        }
        Ok(Some(record))
    }

    async fn observe(&mut self, start: &Start, slot: Slot) -> Result<Observed, EngineError> {
        let image = self.image(slot.subject).await?;
        let warm = if slot.warmup { "w" } else { "" };
        let name = format!("dp-{}-{warm}{}-{}", self.id, slot.n, slot.subject);
        let group = Group {
            session: self.session,
            events: self.events,
            plan: self.plan,
            stop: &self.stop,
            batch: self.id,
            progress: self.progress,
        };
        group.observe(&start.request.of_image(&image), &name).await
    }

    /// The id of a subject's image. Asked for once: a name may mean another
    /// image later.
    async fn image(&mut self, subject: usize) -> Result<String, EngineError> {
        if let Some(known) = &self.images[subject] {
            return Ok(known.id.clone());
        }
        let image = Image::find(self.session, &self.plan.subjects[subject].image).await?;
        let id = image.id.clone();
        self.images[subject] = Some(image);
        Ok(id)
    }

    /// Completes the record by what was observed.
    fn tell(&mut self, record: &mut Record, observed: &Observed, subject: usize) {
        let (plan, local) = (self.plan, self.session.facts.local);
        let start = &plan.subjects[subject];
        record.host = Some(observed.host.clone());
        let image = self.images[subject].as_ref().map(|image| image.id.clone());
        let first = image.clone().is_some_and(|image| self.started.insert(image));
        let figures: Vec<Metrics> = observed
            .lives
            .iter()
            .map(|life| figures::of_life(life, &plan.condition, local))
            .collect();
        let told = detail(observed, plan, local, first);
        if let Some(subject) = &mut record.subject {
            subject.image = image;
            subject.container = told.as_ref().map(|(_, container)| container.clone());
        }
        record.detail = told.and_then(|(detail, _)| serde_json::to_value(detail).ok());
        match failed(observed, start, plan, &figures) {
            Some(failure) => record.fail(failure),
            None => record.metrics = figures::together(&figures, observed.cpu),
        }
    }
}

/// Why the observation failed, if one of its containers did.
fn failed(observed: &Observed, start: &Start, plan: &Plan, figures: &[Metrics]) -> Option<Failure> {
    let (life, seen) = observed.lives.iter().zip(figures).find(|(life, _)| life.ready.is_err())?;
    let why = life.ready.as_ref().err()?;
    Some(failure::of_life(life, why, &start.subject, plan.goal(), seen))
}

/// The detail, and the name of the container that it tells of: the one that was
/// ready last, or failed.
fn detail(observed: &Observed, plan: &Plan, local: bool, first: bool) -> Option<(Detail, String)> {
    let ready = |life: &Life| match &life.ready {
        Ok(ready) => life.seen.start.to(ready.heard),
        Err(NotReady::Stopped) => -1.0,
        Err(_) => f64::INFINITY,
    };
    let mut lives: Vec<&Life> = observed.lives.iter().collect();
    lives.sort_by(|a, b| ready(a).total_cmp(&ready(b)));
    let last = lives.pop()?;
    let mut detail = Detail::of(last, &plan.condition, local);
    detail.first_start = first;
    detail.client_cpu_seconds = observed.client_cpu.as_secs_f64();
    detail.cpu = observed.cpu.map(|_| "control group of the container, kernel, when it was ready");
    detail.others = lives.into_iter().map(|life| marks(life, local)).collect();
    Some((detail, last.name.clone()))
}
