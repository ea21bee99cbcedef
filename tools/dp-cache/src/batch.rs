//! One batch: every subject primed, then rounds of change, build, change undone.

use dp_builds::backend::BuildSite;
use dp_builds::observed::{Built, ImageName, ObservedBuilds, image_names};
use dp_builds::subject::{self, ResolvedSubject};
use dp_builds::{BuildPlan, CacheUse};
use dp_record::{PlannedSubject, Record, kind};
use dp_session::{Batch, GiveUp, Measure, ShellEnd, Slot, begin_batch, endpoint, fault, run_shell};
use dp_tool::{Exit, Io, Progress, Stop};

use crate::TOOL;
use crate::args::Args;
use crate::explain;
use crate::manifest::Difference;
use crate::plan::{Plan, Series};
use crate::record::{Observed, into_record};
use crate::scenario::Change;
use crate::workspace::{RULES, Workspace};

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let endpoint = endpoint(&args.engine, progress)?;
    let copies = plan
        .subjects
        .iter()
        .map(|planned| Workspace::copy(&planned.subject, &planned.entries, planned.has_command()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut builds = build_plan(args, plan, &copies)?;
    let site = BuildSite::reach(&mut builds, &endpoint, progress).await?;
    let (id, names) = (begin_batch(), names(plan)?);
    let observed = ObservedBuilds::new((&builds, &names), &site, &id, io.stop.clone(), progress);
    let mut scenarios = Scenarios {
        plan,
        builds: &builds,
        series: plan.series(),
        copies,
        observed,
        primed: vec![Primed::No; plan.subjects.len()],
        id: &id,
        stop: io.stop.clone(),
        progress,
        explain: args.explain,
    };
    let batch = Batch {
        id: &id,
        env: site.env_record(TOOL, &id, planned(plan), plan.rounds.seed),
        rounds: plan.rounds,
        mask: builds.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut scenarios, io, progress).await
}

/// What is built: one subject for each series, in the copies.
fn build_plan(args: &Args, plan: &Plan, copies: &[Workspace]) -> anyhow::Result<BuildPlan> {
    let subjects = plan.series().into_iter().map(|series| {
        let (planned, copy) = (&plan.subjects[series.subject], &copies[series.subject]);
        let subject = copy.subject(&planned.subject);
        let mut options = plan.options.clone();
        if let Some(Change::Arg(key, value)) =
            plan.scenario(series).and_then(|one| one.change.as_ref())
        {
            options.extend(["--build-arg".to_owned(), format!("{key}={value}")]);
        }
        ResolvedSubject::read(subject, &options, RULES, false)
    });
    let subjects = subjects.collect::<anyhow::Result<Vec<_>>>()?;
    let words: Vec<String> = subjects.iter().flat_map(|one| one.options.clone()).collect();
    Ok(BuildPlan {
        isolated: true,
        output: None,
        backend: args.backend,
        builder: args.build.builder.clone(),
        mask: subject::mask(&words, subjects.iter().map(|one| &one.dockerfile))?,
        subjects,
    })
}

/// The names of the images of each series, none of which stays.
fn names(plan: &Plan) -> anyhow::Result<Vec<ImageName>> {
    let series = plan.series();
    let names: Vec<String> = series
        .iter()
        .map(|series| {
            format!("{} {}", plan.subjects[series.subject].subject.image, plan.name(*series))
        })
        .collect();
    Ok(image_names(names.iter().map(String::as_str), None, true).map_err(fault)?)
}

/// The series to come.
fn planned(plan: &Plan) -> dp_record::Plan {
    let series = plan.series().into_iter().skip(plan.first());
    let subjects = series.map(|series| PlannedSubject {
        name: plan.subjects[series.subject].subject.name.clone(),
        scenario: Some(plan.name(series).to_owned()),
        ..PlannedSubject::default()
    });
    dp_record::Plan {
        kind: kind::CACHE.to_owned(),
        subjects: subjects.collect(),
        runs: plan.rounds.runs,
        warmup: plan.rounds.warmup,
    }
}

/// Whether a subject's cache is filled.
#[derive(Debug, Clone, PartialEq)]
enum Primed {
    No,
    /// With how long the last cold build took, in seconds.
    Yes(Option<f64>),
    /// Its cold build failed.
    Failed,
}

/// All scenarios of all subjects.
struct Scenarios<'a> {
    plan: &'a Plan,
    builds: &'a BuildPlan,
    series: Vec<Series>,
    copies: Vec<Workspace>,
    observed: ObservedBuilds<'a>,
    /// By subject.
    primed: Vec<Primed>,
    id: &'a str,
    stop: Stop,
    progress: &'a Progress,
    explain: bool,
}

impl Measure for Scenarios<'_> {
    const NOUN: &'static str = "build";
    const GIVE_UP: GiveUp = GiveUp::AfterFailure;

    fn label(&self, subject: usize) -> String {
        let series = self.series[self.plan.first() + subject];
        format!("{}, {}", self.plan.subjects[series.subject].subject.name, self.plan.name(series))
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let at = Slot { subject: self.plan.first() + slot.subject, ..slot };
        let series = self.series[at.subject];
        if series.scenario.is_none() {
            let Some(built) = self.cold(at).await? else { return Ok(None) };
            return Ok(Some(vec![self.record(at, &built, &[])]));
        }
        if self.primed[series.subject] == Primed::No {
            // The cold series of all subjects stand first.
            let cold = Slot { subject: series.subject, ..slot };
            let Some(built) = self.cold(cold).await? else { return Ok(None) };
            if !built.run.succeeded {
                // The record of nothing else says what is wrong.
                self.progress.note("the cold build that is to fill its cache failed");
                return Ok(Some(vec![self.record(at, &built, &[])]));
            }
            let seconds = built.run.wall.as_secs_f64();
            self.progress.note(&format!("primed by a cold build of {seconds:.1} s"));
        }
        if self.primed[series.subject] == Primed::Failed {
            let reason = "there is no cache to build with: the cold build before it failed (mend that first; dp-build --cold shows it alone)";
            return Ok(Some(vec![self.record(at, &Built::refused(reason), &[])]));
        }
        self.after_change(at).await
    }

    async fn clean(&mut self, panicked: bool) -> anyhow::Result<()> {
        self.copies.clear();
        Ok(self.observed.clean(panicked).await.map_err(fault)?)
    }
}

impl Scenarios<'_> {
    /// A cold build. The first one of a subject primes its other scenarios.
    async fn cold(&mut self, at: Slot) -> anyhow::Result<Option<Built>> {
        let subject = self.series[at.subject].subject;
        let usage = match self.primed[subject] {
            Primed::No => CacheUse::Priming(self.namespace(subject)),
            _ => CacheUse::Cold,
        };
        let Some(built) = self.observed.build(at, &usage, false).await? else { return Ok(None) };
        let built = self.copies[subject].unless_changed(built, &self.builds.mask);
        let seconds = built.run.succeeded.then_some(built.run.wall.as_secs_f64());
        self.primed[subject] = match (&self.primed[subject], seconds) {
            (Primed::No | Primed::Failed, None) => Primed::Failed,
            (_, seconds) => Primed::Yes(seconds),
        };
        Ok(Some(built))
    }

    /// A build after a change, which is undone then.
    async fn after_change(&mut self, at: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let subject = self.series[at.subject].subject;
        let changed = self.change(at).await;
        let built = match changed {
            Ok(None) => None,
            Ok(Some(differences)) => {
                let usage = CacheUse::Primed(self.namespace(subject));
                let built = self.observed.build(at, &usage, false).await?;
                built.map(|built| (built, differences))
            }
            Err(error) => {
                Some((Built::refused(&self.builds.mask.text(&format!("{error:#}"))), Vec::new()))
            }
        };
        self.copies[subject].undo()?;
        Ok(built.map(|(built, differences)| {
            let built = self.copies[subject].unless_changed(built, &self.builds.mask);
            vec![self.record(at, &built, &differences)]
        }))
    }

    /// Makes the change of a scenario; none if it was stopped.
    async fn change(&mut self, at: Slot) -> anyhow::Result<Option<Vec<Difference>>> {
        let series = self.series[at.subject];
        let copy = &mut self.copies[series.subject];
        let change = self.plan.scenario(series).and_then(|scenario| scenario.change.as_ref());
        let word = format!("{}-{}", self.id, at.word());
        match change {
            None | Some(Change::Arg(..)) => Ok(Some(Vec::new())),
            Some(Change::File(what, path)) => Ok(Some(vec![copy.change(*what, path, &word)?])),
            Some(Change::Command(command)) => {
                let before = copy.before_command()?;
                let variables = [("DP_RUN", word.as_str())];
                match run_shell(command, &copy.context(), &variables, &self.stop).await {
                    ShellEnd::Good => Ok(Some(copy.since(&before)?)),
                    ShellEnd::Stopped => Ok(None),
                    ShellEnd::Failed(why) => anyhow::bail!(
                        "the scenario's command failed: {why} (run it by hand in the build context to see more)"
                    ),
                }
            }
        }
    }

    fn record(&self, at: Slot, built: &Built, differences: &[Difference]) -> Record {
        let series = self.series[at.subject];
        let planned = &self.plan.subjects[series.subject];
        let record = self.observed.record(at.subject, self.plan.name(series), built);
        let cold_seconds = match self.primed[series.subject] {
            Primed::Yes(seconds) => seconds,
            _ => None,
        };
        let seen = Observed {
            scenario: self.plan.scenario(series),
            resolved: &self.builds.subjects[at.subject],
            differences,
            mounts: &built.isolated.mounts,
            cold_seconds: cold_seconds.filter(|_| series.scenario.is_some()),
        };
        let record = into_record(&record, &planned.subject, &seen);
        if self.explain {
            explain::print(&record, &self.builds.mask, self.progress);
        }
        record
    }

    /// The cache-mount namespace of a subject's scenarios.
    fn namespace(&self, subject: usize) -> String {
        format!("dp-{}-primed-{subject}", self.id)
    }
}
