//! What builds: the docker CLI's buildx, the engine's own API, or the engine's
//! old builder. All give the same kind of trace.

use crate::backend::{api, buildx, legacy};
use crate::{BuildRun, Event};
use dp_dockerfile::Dialect;
use dp_engine::info::BuildxVersion;
use dp_record::Ground;
use dp_session::{Session, fault};
use dp_tool::{Fault, Stop};

use crate::backend::builder::Builder;
use crate::backend::command_line::{arguments, request};
use crate::backend::engine_request::{Job, Prepared, legacy_stages};
use crate::backend::stall::StallDetector;
use crate::cache::BuildCache;
use crate::isolated::IsolatedRun;
use crate::subject::BuildPlan;
use crate::subject::options::is_given;

/// The first engine (of the versions after 20.10) whose own `BuildKit` heeds
/// limits of RUN steps.
const LIMITING: u32 = 23;

/// What builds.
#[derive(Debug)]
pub enum Backend {
    /// The CLI's plugin.
    Buildx(Builder, BuildxVersion),
    /// BuildKit over the engine's API.
    Engine,
    /// The old builder.
    Legacy,
}

/// Refuses builds that are to leave the build cache as it was where that cannot be undone
/// (`cache/forgotten.rs` says why).
///
/// # Errors
/// It cannot, or the engine is lost.
pub async fn check_undoing(session: &Session) -> Result<(), Fault> {
    let cache = BuildCache::of(&session.engine, session.facts.image_store);
    match cache.forgotten_by_a_removal().await.map_err(fault)? {
        0 => Ok(()),
        steps => Err(cannot_undo(steps)),
    }
}

fn cannot_undo(steps: usize) -> Fault {
    let steps = match steps {
        1 => "1 cached step".to_owned(),
        _ => format!("{steps} cached steps"),
    };
    Fault::usage(format!(
        "such builds cannot be undone here: on the containerd image store, removing what they add would make the engine forget {steps} of yours, on bases that the builder did not pull itself (docker builder prune --all first, if you can spare them, or give --host of an engine with the overlay2 store; dp-build measures here without --cold)"
    ))
}

impl Backend {
    /// Its name in `env` records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Buildx(..) => "buildx",
            Self::Engine => "engine",
            Self::Legacy => "legacy",
        }
    }

    /// Whether files that it may not read become empty ones, without a word
    /// (seen with buildx 0.29). The others fail.
    pub fn empties_unreadable(&self) -> bool {
        matches!(self, Self::Buildx(..))
    }

    /// Adds it to what makes batches comparable.
    pub(super) fn describe_in(&self, ground: &mut Ground) {
        ground.builder_backend = Some(self.name().to_owned());
        if let Self::Buildx(builder, version) = self {
            ground.builder_driver = Some(builder.driver().to_owned());
            ground.builder_version = Some(version.to_string());
        }
    }

    /// Reads the Dockerfiles of the plan as its own frontend does, where its version tells how:
    /// the engine's `BuildKit`, but none in a container of its own, and not the old builder.
    ///
    /// # Errors
    ///
    /// A Dockerfile with a here-document that this frontend does not know.
    pub(super) fn read_dockerfiles(
        &self,
        plan: &mut BuildPlan,
        engine_version: &str,
    ) -> Result<(), Fault> {
        match Dialect::of_engine(engine_version).filter(|_| self.is_in_engine()) {
            Some(dialect) => {
                plan.subjects.iter_mut().try_for_each(|subject| subject.read_as(dialect))
            }
            None => Ok(()),
        }
    }

    /// Whether the engine's own `BuildKit` builds.
    fn is_in_engine(&self) -> bool {
        match self {
            Self::Buildx(builder, _) => builder.is_docker(),
            Self::Engine => true,
            Self::Legacy => false,
        }
    }

    /// Refuses what it cannot honour.
    pub(super) fn check(&self, plan: &BuildPlan) -> Result<(), Fault> {
        let buildx_only =
            [("--builder", plan.builder.is_some()), ("--output", plan.output.is_some())];
        let refused = buildx_only.into_iter().find(|(_, given)| *given);
        match self {
            Self::Buildx(..) => Ok(()),
            _ if refused.is_some() => {
                let name = refused.map_or("", |(name, _)| name);
                Err(Fault::usage(format!("{name} needs buildx (--backend buildx)")))
            }
            Self::Legacy if plan.isolated => Err(Fault::usage(
                "a cold build cannot be undone with the old builder: its cache are its images (leave --backend legacy out; dp-build measures with it without --cold)",
            )),
            _ => plan.subjects.iter().try_for_each(|source| Prepared::check(&source.options)),
        }
    }

    /// Refuses what the engine's `BuildKit` would ignore without a word: it would
    /// measure another build than the one that was asked for.
    pub(super) fn check_engine(&self, plan: &BuildPlan, version: &str) -> Result<(), Fault> {
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if !self.is_in_engine() || major.is_none_or(|major| major >= LIMITING) {
            return Ok(());
        }
        let given =
            |name: &&'static str| plan.subjects.iter().any(|one| is_given(&one.options, name));
        let Some(name) = ["--shm-size", "--ulimit"].into_iter().find(given) else {
            return Ok(());
        };
        Err(Fault::usage(format!(
            "{name} is ignored by the BuildKit of engine {version}: it needs {LIMITING} or newer (leave it out)"
        )))
    }

    /// Runs a build to its end.
    ///
    /// # Errors
    /// Nothing could be built: buildx cannot be run, or the engine is gone. A build
    /// that fails is no error.
    pub async fn run(
        &self,
        session: &Session,
        job: &Job<'_>,
        stop: &Stop,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> anyhow::Result<BuildRun> {
        if job.subject.has_only_args() {
            return Ok(BuildRun::refused(
                "the Dockerfile contains no stages to build: begin one with FROM",
            ));
        }
        let stop = || stop.is_set();
        let engine = &session.engine;
        match self {
            Self::Buildx(builder, _) => {
                let words = builder.words(job.plan.output.is_none());
                let isolating = job.isolated.map_or_else(Vec::new, IsolatedRun::words);
                let words = arguments(job.plan, job.subject, job.tag, &words, &isolating);
                let request = request(engine.endpoint(), words)?;
                let stall = StallDetector::new(job.subject);
                let ends = || stop() || stall.is_stalled(&stop);
                let mut show = |event: Event<'_>| {
                    stall.observe(event);
                    on_event(event);
                };
                let ran = buildx::run(&request, &ends, &mut show);
                let mask = &job.plan.mask;
                let ran = ran.map_err(|error| Fault::engine(mask.text(&error.to_string())))?;
                Ok(stall.judge(ran.into(), &stop))
            }
            Self::Engine => {
                let prepared = match Prepared::new(job) {
                    Ok(prepared) => prepared,
                    Err(reason) => return vanished(job, reason),
                };
                let ran =
                    prepared.with(async |request| api::run(engine, request, &stop, on_event).await);
                Ok(ran.await.map_err(fault)?)
            }
            Self::Legacy => {
                let prepared = match Prepared::new(job) {
                    Ok(prepared) => prepared,
                    Err(reason) => return vanished(job, reason),
                };
                let stages = legacy_stages(job.subject);
                let ran = prepared.with(async |request| {
                    legacy::run(engine, request, &stages, &stop, on_event).await
                });
                Ok(ran.await.map_err(fault)?)
            }
        }
    }
}

/// What was there when the plan was made may be gone when its turn comes: then a
/// build has failed, in buildx's words. What is wrong otherwise ends the batch.
fn vanished(job: &Job<'_>, reason: anyhow::Error) -> anyhow::Result<BuildRun> {
    let subject = &job.subject.subject;
    let (context, dockerfile) = (&subject.context, &subject.dockerfile);
    let reason = if !context.is_dir() {
        format!("unable to prepare context: path {} not found", context.display())
    } else if !dockerfile.is_file() {
        format!("failed to read dockerfile: {}: no such file", dockerfile.display())
    } else {
        return Err(reason);
    };
    Ok(BuildRun::refused(&job.plan.mask.text(&reason)))
}
