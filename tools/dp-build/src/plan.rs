//! What is meant: the arguments, checked against the files that they name.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use dp_dockerfile::Dockerfile;
use dp_tool::{Fault, Mask, fault};

use crate::args::Args;
use crate::compose;
use crate::forward;
use crate::images::{ImageName, image_names};
use crate::secrets;
use crate::source::{self, Source};
use crate::subject::{BuildSubject, ContextArg, Parts, names};

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
    /// What to build.
    pub(crate) subjects: Vec<Source>,
    /// What of the cache may be used.
    pub(crate) scenario: Scenario,
    /// What records call it.
    pub(crate) scenario_name: String,
    /// Runs that count.
    pub(crate) runs: u32,
    /// Warm-up runs before them.
    pub(crate) warmup: u32,
    /// Seed of the order.
    pub(crate) seed: u64,
    /// The names of their images.
    pub(crate) images: Vec<ImageName>,
    /// Where the result goes, if not into the engine.
    pub(crate) output: Option<String>,
    /// Hides what was given as a secret.
    pub(crate) mask: Mask,
}

impl Plan {
    /// Checks the arguments.
    pub(crate) fn new(args: &Args) -> anyhow::Result<Self> {
        forward::check(&args.more)?;
        forward::check_output(args.build.output.as_deref())?;
        let subjects = subjects(args)?;
        check_single(args, subjects.len())?;
        let subjects = subjects
            .into_iter()
            .map(|subject| source::read(subject, args))
            .collect::<Result<Vec<_>, _>>()?;
        let names = subjects.iter().map(|source| source.subject.name.as_str());
        let images = image_names(names, args.tag.as_deref(), args.discard).map_err(fault)?;
        let scenario = match (args.warm, args.cold) {
            (true, _) => Scenario::Warm,
            (_, true) => Scenario::Cold,
            _ => Scenario::AsIs,
        };
        let at_least = u32::from(scenario == Scenario::Warm);
        Ok(Self {
            scenario,
            runs: args.runs.runs.unwrap_or(1),
            warmup: args.runs.warmup.unwrap_or(0).max(at_least),
            seed: args.runs.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
            images,
            scenario_name: args.scenario.clone().unwrap_or_else(|| scenario.name().to_owned()),
            output: args.build.output.clone(),
            mask: mask(&subjects)?,
            subjects,
        })
    }
}

/// Hides what the subjects were given and what their Dockerfiles say.
fn mask(subjects: &[Source]) -> anyhow::Result<Mask> {
    let words: Vec<String> = subjects.iter().flat_map(|source| source.options.clone()).collect();
    secrets::mask(&words, subjects.iter().map(|source| &source.dockerfile))
}

/// Refuses options that name one thing where there are several subjects.
fn check_single(args: &Args, count: usize) -> Result<(), Fault> {
    let files =
        [("--iidfile", &args.build.iidfile), ("--metadata-file", &args.build.metadata_file)];
    let single = files.into_iter().filter(|(_, file)| file.is_some()).map(|(name, _)| name);
    let single = single.chain(args.tag.is_some().then_some("--tag"));
    match single.into_iter().next() {
        Some(name) if count > 1 => {
            let message = format!(
                "{name} is for one build, but there are {count} subjects: leave it out (images stay as dp/NAME:latest)"
            );
            Err(Fault::usage(message))
        }
        _ => Ok(()),
    }
}

fn subjects(args: &Args) -> anyhow::Result<Vec<BuildSubject>> {
    if !args.compose.is_empty() {
        return compose::subjects(&args.compose, &args.contexts, &args.engine);
    }
    let mut parts = Vec::new();
    let mut found = Vec::new();
    for context in contexts(args)? {
        let absolute = folder(&context.path)?;
        for file in files(args) {
            let dockerfile = dockerfile(file, &context.path)?;
            for target in targets(args, &dockerfile)? {
                parts.push(Parts {
                    given: context.name.clone(),
                    context: absolute.clone(),
                    file: file.map(Path::to_owned),
                    target: target.clone(),
                });
                let context = context.path.clone();
                found.push(BuildSubject {
                    name: String::new(),
                    context,
                    dockerfile: dockerfile.clone(),
                    target,
                    options: Vec::new(),
                });
            }
        }
    }
    for (subject, name) in found.iter_mut().zip(chosen_names(args, &parts)?) {
        subject.name = name;
    }
    Ok(found)
}

/// The user's names, or ours; different for different subjects.
fn chosen_names(args: &Args, parts: &[Parts]) -> anyhow::Result<Vec<String>> {
    let given = &args.records.name;
    args.records.check_names(parts.len(), "subjects")?;
    let names = if given.is_empty() { names(parts) } else { given.clone() };
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(Fault::usage(format!(
            "two subjects are called {twice}: tell them apart with NAME=CONTEXT"
        ))
        .into()),
        None => Ok(names),
    }
}

fn contexts(args: &Args) -> anyhow::Result<Vec<ContextArg>> {
    if args.contexts.is_empty() {
        let implied = !args.file.is_empty()
            || args.tag.is_some()
            || !args.target.is_empty()
            || args.all_targets;
        if implied {
            return Ok(vec![ContextArg { name: None, path: ".".into() }]);
        }
        return Err(Fault::usage(
            "nothing to build: give a build context, such as `dp-build .` (try --help)",
        )
        .into());
    }
    let text = |context: &std::ffi::OsString| {
        let text = context.to_str().ok_or_else(|| {
            Fault::usage(format!("the context {} is not UTF-8: rename it", context.display()))
        })?;
        Ok(ContextArg::parse(text))
    };
    args.contexts.iter().map(text).collect()
}

fn files(args: &Args) -> Vec<Option<&Path>> {
    if args.file.is_empty() {
        vec![None]
    } else {
        args.file.iter().map(|file| Some(file.as_path())).collect()
    }
}

/// The context as an absolute path; it must be a folder.
fn folder(path: &Path) -> anyhow::Result<PathBuf> {
    let shown = path.display();
    if path == Path::new("-") {
        let message =
            "a context from stdin can be read only once: unpack it into a folder, and give that";
        return Err(Fault::usage(message).into());
    }
    if path.to_str().is_some_and(is_remote) {
        let message = format!(
            "{shown} is no local folder: clone it first, so that its transfer is not measured as a build"
        );
        return Err(Fault::usage(message).into());
    }
    let absolute = path
        .canonicalize()
        .map_err(|error| Fault::usage(format!("cannot read the build context {shown}: {error}")))?;
    if !absolute.is_dir() {
        return Err(Fault::usage(format!("the build context {shown} is no folder")).into());
    }
    Ok(absolute)
}

fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// The Dockerfile as docker finds it: relative to the current folder, else to
/// the context; `Dockerfile` of the context without --file.
fn dockerfile(file: Option<&Path>, context: &Path) -> anyhow::Result<PathBuf> {
    let Some(file) = file else {
        let implied = context.join("Dockerfile");
        if implied.is_file() {
            return Ok(implied);
        }
        return Err(Fault::usage(format!(
            "no Dockerfile in {}: give one with --file",
            context.display()
        ))
        .into());
    };
    if file == Path::new("-") {
        return Err(Fault::usage(
            "a Dockerfile from stdin can be read only once: save it, and give its path",
        )
        .into());
    }
    let candidates = [env::current_dir()?.join(file), context.join(file)];
    match candidates.iter().position(|path| path.is_file()) {
        Some(0) => Ok(file.to_owned()),
        Some(_) => Ok(context.join(file)),
        None => Err(Fault::usage(format!(
            "no such Dockerfile: {} (neither here nor in {})",
            file.display(),
            context.display()
        ))
        .into()),
    }
}

fn targets(args: &Args, dockerfile: &Path) -> anyhow::Result<Vec<Option<String>>> {
    if args.all_targets {
        let parsed = Dockerfile::parse(&source::text(dockerfile)?);
        let named: Vec<_> =
            parsed.stages.iter().filter_map(|stage| stage.name.clone()).map(Some).collect();
        if named.is_empty() {
            let message = format!(
                "--all-targets: no stage of {} has a name (FROM image AS name)",
                dockerfile.display()
            );
            return Err(Fault::usage(message).into());
        }
        return Ok(named);
    }
    Ok(if args.target.is_empty() {
        vec![None]
    } else {
        args.target.iter().cloned().map(Some).collect()
    })
}
