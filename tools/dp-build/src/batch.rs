//! One batch: all rounds, each build observed, nothing left behind.

use std::panic::{AssertUnwindSafe, resume_unwind};

use dp_dockerfile::BuildArgs;
use dp_engine::build::{BuildxRun, Event, buildx};
use dp_engine::image::ImageFacts;
use dp_record::{Metrics, PlannedSubject, Record, Run, Subject, kind};
use dp_tool::host::Watch;
use dp_tool::{
    Emitter, Exit, Fault, Io, Progress, Session, Slot, Stop, batch_id, connect, fault, rounds,
};
use futures_util::FutureExt;

use crate::args::Args;
use crate::builder::Builder;
use crate::images::Images;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::request::{arguments, request};
use crate::source::Source;

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    let builder = Builder::choose(&session.engine, args.build.builder.as_deref(), progress).await?;
    let id = batch_id();
    let mut ground = session.ground(env!("CARGO_PKG_VERSION"));
    builder.stand_on(&mut ground);
    let env = ground.id();
    let mut emitter = Emitter::new(io.stdout, &args.records, plan.mask.clone(), io.stop.clone());
    emitter.emit(session.env_record("dp-build", ground, &id, planned(plan), plan.seed))?;
    let mut batch = Batch {
        args,
        plan,
        session: &session,
        builder: &builder,
        images: Images::new(&session.engine, &id, plan.subjects.len()),
        build_args: args.build.values(),
        id,
        env,
        stop: io.stop.clone(),
        progress,
    };
    // Whatever happens, a panic included, the run tags go before we do.
    let measured = AssertUnwindSafe(batch.measure(&mut emitter)).catch_unwind().await;
    let stopped = batch.stop.is_set() || measured.is_err();
    let cleaned = batch.images.clean(stopped).await;
    progress.end();
    let complete = measured.unwrap_or_else(|panic| resume_unwind(panic))?;
    cleaned.map_err(fault)?;
    let failed = emitter.failed() > 0 && !args.runs.ignore_failure;
    let complete = complete && emitter.lost() == 0;
    if !complete {
        progress.note("stopped before the last build");
    }
    Ok(if failed || !complete { Exit::Failed } else { Exit::Measured })
}

/// The series to come.
fn planned(plan: &Plan) -> dp_record::Plan {
    let subjects = plan.subjects.iter().map(|source| PlannedSubject {
        name: source.subject.name.clone(),
        scenario: Some(plan.scenario.name().to_owned()),
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
    builder: &'a Builder,
    images: Images<'a>,
    build_args: BuildArgs,
    id: String,
    env: String,
    stop: Stop,
    progress: &'a Progress,
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

    /// One build; none if it was stopped.
    async fn build(&mut self, slot: Slot) -> anyhow::Result<Option<Record>> {
        if self.stop.is_set() {
            return Ok(None);
        }
        let source = &self.plan.subjects[slot.subject];
        self.progress.doing(&label(source, slot));
        let tag = self.images.begin(&self.plan.images[slot.subject], slot);
        let words = arguments(self.plan, source, &tag, Some(&self.builder.name));
        let request = request(self.session.engine.endpoint(), words)?;
        let watch = Watch::begin(self.session.process);
        let (stop, progress) = (self.stop.clone(), self.progress);
        let title = label(source, slot);
        let ran =
            buildx::run(&request, &|| stop.is_set(), &mut |event| show(event, &title, progress));
        let ran = ran.map_err(|error| Fault::engine(error.to_string()))?;
        let host = watch.end();
        if ran.cancelled {
            return Ok(None);
        }
        let succeeded = ran.exit_status.success();
        let image = if succeeded {
            Some(self.images.good(slot.subject, &tag).await.map_err(fault)?)
        } else {
            None
        };
        let mut record = self.observe(slot, &ran, image.as_ref());
        record.host = Some(host);
        Ok(Some(record))
    }

    fn observe(&self, slot: Slot, ran: &BuildxRun, image: Option<&ImageFacts>) -> Record {
        let source = &self.plan.subjects[slot.subject];
        let mut metrics = Metrics::default();
        metrics.set("wall_seconds", ran.wall.as_secs_f64());
        metrics.set_known("context_bytes", source.context_bytes.map(|bytes| bytes as f64));
        metrics.set_known("engine_size_bytes", image.map(|image| image.size_bytes as f64));
        let observation = Observation {
            trace: &ran.trace,
            text: &ran.text,
            dockerfile: Some(&source.dockerfile),
            args: &self.build_args,
            source: "buildx",
            wall: true,
            cold: None,
            succeeded: ran.exit_status.success(),
        };
        let mut record =
            observation.into_record(ran.started_at, self.subject(slot.subject, image), &metrics);
        record.run = Some(Run {
            batch: self.id.clone(),
            n: Some(slot.n),
            of: Some(slot.of),
            position: Some(slot.position),
            warmup: slot.warmup,
        });
        record.env = Some(self.env.clone());
        record
    }

    fn subject(&self, at: usize, image: Option<&ImageFacts>) -> Subject {
        let subject = &self.plan.subjects[at].subject;
        Subject {
            name: subject.name.clone(),
            scenario: Some(self.plan.scenario.name().to_owned()),
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

/// The step that began last, behind what is being done.
fn show(event: Event<'_>, title: &str, progress: &Progress) {
    if let Event::Status(status) = event {
        let begun = status.vertexes.iter().rev().find(|vertex| vertex.started.is_some());
        if let Some(vertex) = begun {
            progress.detail(&format!("{title}: {}", vertex.name));
        }
    }
}
