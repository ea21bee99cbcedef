//! From an observed build to the record of a scenario.

use dp_builds::cache::OwnMount;
use dp_builds::subject::{BuildSubject, ResolvedSubject};
use dp_record::detail::cache::{CacheDetail, ScenarioChange};
use dp_record::{Metrics, Outcome, Record, kind, metric};

use crate::findings::{self, Case};
use crate::manifest::Difference;
use crate::plan::Scenario;
use crate::scenario::{Change, FileChange};
use crate::{change::syntax, mounts, why};

/// What is known of a build beside what the builder said.
pub(crate) struct Observed<'a> {
    /// What changed before it; none for cold builds.
    pub(crate) scenario: Option<&'a Scenario>,
    /// What was built.
    pub(crate) resolved: &'a ResolvedSubject,
    /// How the context differed.
    pub(crate) differences: &'a [Difference],
    /// The cache mounts when it had ended.
    pub(crate) mounts: &'a [OwnMount],
    /// The cold build that it is counted against, in seconds.
    pub(crate) cold_seconds: Option<f64>,
}

/// The record of a scenario, from that of its build.
pub(crate) fn into_record(build: &Record, user: &BuildSubject, seen: &Observed<'_>) -> Record {
    let mut record = of_copy(build, user);
    if record.outcome == Outcome::Ok {
        add_savings(&mut record.metrics, seen);
    }
    record.detail = Some(detail(build, user, seen).into());
    record
}

/// What the record of a build in a private copy has of it, with what the user named in
/// place of the copy.
pub(crate) fn of_copy(build: &Record, user: &BuildSubject) -> Record {
    let mut record = of_build(build);
    if let Some(subject) = &mut record.subject {
        subject.context = Some(user.context.display().to_string());
        subject.dockerfile = Some(user.dockerfile.display().to_string());
        // The image went with its name.
        (subject.image, subject.reference) = (None, None);
    }
    record
}

/// What a scenario's record has of that of its build: all but the detail, and of the
/// metrics those that the catalogue knows of a scenario.
pub(crate) fn of_build(build: &Record) -> Record {
    let mut record = Record::new(kind::CACHE, build.at);
    record.outcome = build.outcome;
    record.error.clone_from(&build.error);
    record.host.clone_from(&build.host);
    record.subject.clone_from(&build.subject);
    for (name, value) in build.metrics.iter() {
        if metric(kind::CACHE, name).is_some() {
            record.metrics.set(name, value);
        }
    }
    record
}

/// Adds what the cache saved of the cold build, and what the mounts hold.
fn add_savings(metrics: &mut Metrics, seen: &Observed<'_>) {
    if let Some((wall, cold)) = metrics.get("wall_seconds").zip(seen.cold_seconds) {
        metrics.set("saved_seconds", cold - wall);
        metrics.set_known("saved_ratio", (cold > 0.0).then(|| 1.0 - wall / cold));
    }
    if !seen.mounts.is_empty() {
        metrics.set_count("mount_bytes", seen.mounts.iter().map(|mount| mount.bytes).sum());
    }
}

fn detail(build: &Record, user: &BuildSubject, seen: &Observed<'_>) -> CacheDetail {
    let of_build = build.build_detail().cloned().unwrap_or_default();
    let steps = of_build.steps;
    let dockerfile = &seen.resolved.dockerfile;
    let change = seen.scenario.and_then(|scenario| scenario.change.as_ref());
    let invalidated = match seen.scenario {
        Some(_) => why::invalidated(&steps, dockerfile, change, seen.differences),
        // By design all of it ran.
        None => Vec::new(),
    };
    let mounts = mounts::of(&steps, seen.resolved, seen.mounts, seen.scenario.is_none());
    let findings = findings::of(&Case {
        scenario: seen.scenario,
        steps: &steps,
        invalidated: &invalidated,
        mounts: &mounts,
        resolved: seen.resolved,
        dockerfile: &user.dockerfile,
    });
    CacheDetail {
        source: of_build.source,
        clock: Some(of_build.clock),
        change: seen.scenario.and_then(scenario_change),
        cold: of_build.cold,
        cold_seconds: seen.cold_seconds,
        steps,
        invalidated,
        mounts,
        transfer: None,
        volume: None,
        findings,
    }
}

fn scenario_change(scenario: &Scenario) -> Option<ScenarioChange> {
    let change = scenario.change.as_ref()?;
    let text = match change {
        Change::File(FileChange::Edit, path) => {
            syntax::of(path).map(|syntax| syntax.about().to_owned())
        }
        Change::File(..) => None,
        other => Some(other.to_string()),
    };
    Some(ScenarioChange {
        edit: change.kind(),
        path: change.path().map(str::to_owned),
        text,
        chosen_since: scenario.why.clone(),
        limits: scenario.limits.clone(),
    })
}
