//! One batch: all rounds, each build observed, nothing left behind.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;

use dp_engine::EngineError;
use dp_engine::build::{BuildRun, Event};
use dp_engine::image::ImageFacts;
use dp_record::{Metrics, PlannedSubject, Record, Subject, kind};
use dp_tool::host::Watch;
use dp_tool::{
    Emitter, Exit, Io, Progress, Session, Slot, Stop, batch_id, endpoint, fault, rounds,
};
use futures_util::FutureExt;

use crate::args::Args;
use crate::backend::{self, Backend, Job};
use crate::cold::{ColdEnd, ColdRun};
use crate::context::{self, Content};
use crate::detail::Clock;
use crate::images::Images;
use crate::observation::Observation;
use crate::plan::{Plan, Scenario};
use crate::prepare::{self, Prepared};
use crate::source::Source;

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let endpoint = endpoint(&args.engine, progress)?;
    let (session, backend) = backend::choose(args, plan, &endpoint, progress).await?;
    let id = batch_id();
    let mut ground = session.ground(env!("CARGO_PKG_VERSION"));
    backend.stand_on(&mut ground);
    let env = ground.id();
    let mut emitter = Emitter::new(io.stdout, &args.records, plan.mask.clone(), io.stop.clone());
    emitter.emit(session.env_record("dp-build", ground, &id, planned(plan), plan.seed))?;
    let mut batch = Batch {
        args,
        plan,
        session: &session,
        backend: &backend,
        images: Images::new(&session.engine, &id, plan.subjects.len()),
        id,
        env,
        stop: io.stop.clone(),
        progress,
        cold: None,
        warned: BTreeSet::new(),
    };
    // Whatever happens, a panic included, what we made goes before we do.
    let measured = AssertUnwindSafe(batch.measure(&mut emitter)).catch_unwind().await;
    let cleaned = batch.clean(measured.is_err()).await;
    progress.end();
    let complete = measured.unwrap_or_else(|panic| resume_unwind(panic))?;
    cleaned.map_err(fault)?;
    if !complete || emitter.lost() > 0 {
        progress.note("stopped before the last build");
    }
    Ok(emitter.exit(complete, args.runs.ignore_failure))
}

/// The series to come.
fn planned(plan: &Plan) -> dp_record::Plan {
    let subjects = plan.subjects.iter().map(|source| PlannedSubject {
        name: source.subject.name.clone(),
        scenario: Some(plan.scenario_name.clone()),
        ..PlannedSubject::default()
    });
    dp_record::Plan {
        kind: kind::BUILD.to_owned(),
        subjects: subjects.collect(),
        runs: plan.runs,
        warmup: plan.warmup,
    }
}

struct Batch<'a> {
    args: &'a Args,
    plan: &'a Plan,
    session: &'a Session,
    backend: &'a Backend,
    images: Images<'a>,
    id: String,
    env: String,
    stop: Stop,
    progress: &'a Progress,
    /// The cold run whose records are still in the cache.
    cold: Option<ColdRun>,
    /// Contexts of which the user knows that files are missing.
    warned: BTreeSet<PathBuf>,
}

/// What was seen of a build beside what it told.
#[derive(Default)]
struct Seen {
    image: Option<ImageFacts>,
    cold: ColdEnd,
    content: Option<Content>,
}

impl Batch<'_> {
    /// All rounds. Answers whether all of the plan was run.
    async fn measure(&mut self, emitter: &mut Emitter<'_>) -> anyhow::Result<bool> {
        let slots =
            rounds(self.plan.subjects.len(), self.plan.runs, self.plan.warmup, self.plan.seed);
        let mut given_up = vec![false; self.plan.subjects.len()];
        self.progress.begin(slots.len());
        for slot in slots {
            if given_up[slot.subject] {
                continue;
            }
            let failed = emitter.failed();
            let Some(record) = self.build(slot).await? else { return Ok(false) };
            emitter.emit(record)?;
            // What failed once would fail again, and its time measures nothing.
            given_up[slot.subject] = emitter.failed() > failed && !self.args.runs.ignore_failure;
            self.progress.done();
        }
        self.keep().await?;
        Ok(true)
    }

    /// Takes away what must not stay.
    async fn clean(&mut self, panicked: bool) -> Result<(), EngineError> {
        let cold = self.end_cold().await;
        self.images.clean(panicked || self.stop.is_set()).await?;
        cold.map(drop)
    }

    /// One build; none if it was stopped.
    async fn build(&mut self, slot: Slot) -> anyhow::Result<Option<Record>> {
        if self.stop.is_set() {
            return Ok(None);
        }
        self.progress.doing(&label(&self.plan.subjects[slot.subject], slot));
        if let Some(command) = &self.args.prepare {
            let subject = &self.plan.subjects[slot.subject].subject;
            match prepare::run(command, subject, slot, &self.id, &self.stop).await {
                Prepared::Ready => {}
                Prepared::Failed(reason) => return Ok(Some(self.unprepared(slot, &reason))),
                Prepared::Stopped => return Ok(None),
            }
        }
        let content = self.content(slot)?;
        self.warn_of_unreadable(slot, content.as_ref());
        let tag = self.images.begin(&self.plan.images[slot.subject], slot);
        self.begin_cold(slot).await.map_err(fault)?;
        let watch = Watch::begin(self.session.process);
        let ran = self.run(slot, &tag).await?;
        let host = watch.end();
        self.images.add(&ran.made);
        if ran.cancelled {
            return Ok(None);
        }
        let image = if ran.succeeded && self.plan.output.is_none() {
            Some(self.images.good(slot.subject, &tag).await.map_err(fault)?)
        } else {
            None
        };
        let cold = self.end_cold().await.map_err(fault)?;
        let mut record = self.observe(slot, &ran, Seen { image, cold, content });
        record.host = Some(host);
        Ok(Some(record))
    }

    /// The record of a build that could not begin.
    fn unprepared(&self, slot: Slot, reason: &str) -> Record {
        let run = BuildRun::refused(&self.plan.mask.text(reason));
        self.observe(slot, &run, Seen::default())
    }

    /// The context of this build: read with the plan, unless it may have changed
    /// since.
    fn content(&self, slot: Slot) -> anyhow::Result<Option<Content>> {
        let source = &self.plan.subjects[slot.subject];
        if self.args.prepare.is_none() {
            return Ok(source.content.clone());
        }
        context::content(&source.subject.context, &source.subject.dockerfile)
    }

    /// Says once of each context what buildx keeps silent about.
    fn warn_of_unreadable(&mut self, slot: Slot, content: Option<&Content>) {
        let first = content.and_then(|content| content.first_unreadable.as_ref());
        let (Some(content), Some(first)) = (content, first) else { return };
        let folder = &self.plan.subjects[slot.subject].subject.context;
        if !self.backend.empties_unreadable() || !self.warned.insert(folder.clone()) {
            return;
        }
        let more = match content.unreadable - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.progress.warn(&format!(
            "{}: buildx sends files that it may not read as empty ones: {first}{more} (mend their rights, or leave them out by .dockerignore)",
            folder.display()
        ));
    }

    /// Runs the backend to its end.
    async fn run(&mut self, slot: Slot, tag: &str) -> anyhow::Result<BuildRun> {
        let source = &self.plan.subjects[slot.subject];
        let job = Job { plan: self.plan, source, tag, cold: self.cold.as_ref() };
        let (progress, mask, title) = (self.progress, &self.plan.mask, label(source, slot));
        let mut hear = |event: Event<'_>| {
            if let Some(name) = begun(event) {
                progress.detail(&format!("{title}: {}", mask.text(name)));
            }
        };
        let ran = self.backend.run(self.session, &job, &self.stop, &mut hear).await?;
        if let Some(cold) = &mut self.cold {
            cold.add(&ran.trace);
        }
        Ok(ran)
    }

    /// Prepares a cold run, if runs are cold, in a cache-mount namespace of its
    /// own.
    async fn begin_cold(&mut self, slot: Slot) -> Result<(), EngineError> {
        if self.plan.scenario == Scenario::Cold {
            let kind = if slot.warmup { "w" } else { "" };
            let namespace = format!("dp-{}-{kind}{}-{}", self.id, slot.n, slot.subject);
            self.cold = Some(ColdRun::begin(self.session, namespace).await?);
        }
        Ok(())
    }

    /// Undoes a cold run, if there was one.
    async fn end_cold(&mut self) -> Result<ColdEnd, EngineError> {
        match self.cold.take() {
            Some(cold) => cold.end(self.session, self.progress).await,
            None => Ok(ColdEnd::default()),
        }
    }

    fn observe(&self, slot: Slot, ran: &BuildRun, seen: Seen) -> Record {
        let Seen { image, cold, content } = seen;
        let content = content.as_ref();
        let image = image.as_ref();
        let source = &self.plan.subjects[slot.subject];
        let mut metrics = Metrics::default();
        metrics.set("wall_seconds", ran.wall.as_secs_f64());
        metrics.set_known("context_bytes", content.map(|content| content.bytes as f64));
        metrics.set_known("engine_size_bytes", image.map(|image| image.size_bytes as f64));
        metrics.set_known("cpu_seconds", cold.usage.cpu.map(|cpu| cpu.as_secs_f64()));
        metrics
            .set_known("memory_peak_bytes", cold.usage.memory_peak_bytes.map(|bytes| bytes as f64));
        let observation = Observation {
            trace: &ran.trace,
            text: &ran.text,
            dockerfile: Some(&source.dockerfile),
            args: &source.build_args,
            source: self.backend.name(),
            clock: Clock::of(ran.clock),
            cold: cold.told,
            unreadable_files: content
                .map(|content| content.unreadable)
                .filter(|files| *files > 0 && self.backend.empties_unreadable()),
            succeeded: ran.succeeded,
        };
        let mut record =
            observation.into_record(ran.started_at, self.subject(slot.subject, image), &metrics);
        record.run = Some(slot.run(&self.id));
        record.env = Some(self.env.clone());
        record
    }

    fn subject(&self, at: usize, image: Option<&ImageFacts>) -> Subject {
        let subject = &self.plan.subjects[at].subject;
        Subject {
            name: subject.name.clone(),
            scenario: Some(self.plan.scenario_name.clone()),
            image: image.map(|image| image.id.clone()),
            reference: image.and_then(|_| self.plan.images[at].stays.clone()),
            dockerfile: Some(subject.dockerfile.display().to_string()),
            target: subject.target.clone(),
            context: Some(subject.context.display().to_string()),
            ..Subject::default()
        }
    }

    /// The images that stay, and are listed for the user.
    async fn keep(&mut self) -> anyhow::Result<()> {
        for (at, name) in self.plan.images.iter().enumerate() {
            if let Some(stays) = self.images.keep(at, name).await.map_err(fault)? {
                self.progress.note(&format!("image {stays}"));
            }
        }
        Ok(())
    }
}

fn label(source: &Source, slot: Slot) -> String {
    let kind = if slot.warmup { "warm-up" } else { "round" };
    format!("{kind} {}/{}: building {}", slot.n, slot.of, source.subject.name)
}

/// The engine's name of the step that began last.
fn begun(event: Event<'_>) -> Option<&str> {
    let Event::Status(status) = event else { return None };
    let last = status.vertexes.iter().rev().find(|vertex| vertex.started.is_some());
    last.map(|vertex| vertex.name.as_str())
}
