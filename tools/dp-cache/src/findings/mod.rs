//! What to change in the Dockerfile, with the seconds that it cost in this build.

mod arguments;
mod kind;
mod stages;

pub(crate) use kind::{Kind, all as all_kinds};

use std::path::Path;

use dp_builds::subject::ResolvedSubject;
use dp_dockerfile::Instruction;
use dp_record::Finding;
use dp_record::detail::build::{BuildStep, StepState};
use dp_record::detail::cache::{CacheMount, Invalidation, InvalidationCause};

use crate::change::manifests::manifest;
use crate::packages::{Installer, installer};
use crate::plan::Scenario;
use crate::why::instruction;

/// One build, as far as findings look at it.
pub(crate) struct Case<'a> {
    /// What changed before it; none for cold builds.
    pub(crate) scenario: Option<&'a Scenario>,
    /// Its steps.
    pub(crate) steps: &'a [BuildStep],
    /// Why they ran.
    pub(crate) invalidated: &'a [Invalidation],
    /// Its cache mounts.
    pub(crate) mounts: &'a [CacheMount],
    /// What was built.
    pub(crate) resolved: &'a ResolvedSubject,
    /// The Dockerfile, as the user named it.
    pub(crate) dockerfile: &'a Path,
}

/// Names and ends of files that few builds need.
const UNNEEDED: &[&str] = &[
    ".md",
    ".rst",
    "LICENSE",
    "CHANGELOG",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".dockerignore",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "Jenkinsfile",
    ".gitlab-ci.yml",
    ".travis.yml",
];
/// Folders of which few builds need anything.
const UNNEEDED_FOLDERS: &[&str] = &[".git/", ".github/", "docs/", "doc/", ".vscode/", ".idea/"];

/// All findings, most seconds first.
pub(crate) fn of(case: &Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = case
        .invalidated
        .iter()
        .flat_map(|lost| [case.sources_before_dependencies(lost), case.unneeded_file(lost)])
        .flatten()
        .collect();
    findings.extend(case.without_cache_mount());
    findings.extend(arguments::findings(case));
    findings.extend(stages::findings(case));
    findings.extend(case.empty_mounts());
    findings.extend(case.differing_mount_ids());
    let shown = Some(case.dockerfile.display().to_string());
    for finding in &mut findings {
        finding.dockerfile.clone_from(&shown);
    }
    findings
        .sort_by(|one, other| other.seconds.unwrap_or(0.0).total_cmp(&one.seconds.unwrap_or(0.0)));
    findings
}

impl Case<'_> {
    /// The instruction of a step.
    fn instruction(&self, step: usize) -> Option<&Instruction> {
        instruction(&self.steps[step], &self.resolved.dockerfile)
    }

    /// The steps among these that install packages and ran, with how.
    fn installs<'s>(
        &'s self,
        steps: &'s [usize],
    ) -> impl Iterator<Item = (usize, &'s Instruction, Installer)> {
        steps.iter().filter_map(|at| {
            let found = self.instruction(*at)?;
            let ran = self.steps[*at].state == StepState::Executed && found.keyword == "RUN";
            Some((*at, found, installer(&found.text).filter(|_| ran)?))
        })
    }

    /// Sources were copied before packages are installed, so that a change of code
    /// installs them again.
    fn sources_before_dependencies(&self, lost: &Invalidation) -> Option<Finding> {
        let path = lost.what.as_deref().filter(|_| lost.cause == InvalidationCause::File)?;
        let copy = self.instruction(lost.step)?;
        if manifest(path).is_some() || !matches!(copy.keyword.as_str(), "COPY" | "ADD") {
            return None;
        }
        let installs: Vec<_> = self.installs(&lost.followed).collect();
        let (first, install, how) = installs.first()?;
        let seconds = installs.iter().filter_map(|(at, ..)| self.steps[*at].seconds).sum();
        let advice = format!(
            "{path} changed, and {} installed its packages again (line {}): copy what it reads ({}) and install before this line, the other sources after it",
            how.name, install.line, how.reads
        );
        let mut finding = self.finding(&kind::SOURCES, *first, advice);
        finding.seconds = Some(seconds);
        (finding.line, finding.instruction) = (lost.line, lost.instruction.clone());
        Some(finding)
    }

    /// A file that hardly any build needs was copied, and lost the cache.
    fn unneeded_file(&self, lost: &Invalidation) -> Option<Finding> {
        let path = lost.what.as_deref().filter(|_| lost.cause == InvalidationCause::File)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let of_folder = UNNEEDED_FOLDERS.iter().find(|folder| path.starts_with(**folder));
        let unneeded = of_folder.is_some()
            || name.starts_with("Dockerfile")
            || UNNEEDED.iter().any(|end| name.ends_with(end));
        if !unneeded {
            return None;
        }
        let line = of_folder.map_or(path, |folder| folder.trim_end_matches('/'));
        let advice = format!(
            "{path} was copied, and its change cost these steps: if no step needs it, add the line `{line}` to .dockerignore"
        );
        let mut finding = self.finding(&kind::UNNEEDED_FILE, lost.step, advice);
        finding.seconds = lost.seconds;
        Some(finding)
    }

    /// Packages were installed without a cache mount, and fetched again.
    fn without_cache_mount(&self) -> Vec<Finding> {
        if self.scenario.is_none() {
            return Vec::new();
        }
        let all: Vec<usize> = (0..self.steps.len()).collect();
        let found = self.installs(&all).filter(|(_, install, _)| install.cache_mounts().is_empty());
        found
            .filter_map(|(at, _, how)| {
                let folder = how.cache?;
                let advice = format!(
                    "{} fetched its packages again: keep them with --mount=type=cache,target={folder}{}",
                    how.name, how.note
                );
                Some(self.finding(&kind::NO_CACHE_MOUNT, at, advice))
            })
            .collect()
    }

    /// A cache mount in which the step left nothing.
    fn empty_mounts(&self) -> Vec<Finding> {
        let empty = |mount: &&CacheMount| mount.used && mount.bytes == Some(0);
        let found = self.mounts.iter().filter(empty).filter_map(|mount| {
            let line = *mount.lines.first()?;
            let at = self.steps.iter().position(|step| step.line == Some(line))?;
            let advice = format!(
                "the cache mount {} holds nothing after the step: it saves nothing (mount the folder that the program keeps its cache in, or leave it out)",
                mount.target
            );
            Some(self.finding(&kind::EMPTY_MOUNT, at, advice))
        });
        found.collect()
    }

    /// One folder mounted under several ids: each is a cache of its own.
    fn differing_mount_ids(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (place, mount) in self.mounts.iter().enumerate() {
            let other = self.mounts[..place].iter().find(|other| other.target == mount.target);
            let (Some(other), Some(line)) = (other, mount.lines.first()) else { continue };
            let Some(at) = self.steps.iter().position(|step| step.line == Some(*line)) else {
                continue;
            };
            let advice = format!(
                "{} is mounted with the ids {} and {}, which are two caches: give both one id",
                mount.target, other.id, mount.id
            );
            let mut finding = self.finding(&kind::MOUNT_IDS, at, advice);
            finding.seconds = None;
            findings.push(finding);
        }
        findings
    }

    /// A finding at this step, which cost what it took.
    fn finding(&self, kind: &Kind, step: usize, advice: String) -> Finding {
        let step = &self.steps[step];
        Finding {
            seconds: step.seconds,
            line: step.line,
            instruction: step.instruction.clone(),
            ..kind.advise(advice)
        }
    }
}
