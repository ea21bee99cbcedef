//! One batch: all rounds, each build observed, nothing left behind.

use dp_builds::backend::BuildSite;
use dp_builds::observed::{Built, ObservedBuilds};
use dp_record::{PlannedSubject, Record, kind};
use dp_session::{
    Batch, GiveUp, Measure, Output, ShellEnd, Slot, begin_batch, endpoint, fault, run_shell,
};
use dp_tool::{Exit, Io, Progress, Stop};

use crate::args::Args;
use crate::plan::Plan;

/// Measures the plan and prints its records.
pub(crate) async fn run(
    args: &Args,
    plan: &mut Plan,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let endpoint = endpoint(&args.engine, progress)?;
    let site = BuildSite::reach(&mut plan.builds, &endpoint, progress).await?;
    let plan = &*plan;
    let id = begin_batch();
    let what = (&plan.builds, &plan.images[..]);
    let mut builds = Builds {
        plan,
        observed: ObservedBuilds::new(what, &site, &id, io.stop.clone(), progress),
        id: &id,
        stop: io.stop.clone(),
    };
    let batch = Batch {
        id: &id,
        env: site.env_record(
            ("dp-build", env!("CARGO_PKG_VERSION")),
            &id,
            planned(plan),
            plan.rounds.seed,
        ),
        rounds: plan.rounds,
        mask: plan.builds.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut builds, io, progress).await
}

/// The series to come.
fn planned(plan: &Plan) -> dp_record::Plan {
    let subjects = plan.builds.subjects.iter().map(|resolved| PlannedSubject {
        name: resolved.subject.name.clone(),
        scenario: Some(plan.scenario_name.clone()),
        ..PlannedSubject::default()
    });
    dp_record::Plan {
        kind: kind::BUILD.to_owned(),
        subjects: subjects.collect(),
        runs: plan.rounds.runs,
        warmup: plan.rounds.warmup,
    }
}

/// Builds, each after the user's own command, if there is one.
struct Builds<'a> {
    plan: &'a Plan,
    observed: ObservedBuilds<'a>,
    id: &'a str,
    stop: Stop,
}

impl Measure for Builds<'_> {
    const NOUN: &'static str = "build";
    const GIVE_UP: GiveUp = GiveUp::AfterFailure;

    fn label(&self, subject: usize) -> String {
        format!("building {}", self.plan.builds.subjects[subject].subject.name)
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let built = match self.prepare(slot).await {
            ShellEnd::Good => {
                self.observed
                    .build(slot, &self.plan.cache_use(), self.plan.prepare.is_some())
                    .await?
            }
            ShellEnd::Failed(why) => {
                let why = format!(
                    "the prepare command failed: {why} (run it by hand in the build context to see more)"
                );
                Some(Built::refused(&self.plan.builds.mask.text(&why)))
            }
            ShellEnd::Stopped => None,
        };
        let record = |built| self.observed.record(slot.subject, &self.plan.scenario_name, &built);
        Ok(built.map(|built| vec![record(built)]))
    }

    async fn finish(&mut self, _output: &mut Output<'_, '_>) -> anyhow::Result<bool> {
        self.observed.keep().await.map_err(fault)?;
        Ok(true)
    }

    async fn clean(&mut self, panicked: bool) -> anyhow::Result<()> {
        Ok(self.observed.clean(panicked).await.map_err(fault)?)
    }
}

impl Builds<'_> {
    /// Runs the user's command in the build context, if there is one. `DP_NAME` is
    /// the subject's name, `DP_RUN` a word that no other build has.
    async fn prepare(&self, slot: Slot) -> ShellEnd {
        let Some(command) = &self.plan.prepare else { return ShellEnd::Good };
        let subject = &self.plan.builds.subjects[slot.subject].subject;
        let word = format!("{}-{}", self.id, slot.word());
        let variables = [("DP_NAME", subject.name.as_str()), ("DP_RUN", word.as_str())];
        run_shell(command, &subject.context, &variables, &self.stop).await
    }
}
