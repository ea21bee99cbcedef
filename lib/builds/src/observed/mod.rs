//! One build, observed and undone.
//!
//! ```text
//! isolated: snapshot of the cache -> backend runs the build -> image inspected
//!           -> isolated: what it made goes -> figures, steps -> record
//! ```
//!
//! [`ObservedBuilds`] owns all that a batch of builds makes on an engine: run tags,
//! images that the old builder makes on its way, records of isolated runs. What must
//! not stay goes in [`ObservedBuilds::clean`], which is called on every path.

mod figures;
mod images;
mod observation;
mod steps;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use dp_engine::image::ImageFacts;
use dp_engine::info::ImageStore;
use dp_engine::{EngineError, ErrorKind};
use dp_record::{Host, Metrics, Record, Subject};
use dp_session::host::Watch;
use dp_session::{Session, Slot, fault};
use dp_tool::{Progress, Stop};

use crate::backend::{Backend, BuildRun, BuildSite, Job};
use crate::cache::OwnMount;
use crate::isolated::{CacheUse, IsolatedEnd, IsolatedRun};
use crate::progress::{Event, Failure, VertexState};
use crate::subject::BuildPlan;
use crate::subject::{Content, ResolvedSubject, content};

pub use images::{ImageName, image_names};
pub use observation::Observation;
pub use steps::{clock_of, clock_of_log};

use images::Images;

/// How often the engine is asked after a build was stopped, and how many times in a row
/// there is to be nothing more to remove.
const ROUND: Duration = Duration::from_millis(200);
const QUIET_ROUNDS: u32 = 3;

/// The builds of one batch.
pub struct ObservedBuilds<'a> {
    plan: &'a BuildPlan,
    session: &'a Session,
    backend: &'a Backend,
    /// The names of the subjects' images.
    names: &'a [ImageName],
    images: Images<'a>,
    batch: String,
    stop: Stop,
    progress: &'a Progress,
    /// The build whose records are still in the cache.
    isolated: Option<IsolatedRun>,
    /// The priming builds, in their order.
    primers: Vec<Primer>,
    /// Builds that the engine went away before they could be undone.
    left: Vec<IsolatedRun>,
    /// Contexts of which the user knows that files are missing.
    warned: BTreeSet<PathBuf>,
}

/// A priming build, whose records stay until the end.
struct Primer {
    namespace: String,
    run: IsolatedRun,
    mounts: Vec<OwnMount>,
}

/// A build that ended, well or not.
#[derive(Debug)]
pub struct Built {
    /// What the backend saw of it.
    pub run: BuildRun,
    /// Its image, if it made one in the engine.
    pub image: Option<ImageFacts>,
    /// What of it was kept apart from the user's build cache; nothing otherwise.
    pub isolated: IsolatedEnd,
    /// The files of its context, where they could be counted.
    pub content: Option<Content>,
    /// The machine before and during it.
    pub host: Option<Host>,
}

impl Built {
    /// A build that could not begin, for this reason.
    pub fn refused(reason: &str) -> Self {
        let run = BuildRun::refused(reason);
        Self { run, image: None, isolated: IsolatedEnd::default(), content: None, host: None }
    }
}

impl<'a> ObservedBuilds<'a> {
    /// Nothing is made yet.
    pub fn new(
        (plan, names): (&'a BuildPlan, &'a [ImageName]),
        site: &'a BuildSite,
        batch: &str,
        stop: Stop,
        progress: &'a Progress,
    ) -> Self {
        Self {
            plan,
            session: &site.session,
            backend: &site.backend,
            names,
            images: Images::new(&site.session.engine, batch, plan.subjects.len()),
            batch: batch.to_owned(),
            stop,
            progress,
            isolated: None,
            primers: Vec::new(),
            left: Vec::new(),
            warned: BTreeSet::new(),
        }
    }

    /// One build, with this of the build cache; none if it was stopped. `changed`
    /// says that the context is not what it was when the plan was made: it is
    /// counted again.
    ///
    /// # Errors
    /// What ends the batch: the engine is lost, or a backend cannot be run at all.
    /// A build that fails is no error.
    pub async fn build(
        &mut self,
        slot: Slot,
        usage: &CacheUse,
        changed: bool,
    ) -> anyhow::Result<Option<Built>> {
        let resolved = &self.plan.subjects[slot.subject];
        let content = if changed {
            content::content(
                &resolved.subject.context,
                &resolved.subject.dockerfile,
                resolved.rules,
            )?
        } else {
            resolved.content.clone()
        };
        self.warn_of_unreadable(resolved, content.as_ref());
        let tag = self.images.begin(&self.names[slot.subject], slot);
        let namespace = slot.object_name(&self.batch);
        self.isolated = IsolatedRun::begin(self.session, usage, namespace).await.map_err(fault)?;
        let watch = Watch::begin(self.session.process);
        let mut run = self.run(slot, &tag).await?;
        let host = Some(watch.end());
        self.images.add(&run.created_images);
        if run.cancelled {
            return Ok(None);
        }
        self.warn_of_shared(slot, &run);
        let image = if run.succeeded && self.plan.output.is_none() {
            lost(&mut run, self.images.good(slot.subject, &tag).await)?
        } else {
            None
        };
        let isolated = lost(&mut run, self.end_isolated(usage).await)?.unwrap_or_default();
        Ok(Some(Built { run, image, isolated, content, host }))
    }

    /// The record of a build, without `run` and `env`; `scenario` is the word for
    /// what of the cache it could use.
    pub fn record(&self, subject: usize, scenario: &str, built: &Built) -> Record {
        let Built { run, image, isolated, content, .. } = built;
        let (content, image) = (content.as_ref(), image.as_ref());
        let resolved = &self.plan.subjects[subject];
        let mut metrics = Metrics::default();
        metrics.set("wall_seconds", run.wall.as_secs_f64());
        metrics.set_known("context_bytes", content.map(|content| content.bytes as f64));
        metrics.set_known("engine_size_bytes", image.map(|image| image.size_bytes as f64));
        let usage = &isolated.usage;
        metrics.set_known("cpu_seconds", usage.cpu.map(|cpu| cpu.as_secs_f64()));
        metrics.set_known("memory_peak_bytes", usage.memory_peak_bytes.map(|bytes| bytes as f64));
        let observation = Observation {
            trace: &run.trace,
            dockerfile: Some(&resolved.dockerfile),
            args: &resolved.build_args,
            source: self.backend.name(),
            clock: clock_of(run.clock),
            cold: isolated.cold.clone(),
            unreadable_files: content
                .map(|content| content.unreadable)
                .filter(|files| *files > 0 && self.backend.empties_unreadable()),
            failure: (!run.succeeded).then(|| Failure::of(&run.trace, &run.text, false)),
        };
        let subject = self.subject(subject, scenario, image);
        let mut record = observation.into_record(run.started_at, subject, &metrics);
        record.host.clone_from(&built.host);
        record
    }

    /// Gives the last good image of each subject the name that stays, and lists
    /// these names for the user.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn keep(&mut self) -> Result<(), EngineError> {
        for (subject, name) in self.names.iter().enumerate() {
            if let Some(stays) = self.images.keep(subject, name).await? {
                self.progress.note(&format!("image {stays}"));
            }
        }
        Ok(())
    }

    /// Takes the last image of a subject away before the end of the batch.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn forget_image(&mut self, subject: usize) -> Result<(), EngineError> {
        self.images.forget(subject).await
    }

    /// Takes away what must not stay.
    ///
    /// # Errors
    /// The engine refuses or is lost: something may be left.
    pub async fn clean(&mut self, panicked: bool) -> Result<(), EngineError> {
        // The last one first: what it made may rest on what was made before it.
        let primed = std::mem::take(&mut self.primers).into_iter().rev().map(|primer| primer.run);
        let left = std::mem::take(&mut self.left).into_iter().rev();
        let stopped = self.isolated.take();
        // It comes first, or is in the one that all are joined in.
        let mut was_stopped = stopped.is_some();
        let runs = stopped.into_iter().chain(left).chain(primed);
        let mut ended = Ok(());
        for mut run in joined(runs, self.session.facts.image_store) {
            let mut end = run.end(self.session, None).await;
            if std::mem::take(&mut was_stopped) {
                end = self.end_of_stopped(&mut run, end).await;
            }
            ended = end.map(|end| end.warn(self.progress)).and(ended);
        }
        self.images.clean(panicked || self.stop.is_set()).await?;
        ended
    }

    /// Removes what the engine adds after its first answer: it goes on for a moment with a
    /// build whose client has gone, and stores the result of a step that it had begun.
    async fn end_of_stopped(
        &self,
        run: &mut IsolatedRun,
        mut end: Result<IsolatedEnd, EngineError>,
    ) -> Result<IsolatedEnd, EngineError> {
        let mut quiet = 0;
        while quiet < QUIET_ROUNDS && end.is_ok() {
            tokio::time::sleep(ROUND).await;
            end = run.end(self.session, None).await;
            quiet = if end.as_ref().is_ok_and(|end| end.removed > 0) { 0 } else { quiet + 1 };
        }
        end
    }

    /// Says once of each context what buildx keeps silent about.
    fn warn_of_unreadable(&mut self, resolved: &ResolvedSubject, content: Option<&Content>) {
        let first = content.and_then(|content| content.first_unreadable.as_ref());
        let (Some(content), Some(first)) = (content, first) else { return };
        let folder = &resolved.subject.context;
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

    /// Says which runs are no good samples of how long a build takes.
    fn warn_of_shared(&self, slot: Slot, run: &BuildRun) {
        let is_shared = |step: &&crate::Step<'_>| step.state == VertexState::Shared;
        let steps = match run.trace.steps().iter().filter(is_shared).count() {
            0 => return,
            1 => "a step was".to_owned(),
            count => format!("{count} steps were"),
        };
        let name = &self.plan.subjects[slot.subject].subject.name;
        self.progress.warn(&format!(
            "{}: {name}: {steps} run by another build that began before (let nothing else build the same meanwhile)",
            slot.title()
        ));
    }

    /// Runs the backend to its end.
    async fn run(&mut self, slot: Slot, tag: &str) -> anyhow::Result<BuildRun> {
        let subject = &self.plan.subjects[slot.subject];
        let job = Job { plan: self.plan, subject, tag, isolated: self.isolated.as_ref() };
        let (progress, mask) = (self.progress, &self.plan.mask);
        let title = format!("{}: building {}", slot.title(), subject.subject.name);
        let mut show = |event: Event<'_>| {
            if let Some(name) = begun(event) {
                progress.detail(&format!("{title}: {}", mask.text(name)));
            }
        };
        let ran = self.backend.run(self.session, &job, &self.stop, &mut show).await?;
        if let Some(isolated) = &mut self.isolated {
            isolated.add(&ran.trace, ran.cancelled);
        }
        Ok(ran)
    }

    /// What the build left, and, unless it primes others, its removal.
    async fn end_isolated(&mut self, usage: &CacheUse) -> Result<IsolatedEnd, EngineError> {
        let Some(mut run) = self.isolated.take() else { return Ok(IsolatedEnd::default()) };
        if let CacheUse::Priming(namespace) = usage {
            let cold = run.cold();
            // Kept before anything else is asked: it must go whatever happens.
            let namespace = namespace.clone();
            self.primers.push(Primer { namespace, run, mounts: Vec::new() });
            let Some(primer) = self.primers.last_mut() else { return Ok(IsolatedEnd::default()) };
            primer.mounts = primer.run.mounts(self.session).await?;
            let mounts = primer.mounts.clone();
            return Ok(IsolatedEnd { cold, mounts, ..IsolatedEnd::default() });
        }
        let primed = match usage {
            CacheUse::Primed(namespace) => Some(self.primed_mounts(namespace)),
            _ => None,
        };
        let ended = run.end(self.session, primed).await;
        // With what primes other builds in the cache, it goes when that goes.
        let waits = !self.primers.is_empty() && ended.as_ref().is_ok_and(|end| end.would_forget);
        let cold = run.cold().filter(|_| waits);
        if ended.is_err() || waits {
            // The end of the batch tries once more.
            self.left.push(run);
        }
        let ended = ended?;
        if !waits {
            ended.warn(self.progress);
        }
        Ok(IsolatedEnd { cold: cold.or(ended.cold), ..ended })
    }

    /// The cache mounts of a namespace, as the build that primed it left them.
    fn primed_mounts(&self, namespace: &str) -> &[OwnMount] {
        let primer = self.primers.iter().find(|primer| primer.namespace == namespace);
        primer.map_or(&[], |primer| &primer.mounts)
    }

    fn subject(&self, at: usize, scenario: &str, image: Option<&ImageFacts>) -> Subject {
        let subject = &self.plan.subjects[at].subject;
        Subject {
            name: subject.name.clone(),
            scenario: Some(scenario.to_owned()),
            image: image.map(|image| image.id.clone()),
            reference: image.and_then(|_| self.names[at].stays.clone()),
            dockerfile: Some(subject.dockerfile.display().to_string()),
            target: subject.target.clone(),
            context: Some(subject.context.display().to_string()),
            ..Subject::default()
        }
    }
}

/// These runs, the last one first; all as one where the records of one would be missed by
/// the others if they went first.
fn joined(
    runs: impl Iterator<Item = IsolatedRun>,
    store: ImageStore,
) -> impl Iterator<Item = IsolatedRun> {
    let mut runs: Vec<IsolatedRun> = runs.collect();
    if store == ImageStore::Containerd
        && let Some(mut first) = runs.pop()
    {
        runs.drain(..).for_each(|later| first.take_on(later));
        runs.push(first);
    }
    runs.into_iter()
}

/// What the engine answered after a build. One that died meanwhile makes a failed build of it.
fn lost<T>(run: &mut BuildRun, answer: Result<T, EngineError>) -> anyhow::Result<Option<T>> {
    match answer {
        Err(error) if error.kind() == ErrorKind::Unreachable => {
            if run.succeeded {
                run.succeeded = false;
                run.text.push(format!("ERROR: the engine went away after the build: {error}"));
            }
            Ok(None)
        }
        answer => Ok(Some(answer.map_err(fault)?)),
    }
}

/// The engine's name of the step that began last.
fn begun(event: Event<'_>) -> Option<&str> {
    let Event::Status(status) = event else { return None };
    let last = status.vertexes.iter().rev().find(|vertex| vertex.started.is_some());
    last.map(|vertex| vertex.name.as_str())
}
