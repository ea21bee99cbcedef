//! What is meant: the arguments, checked against the files that they name.

use dp_builds::args::BackendChoice;
use dp_builds::observed::{ImageName, image_names};
use dp_builds::subject::{self, BuildSubject, Chosen, ResolvedSubject, Rules};
use dp_builds::{BuildPlan, CacheUse};
use dp_session::{Rounds, fault};
use dp_tool::{Fault, Mask};

use crate::args::Args;
use crate::compose;

/// What of the build cache a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// All that is there.
    AsIs,
    /// All that a build of the same left.
    Warm,
    /// Nothing.
    Cold,
}

impl Scenario {
    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AsIs => "as-is",
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

/// All that is to be measured, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What to build, and with what.
    pub(crate) builds: BuildPlan,
    /// What records call what of the cache may be used.
    pub(crate) scenario_name: String,
    /// The runs, and their order.
    pub(crate) rounds: Rounds,
    /// The names of the subjects' images.
    pub(crate) images: Vec<ImageName>,
    /// The command before each build.
    pub(crate) prepare: Option<String>,
}

impl Plan {
    /// Checks the arguments.
    pub(crate) fn new(args: &Args) -> anyhow::Result<Self> {
        subject::check_more(&args.more)?;
        subject::check_output(args.result.output.as_deref())?;
        let subjects = subjects(args)?;
        check_single(args, subjects.len())?;
        // With --dry-run nothing is sent, so nothing is counted.
        let (common, walk) = (args.common_options(), !args.runs.dry_run);
        let rules = match args.backend {
            BackendChoice::Legacy => Rules::Legacy,
            _ => Rules::BuildKit,
        };
        let subjects = subjects
            .into_iter()
            .map(|subject| ResolvedSubject::read(subject, &common, rules, walk))
            .collect::<Result<Vec<_>, _>>()?;
        let names = subjects.iter().map(|resolved| resolved.subject.image.as_str());
        let images = image_names(names, args.tag.as_deref(), args.discard).map_err(fault)?;
        let scenario = match (args.warm, args.cold) {
            (true, _) => Scenario::Warm,
            (_, true) => Scenario::Cold,
            _ => Scenario::AsIs,
        };
        let mut rounds = Rounds::of(&args.runs, subjects.len(), 1, 0);
        // Without a warm-up the first run would not be a cached build.
        rounds.warmup = rounds.warmup.max(u32::from(scenario == Scenario::Warm));
        Ok(Self {
            rounds,
            images,
            scenario_name: args.scenario.clone().unwrap_or_else(|| scenario.name().to_owned()),
            prepare: args.prepare.clone(),
            builds: BuildPlan {
                isolated: scenario == Scenario::Cold,
                output: args.result.output.clone(),
                backend: args.backend,
                builder: args.build.builder.clone(),
                mask: mask(&subjects)?,
                subjects,
            },
        })
    }
}

impl Plan {
    /// What of the build cache each build may use.
    pub(crate) fn cache_use(&self) -> CacheUse {
        if self.builds.isolated { CacheUse::Cold } else { CacheUse::AsIs }
    }
}

/// Hides what the subjects were given and what their Dockerfiles say.
fn mask(subjects: &[ResolvedSubject]) -> anyhow::Result<Mask> {
    let words: Vec<String> = subjects.iter().flat_map(|one| one.options.clone()).collect();
    subject::mask(&words, subjects.iter().map(|one| &one.dockerfile))
}

/// Refuses options that name one thing where there are several subjects.
fn check_single(args: &Args, count: usize) -> Result<(), Fault> {
    let files =
        [("--iidfile", &args.result.iidfile), ("--metadata-file", &args.result.metadata_file)];
    let single = files.into_iter().filter(|(_, file)| file.is_some()).map(|(name, _)| name);
    let single = single.chain(args.tag.is_some().then_some("--tag"));
    match single.into_iter().next() {
        Some(name) if count > 1 => {
            let message = format!(
                "{name} is for one build, but there are {count} subjects: leave it out (each image stays under a name of its own)"
            );
            Err(Fault::usage(message))
        }
        _ => Ok(()),
    }
}

fn subjects(args: &Args) -> anyhow::Result<Vec<BuildSubject>> {
    if !args.compose.is_empty() {
        return compose::subjects(&args.compose, &args.contexts, &args.engine, args.cold);
    }
    let implied =
        !args.file.is_empty() || args.tag.is_some() || !args.target.is_empty() || args.all_targets;
    if args.contexts.is_empty() && !implied {
        return Err(Fault::usage(
            "nothing to build: give a build context, such as `dp-build .` (try --help)",
        )
        .into());
    }
    let chosen = Chosen {
        contexts: &args.contexts,
        files: &args.file,
        targets: &args.target,
        all_targets: args.all_targets,
        records: &args.records,
    };
    chosen.subjects()
}
