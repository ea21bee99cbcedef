//! What is meant: the arguments, checked against the files that they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dp_builds::subject::{self, BuildSubject, Chosen, ResolvedSubject, content, context_folder};
use dp_builds::{Entry, EntryKind};
use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_session::Rounds;
use dp_tool::Fault;

use crate::args::Args;
use crate::change::choose::Reads;
use crate::change::syntax;
use crate::scenario::{Asked, Change, FileChange};
use crate::workspace::RULES;

/// All that is to be measured, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is built.
    pub(crate) subjects: Vec<Planned>,
    /// Whether the cold builds are records: each round begins with one of every
    /// subject. Else the first one only primes the others.
    pub(crate) cold: bool,
    /// The options of all builds.
    pub(crate) options: Vec<String>,
    /// The runs, and their order, over all scenarios of all subjects.
    pub(crate) rounds: Rounds,
}

/// One subject with what changes of it.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The user's own context and Dockerfile.
    pub(crate) subject: BuildSubject,
    /// What `.dockerignore` leaves of the context.
    pub(crate) entries: Vec<Entry>,
    /// The scenarios but `cold`, the same names for every subject.
    pub(crate) scenarios: Vec<Scenario>,
}

/// What happens before a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// Its name in records.
    pub(crate) name: String,
    /// What changes; nothing in `warm`.
    pub(crate) change: Option<Change>,
    /// Why this change.
    pub(crate) why: String,
    /// What limits the figures.
    pub(crate) limits: Vec<String>,
}

/// One series: a scenario of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Series {
    /// The subject.
    pub(crate) subject: usize,
    /// Its scenario; none for the cold builds.
    pub(crate) scenario: Option<usize>,
}

impl Plan {
    /// Checks the arguments, and chooses what is not named.
    pub(crate) fn new(args: &Args) -> anyhow::Result<Self> {
        subject::check_more(&args.more)?;
        let asked = asked(&args.scenario)?;
        let options = args.common_options();
        let runs = args.runs.runs.unwrap_or(1) + args.runs.warmup.unwrap_or(0);
        let inputs = subjects(args)?
            .into_iter()
            .map(|subject| Input::read(subject, &options))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let reads: Vec<Reads<'_>> = inputs.iter().map(Input::reads).collect();
        let scenarios = inputs
            .iter()
            .zip(&reads)
            .map(|(input, own)| input.scenarios(&asked, (own, &reads), runs))
            .collect::<anyhow::Result<Vec<_>>>()?;
        drop(reads);
        let subjects: Vec<Planned> = inputs
            .into_iter()
            .zip(scenarios)
            .map(|(Input { subject, entries, .. }, scenarios)| Planned {
                subject,
                entries,
                scenarios,
            })
            .collect();
        let cold = asked.contains(&Asked::Cold);
        let scenarios = subjects.first().map_or(0, |subject| subject.scenarios.len());
        let series = subjects.len() * (scenarios + usize::from(cold));
        let mut rounds = Rounds::of(&args.runs, series, 1, 0);
        rounds.leading = if cold { subjects.len() } else { 0 };
        Ok(Self { subjects, cold, options, rounds })
    }

    /// All series: the cold builds of all subjects first, whether they are records
    /// or not.
    pub(crate) fn series(&self) -> Vec<Series> {
        let count = self.subjects.len();
        let scenarios = self.subjects.first().map_or(0, |subject| subject.scenarios.len());
        let scenarios = std::iter::once(None).chain((0..scenarios).map(Some));
        let all = scenarios
            .flat_map(|scenario| (0..count).map(move |subject| Series { subject, scenario }));
        all.collect()
    }

    /// Where the series of the rounds begin among [`Plan::series`].
    pub(crate) fn first(&self) -> usize {
        if self.cold { 0 } else { self.subjects.len() }
    }

    /// The scenario of a series; none for the cold builds.
    pub(crate) fn scenario(&self, series: Series) -> Option<&Scenario> {
        series.scenario.map(|at| &self.subjects[series.subject].scenarios[at])
    }

    /// The name of a series' scenario.
    pub(crate) fn name(&self, series: Series) -> &str {
        self.scenario(series).map_or("cold", |scenario| &scenario.name)
    }
}

/// What is read of a subject to plan its scenarios.
struct Input {
    subject: BuildSubject,
    dockerfile: Dockerfile,
    build_args: BuildArgs,
    entries: Vec<Entry>,
    /// The regular files among the entries.
    files: Vec<String>,
}

impl Input {
    fn read(subject: BuildSubject, options: &[String]) -> anyhow::Result<Self> {
        let resolved = ResolvedSubject::read(subject, options, RULES, false)?;
        let ResolvedSubject { subject, dockerfile, build_args, .. } = resolved;
        let entries = content::entries(&subject.context, &subject.dockerfile, RULES)?;
        let files = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::File)
            .filter_map(|entry| Some(entry.path.to_str()?.to_owned()))
            .collect();
        Ok(Self { subject, dockerfile, build_args, entries, files })
    }

    fn reads(&self) -> Reads<'_> {
        Reads::new(&self.subject, (&self.dockerfile, &self.build_args), &self.files)
    }

    /// The scenarios but `cold`. What is not named is a file that all subjects read,
    /// if there is one, so that their builds compare.
    fn scenarios(
        &self,
        asked: &[Asked],
        (own, all): (&Reads<'_>, &[Reads<'_>]),
        runs: u32,
    ) -> anyhow::Result<Vec<Scenario>> {
        let mut scenarios = Vec::new();
        for asked in asked.iter().filter(|asked| **asked != Asked::Cold) {
            let (change, why) = match asked {
                Asked::Cold | Asked::Warm => (None, String::new()),
                Asked::Code | Asked::Deps => {
                    let chosen = if *asked == Asked::Code { own.code(all) } else { own.deps(all) }?;
                    (Some(Change::File(FileChange::Edit, chosen.path)), chosen.why)
                }
                Asked::Own { name, change } => {
                    check_change(name, change, &self.subject, &self.entries)?;
                    (Some(normal(change)), "as you said".to_owned())
                }
            };
            let limits = limits(change.as_ref(), &self.dockerfile, runs);
            scenarios.push(Scenario { name: asked.name().to_owned(), change, why, limits });
        }
        Ok(scenarios)
    }
}

impl Planned {
    /// Whether a command of the user changes the copy.
    pub(crate) fn has_command(&self) -> bool {
        let is_command = |scenario: &Scenario| matches!(scenario.change, Some(Change::Command(_)));
        self.scenarios.iter().any(is_command)
    }
}

/// What is asked for, each once; all four where nothing is said.
fn asked(given: &[Asked]) -> Result<Vec<Asked>, Fault> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = given.iter().find(|asked| !seen.insert(asked.name().to_owned())) {
        let message = format!("two scenarios are called {}: give one another name", twice.name());
        return Err(Fault::usage(message));
    }
    if given.is_empty() {
        return Ok(vec![Asked::Cold, Asked::Warm, Asked::Code, Asked::Deps]);
    }
    Ok(given.to_vec())
}

/// The subjects, whose contexts are folders.
pub(crate) fn subjects(args: &Args) -> anyhow::Result<Vec<BuildSubject>> {
    let chosen = Chosen {
        contexts: &args.contexts,
        files: &args.file,
        targets: &args.target,
        all_targets: false,
        records: &args.records,
    };
    let subjects = chosen.subjects()?;
    for subject in &subjects {
        context_folder(&subject.context)?;
    }
    Ok(subjects)
}

/// Refuses a change that cannot be made, or that no build would see.
fn check_change(
    name: &str,
    change: &Change,
    subject: &BuildSubject,
    entries: &[Entry],
) -> Result<(), Fault> {
    let Change::File(what, given) = change else { return Ok(()) };
    let refuse = |why: String| Err(Fault::usage(format!("--scenario {name}: {given} {why}")));
    let Some(path) = inside(given) else {
        return refuse("is not in the context: give its path in it".to_owned());
    };
    let found = entries.iter().find(|entry| entry.path == path);
    let on_disk = subject.context.join(&path).symlink_metadata();
    match (what, found, on_disk) {
        (FileChange::Add, _, Ok(_)) => {
            refuse(format!("is there already: edit it ({name}=edit:{given})"))
        }
        (FileChange::Add, ..) => Ok(()),
        (_, None, Ok(_)) => {
            refuse("is left out by .dockerignore: no build would see the change".to_owned())
        }
        (_, None, Err(_)) => refuse(format!(
            "is not in the context {} (to add it: {name}=add:{given})",
            subject.context.display()
        )),
        (FileChange::Delete, ..) => Ok(()),
        (_, Some(entry), _) if entry.kind != EntryKind::File => {
            refuse("is no regular file: name the file that changes".to_owned())
        }
        (FileChange::Edit, ..) if syntax::of(given).is_none() => refuse(format!(
            "is of no language that is known, and may not stay valid: say {name}=append:{given}, or change it by {name}=cmd:COMMAND"
        )),
        _ => Ok(()),
    }
}

/// The path within the context, without `.`; none if it leads outside.
fn inside(path: &str) -> Option<PathBuf> {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!clean.as_os_str().is_empty()).then_some(clean)
}

/// The change with its path as other paths of the context are written.
fn normal(change: &Change) -> Change {
    match change {
        Change::File(what, path) => {
            let clean = inside(path).map(|path| path.to_string_lossy().into_owned());
            Change::File(*what, clean.unwrap_or_else(|| path.clone()))
        }
        other => other.clone(),
    }
}

/// Words in a Dockerfile that tell of a cache of compiled results.
const COMPILE_CACHES: &[&str] =
    &["ccache", "sccache", "go-build", "GOCACHE", ".gradle", "bazel", "turbo", "nx-cache"];

/// What limits what a change shows.
fn limits(change: Option<&Change>, dockerfile: &Dockerfile, runs: u32) -> Vec<String> {
    let mut limits = Vec::new();
    let texts = || dockerfile.instructions().map(|instruction| &instruction.text);
    // A comment does not make a compiler's cache miss.
    if let Some(Change::File(FileChange::Edit, _)) = change {
        let found = COMPILE_CACHES.iter().find(|word| texts().any(|text| text.contains(**word)));
        limits.extend(found.map(|word| {
            format!("the build uses {word}, which an edit that changes no code may not make miss: measure one that does with cmd:COMMAND")
        }));
    }
    // What steps made of a change is removed, but BuildKit still knows the way from
    // it to a later result that was there before.
    let repeats = match change {
        Some(Change::File(what, _)) => matches!(what, FileChange::Delete | FileChange::Chmod),
        Some(Change::Arg(..)) => true,
        Some(Change::Command(command)) => !command.contains("DP_RUN"),
        None => false,
    };
    if repeats && runs > 1 {
        limits.push("every run makes the same change: from the second on, a step whose result no later step notices may be cached (a command can make each differ by $DP_RUN)".to_owned());
    }
    limits
}
