//! The cache mounts of a build: which there are, and what is in them.

use std::collections::BTreeMap;

use dp_builds::cache::OwnMount;
use dp_builds::subject::ResolvedSubject;
use dp_dockerfile::{Instruction, Stages};
use dp_record::detail::build::{BuildStep, StepState};
use dp_record::detail::cache::CacheMount;

/// Those that the target's stages mount, by id. `filled` are the engine's own records
/// of them when the build had ended; before a cold one they were empty.
pub(crate) fn of(
    steps: &[BuildStep],
    resolved: &ResolvedSubject,
    filled: &[OwnMount],
    is_cold: bool,
) -> Vec<CacheMount> {
    let mut mounts: BTreeMap<(String, String), CacheMount> = BTreeMap::new();
    for instruction in needed(resolved) {
        let line = instruction.line as u64;
        let ran =
            steps.iter().any(|step| step.line == Some(line) && step.state == StepState::Executed);
        for flag in instruction.cache_mounts() {
            let key = (flag.id.clone(), flag.target.clone());
            let mount = mounts.entry(key).or_insert_with(|| CacheMount {
                id: flag.id,
                target: flag.target,
                ..CacheMount::default()
            });
            mount.lines.push(line);
            mount.used |= ran;
        }
    }
    let mut mounts: Vec<CacheMount> = mounts.into_values().collect();
    let targets: Vec<String> = mounts.iter().map(|mount| mount.target.clone()).collect();
    for mount in &mut mounts {
        mount.bytes = bytes(&mount.target, &targets, filled);
        mount.warm = if is_cold { Some(false) } else { mount.bytes.map(|bytes| bytes > 0) };
    }
    mounts
}

/// The bytes of the mount with this target; none where several have the same, or
/// the engine does not tell.
fn bytes(target: &str, targets: &[String], filled: &[OwnMount]) -> Option<u64> {
    let same = targets.iter().filter(|other| *other == target).count();
    let mut found = filled.iter().filter(|mount| mount.target == target);
    match (same, found.next(), found.next()) {
        (1, Some(mount), None) => Some(mount.bytes),
        _ => None,
    }
}

/// The instructions of the stages that the target needs.
fn needed(resolved: &ResolvedSubject) -> impl Iterator<Item = &Instruction> {
    let needed = Stages::resolve(&resolved.dockerfile, &resolved.build_args)
        .needed(resolved.subject.target.as_deref());
    let stages = resolved.dockerfile.stages.iter();
    stages
        .filter(move |stage| needed.as_ref().is_none_or(|needed| needed.contains(&stage.index)))
        .flat_map(|stage| &stage.instructions)
        .filter(|instruction| !instruction.onbuild)
}
