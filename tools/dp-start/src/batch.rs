//! One batch: all rounds, each start observed, nothing left over.

use std::collections::BTreeSet;

use dp_engine::container::{Events, Refusal};
use dp_engine::probe::NotReady;
use dp_engine::{EngineError, ErrorKind};
use dp_record::{Failure, Metrics, Record, StartDetail, kind};
use dp_session::container::{Image, LABEL, RemovedContainer, failure};
use dp_session::{Batch, GiveUp, Measure, Session, Slot, begin_batch, connect, fault};
use dp_tool::{Exit, Fault, Io, Progress, Stop};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::{detail_of, marks};
use crate::figures;
use crate::group::{Observed, StartGroup};
use crate::plan::{Plan, Start};

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    let id = begin_batch();
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let mut starts = Starts {
        plan,
        session: &session,
        events: &events,
        images: plan.subjects.iter().map(|_| None).collect(),
        started: BTreeSet::new(),
        id: &id,
        stop: io.stop.clone(),
        progress,
    };
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let batch = Batch {
        id: &id,
        env: session.env_record("dp-start", ground, &id, plan.planned(), plan.rounds.seed),
        rounds: plan.rounds,
        mask: plan.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut starts, io, progress).await
}

/// Starts images, each run observed and removed.
struct Starts<'a> {
    plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// The images, by subject, once they are known.
    images: Vec<Option<Image>>,
    /// Images that were started before.
    started: BTreeSet<String>,
    id: &'a str,
    stop: Stop,
    progress: &'a Progress,
}

impl Measure for Starts<'_> {
    const NOUN: &'static str = "start";
    // What failed at its first start would fail again, and take its time.
    const GIVE_UP: GiveUp = GiveUp::UnlessEverGood;

    fn label(&self, subject: usize) -> String {
        format!("starting {}", self.plan.subjects[subject].subject.label())
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let plan = self.plan;
        let start = &plan.subjects[slot.subject];
        let mut record = Record::new(kind::START, Timestamp::now());
        record.meta.clone_from(&start.meta);
        record.subject = Some(start.subject.clone());
        let observed = self.start(start, slot).await;
        if self.stop.is_set() {
            return Ok(None);
        }
        match observed {
            Ok(observed) => self.fill(&mut record, &observed, slot.subject),
            Err(error) if Refusal::of(&error).is_none() && error.kind() == ErrorKind::Usage => {
                return Err(fault(error).into());
            }
            Err(error) => record.fail(failure::of_error(&error, &start.subject)),
        }
        if let Some(image) = &self.images[slot.subject] {
            image.mask.record(&mut record);
        }
        Ok(Some(vec![record]))
    }

    fn lost(&self) -> Option<Fault> {
        Some(self.session.lost(self.id))
    }

    async fn clean(&mut self, _panicked: bool) -> anyhow::Result<()> {
        Ok(self.session.remove_labelled(self.id).await?)
    }
}

impl Starts<'_> {
    async fn start(&mut self, start: &Start, slot: Slot) -> Result<Observed, EngineError> {
        let image = self.image(slot.subject).await?;
        let group = StartGroup {
            session: self.session,
            events: self.events,
            plan: self.plan,
            stop: &self.stop,
            batch: self.id,
            progress: self.progress,
        };
        group.observe(&start.request.of_image(&image), &slot.object_name(self.id)).await
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
    fn fill(&mut self, record: &mut Record, observed: &Observed, subject: usize) {
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
        let detail = detail(observed, plan, local, first);
        if let Some(subject) = &mut record.subject {
            subject.image = image;
            subject.container = detail.as_ref().map(|(_, container)| container.clone());
        }
        record.detail = detail.map(|(detail, _)| detail.into());
        match failed(observed, start, plan, &figures) {
            Some(failure) => record.fail(failure),
            None => record.metrics = figures::together(&figures, observed.cpu),
        }
    }
}

/// Why the observation failed, if one of its containers did.
fn failed(observed: &Observed, start: &Start, plan: &Plan, figures: &[Metrics]) -> Option<Failure> {
    let (life, timeline) =
        observed.lives.iter().zip(figures).find(|(life, _)| life.ready.is_err())?;
    let why = life.ready.as_ref().err()?;
    Some(failure::of_life(life, why, &start.subject, plan.goal(), timeline))
}

/// The detail, and the name of the container that it describes: the one that was
/// ready last, or failed.
fn detail(
    observed: &Observed,
    plan: &Plan,
    local: bool,
    first: bool,
) -> Option<(StartDetail, String)> {
    let ready = |life: &RemovedContainer| match &life.ready {
        Ok(ready) => life.timeline.start.to(ready.received),
        Err(NotReady::Stopped) => -1.0,
        Err(_) => f64::INFINITY,
    };
    let mut lives: Vec<&RemovedContainer> = observed.lives.iter().collect();
    lives.sort_by(|a, b| ready(a).total_cmp(&ready(b)));
    let last = lives.pop()?;
    let mut detail = detail_of(last, &plan.condition, local);
    detail.first_start = Some(first);
    detail.client_cpu_seconds = Some(observed.client_cpu.as_secs_f64());
    let read = "control group of the container, kernel, when it was ready";
    detail.cpu = observed.cpu.map(|_| read.to_owned());
    detail.others = lives.into_iter().map(|life| marks(life, local)).collect();
    Some((detail, last.name.clone()))
}
