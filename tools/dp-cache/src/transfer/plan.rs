//! What is meant: the places, the builds of each subject, and their order.

use dp_builds::Entry;
use dp_builds::subject::{self, BuildSubject, ResolvedSubject, content};
use dp_dockerfile::Instruction;
use dp_record::{PlannedSubject, kind};
use dp_session::Rounds;
use dp_tool::{Fault, Progress};

use super::place::{Place, Spec, is_same};
use crate::args::Args;
use crate::plan::subjects;
use crate::workspace::RULES;

/// One of the builds of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With no cache but the engine's.
    Plain,
    /// It exports one.
    Export,
    /// It imports one.
    Import,
}

impl Way {
    /// Its name as a scenario.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Export => "export",
            Self::Import => "import",
        }
    }
}

/// One series: a way of building a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Series {
    /// The subject.
    pub(super) subject: usize,
    /// How it is built.
    pub(super) way: Way,
}

/// All that is to be measured, and how.
#[derive(Debug)]
pub(super) struct Plan {
    /// What is built, with what `.dockerignore` leaves of its context.
    pub(super) subjects: Vec<(BuildSubject, Vec<Entry>)>,
    /// How each is built, in this order.
    pub(super) ways: Vec<Way>,
    /// Where the cache goes to; nothing if another's is imported.
    pub(super) to: Vec<Spec>,
    /// Where it comes from; nothing if from where it went to.
    pub(super) from: Vec<Spec>,
    /// The options of all builds, without the cache.
    pub(super) options: Vec<String>,
    /// The runs, and their order.
    pub(super) rounds: Rounds,
}

impl Plan {
    /// Checks the arguments.
    pub(super) fn new(args: &Args) -> anyhow::Result<Self> {
        subject::check_more(&args.more)?;
        let specs = |given: &[String], read: fn(&str) -> Result<Spec, Fault>| {
            given.iter().map(|text| read(text)).collect::<Result<Vec<_>, _>>()
        };
        let to = specs(&args.build.cache_to, Spec::to)?;
        let mut from = specs(&args.build.cache_from, Spec::from)?;
        check_same(&to, &from)?;
        if !to.is_empty() {
            // All of it is what went there.
            from.clear();
        }
        let mut build = args.build.clone();
        (build.cache_to, build.cache_from) = (Vec::new(), Vec::new());
        let options: Vec<String> = build.words().into_iter().chain(args.more.clone()).collect();
        let subjects = subjects(args)?
            .into_iter()
            .map(|subject| planned(subject, &options, to.is_empty()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let ways = if to.is_empty() {
            vec![Way::Plain, Way::Import]
        } else {
            vec![Way::Plain, Way::Export, Way::Import]
        };
        let mut rounds = Rounds::of(&args.runs, subjects.len() * ways.len(), 1, 0);
        // What is imported has been exported before.
        rounds.leading = subjects.len() * (ways.len() - 1);
        Ok(Self { subjects, ways, to, from, options, rounds })
    }

    /// All series: one way of all subjects after the other.
    pub(super) fn series(&self) -> Vec<Series> {
        let of_way = |way| (0..self.subjects.len()).map(move |subject| Series { subject, way });
        self.ways.iter().flat_map(|way| of_way(*way)).collect()
    }

    /// Where the cache goes to or comes from, for records: `registry`, or
    /// `registry, local`.
    pub(super) fn kinds(&self) -> String {
        let kinds: Vec<&str> =
            self.to.iter().chain(&self.from).map(|spec| spec.place.kind()).collect();
        kinds.join(", ")
    }

    /// The references in registries that are written.
    pub(super) fn written(&self) -> impl Iterator<Item = &str> {
        self.to.iter().filter_map(|spec| match &spec.place {
            Place::Registry(reference) => Some(reference.as_str()),
            _ => None,
        })
    }

    /// The series to come, for the record that opens the batch.
    pub(super) fn planned(&self) -> dp_record::Plan {
        let subject = |series: Series| PlannedSubject {
            name: self.subjects[series.subject].0.name.clone(),
            scenario: Some(series.way.name().to_owned()),
            ..PlannedSubject::default()
        };
        dp_record::Plan {
            kind: kind::CACHE.to_owned(),
            subjects: self.series().into_iter().map(subject).collect(),
            runs: self.rounds.runs,
            warmup: self.rounds.warmup,
        }
    }

    /// Says on stderr what would be built.
    pub(super) fn show(&self, progress: &Progress) {
        let series = self.series();
        let slots = self.rounds.slots();
        progress.note(&format!("{} builds, seed {}:", slots.len(), self.rounds.seed));
        for slot in slots {
            let Series { subject, way } = series[slot.subject];
            let name = &self.subjects[subject].0.name;
            progress.note(&format!("{}: {name}, {} ({})", slot.title(), way.name(), self.kinds()));
        }
    }
}

/// Refuses an import of anything but what is exported, and places that clash.
fn check_same(to: &[Spec], from: &[Spec]) -> Result<(), Fault> {
    if let Some(twice) =
        (1..to.len()).find(|&at| to[..at].iter().any(|one| one.place == to[at].place))
    {
        return Err(Fault::usage(format!(
            "--cache-to {}: it is given twice",
            to[twice].export_word(None)
        )));
    }
    let other = |from: &&Spec| !to.iter().any(|to| is_same(&to.place, &from.place));
    match from.iter().find(other) {
        Some(from) if !to.is_empty() => Err(Fault::usage(format!(
            "--cache-from {}: with --cache-to it is what was exported that is imported: name the same place, leave --cache-from out, or measure it alone",
            from.given_import_word()
        ))),
        _ => Ok(()),
    }
}

/// A subject with its files. `foreign`: a cache is imported that was not made here.
fn planned(
    subject: BuildSubject,
    options: &[String],
    foreign: bool,
) -> anyhow::Result<(BuildSubject, Vec<Entry>)> {
    let resolved = ResolvedSubject::read(subject, options, RULES, false)?;
    let mut instructions = resolved.dockerfile.instructions();
    let has_mount = |one: &&Instruction| !one.cache_mounts().is_empty();
    if let Some(mounting) = instructions.find(has_mount).filter(|_| foreign) {
        let line = mounting.line;
        return Err(Fault::usage(format!(
            "--cache-from alone cannot be measured with a cache mount (line {line}): in cache mounts of its own no step has the key of the one that was exported, and yours must not change: give --cache-to too"
        ))
        .into());
    }
    let subject = resolved.subject;
    let entries = content::entries(&subject.context, &subject.dockerfile, RULES)?;
    Ok((subject, entries))
}
