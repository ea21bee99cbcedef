//! What builds: the docker CLI's buildx, the engine's own API, or the engine's
//! old builder. All tell the same kind of trace.

use clap::ValueEnum;
use dp_engine::Endpoint;
use dp_engine::build::{BuildRun, Event, api, buildx, legacy};
use dp_engine::info::BuildxVersion;
use dp_record::Ground;
use dp_tool::{Exit, Fault, Progress, Session, Stop, fault};

use crate::api_request::{Prepared, legacy_stages};
use crate::args::Args;
use crate::builder::{self, Builder};
use crate::cold::ColdRun;
use crate::options::is_given;
use crate::plan::{Plan, Scenario};
use crate::request::{arguments, request};
use crate::source::Source;
use crate::vigil::Vigil;

/// The first engine (of the versions after 20.10) whose own `BuildKit` heeds
/// limits of RUN steps.
const LIMITING: u32 = 23;

/// What can be asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum BackendChoice {
    /// buildx if it is there (0.13 or newer), else the engine's API
    #[default]
    Auto,
    /// `docker buildx build`
    Buildx,
    /// BuildKit inside the engine, over its API; needs no CLI
    Engine,
    /// The engine's old builder, which knows no BuildKit
    Legacy,
}

/// What builds.
#[derive(Debug)]
pub(crate) enum Backend {
    /// The CLI's plugin.
    Buildx(Builder, BuildxVersion),
    /// BuildKit over the engine's API.
    Engine,
    /// The old builder.
    Legacy,
}

/// One build to be run.
pub(crate) struct Job<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) source: &'a Source,
    pub(crate) tag: &'a str,
    pub(crate) cold: Option<&'a ColdRun>,
}

/// Reaches the engine and chooses the backend.
pub(crate) async fn choose(
    args: &Args,
    plan: &Plan,
    endpoint: &Endpoint,
    progress: &Progress,
) -> Result<(Session, Backend), Fault> {
    let wanted = args.backend;
    let chosen = match wanted {
        BackendChoice::Engine => (dp_tool::reach(endpoint).await?, Backend::Engine),
        BackendChoice::Legacy => (dp_tool::reach(endpoint).await?, Backend::Legacy),
        BackendChoice::Auto | BackendChoice::Buildx => {
            let builder = Builder::choose(endpoint, args.build.builder.as_deref(), progress)?;
            builder.check(plan.scenario)?;
            match builder::reach(endpoint).await? {
                (session, Ok(version)) => (session, Backend::Buildx(builder, version)),
                (session, Err(reason)) if may_do_without(args, &reason) => {
                    progress.note(&format!("building over the engine's API: {reason}"));
                    (session, Backend::Engine)
                }
                (_, Err(reason)) => return Err(reason),
            }
        }
    };
    chosen.1.check(args, plan)?;
    chosen.1.check_engine(plan, &chosen.0.facts.engine_version)?;
    Ok(chosen)
}

/// Whether the engine's API can stand in for a buildx that is not to be had.
fn may_do_without(args: &Args, reason: &Fault) -> bool {
    args.backend == BackendChoice::Auto
        && args.build.builder.is_none()
        && reason.exit == Exit::Engine
}

impl Backend {
    /// Its name in `env` records.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Buildx(..) => "buildx",
            Self::Engine => "engine",
            Self::Legacy => "legacy",
        }
    }

    /// Whether files that it may not read become empty ones, without a word
    /// (seen with buildx 0.29). The others fail.
    pub(crate) fn empties_unreadable(&self) -> bool {
        matches!(self, Self::Buildx(..))
    }

    /// Adds it to what makes batches comparable.
    pub(crate) fn stand_on(&self, ground: &mut Ground) {
        ground.builder_backend = Some(self.name().to_owned());
        if let Self::Buildx(builder, version) = self {
            ground.builder_driver = Some(builder.driver().to_owned());
            ground.builder_version = Some(version.to_string());
        }
    }

    /// Refuses what it cannot honour.
    fn check(&self, args: &Args, plan: &Plan) -> Result<(), Fault> {
        let buildx_only = [
            ("--builder", args.build.builder.is_some()),
            ("--output", args.build.output.is_some()),
        ];
        let wanted = buildx_only.into_iter().find(|(_, given)| *given);
        match self {
            Self::Buildx(..) => Ok(()),
            _ if wanted.is_some() => {
                let name = wanted.map_or("", |(name, _)| name);
                Err(Fault::usage(format!("{name} needs buildx (--backend buildx)")))
            }
            Self::Legacy if plan.scenario == Scenario::Cold => Err(Fault::usage(
                "--cold cannot be undone with the old builder: its cache are its images (leave --cold or --backend legacy out)",
            )),
            _ => plan.subjects.iter().try_for_each(|source| Prepared::check(&source.options)),
        }
    }

    /// Refuses what the engine's `BuildKit` would ignore without a word: it would
    /// measure another build than the one that was asked for.
    fn check_engine(&self, plan: &Plan, version: &str) -> Result<(), Fault> {
        let own_buildkit = match self {
            Self::Buildx(builder, _) => builder.is_docker(),
            Self::Engine => true,
            Self::Legacy => false,
        };
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if !own_buildkit || major.is_none_or(|major| major >= LIMITING) {
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
    pub(crate) async fn run(
        &self,
        session: &Session,
        job: &Job<'_>,
        stop: &Stop,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> anyhow::Result<BuildRun> {
        let stop = || stop.is_set();
        let engine = &session.engine;
        match self {
            Self::Buildx(builder, _) => {
                let words = builder.words(job.plan.output.is_none());
                let cold = job.cold.map_or_else(Vec::new, ColdRun::words);
                let words = arguments(job.plan, job.source, job.tag, &words, &cold);
                let request = request(engine.endpoint(), words)?;
                let vigil = Vigil::new(job.source);
                let ends = || stop() || vigil.waits_in_vain(&stop);
                let mut hear = |event: Event<'_>| {
                    vigil.hear(event);
                    on_event(event);
                };
                let ran = buildx::run(&request, &ends, &mut hear);
                let mask = &job.plan.mask;
                let ran = ran.map_err(|error| Fault::engine(mask.text(&error.to_string())))?;
                Ok(vigil.judge(ran.into()))
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
                let stages = legacy_stages(job.source);
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
    let subject = &job.source.subject;
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
