//! Findings of an image, as records write them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dp_record::detail::{LayerRef, PackageBytes, PathBytes};
use dp_record::{Finding, Severity};

use super::kind::FindingKind;
use crate::dead::{layer_ref, number};
use crate::history_secrets::SecretNames;
use crate::layers::LayerSource;
use crate::tree::{PathId, Tree, largest, largest_by};

/// Most parts that a finding lists.
const MOST_PARTS: usize = 5;

/// What to do about bytes of the base.
const BASE_ADVICE: &str = "the base image brought them, so no later instruction takes them away: use a smaller base, or mend it in the base's own build";

/// What is known of an image besides its files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ImageContext<'i> {
    /// What made each layer, lowest first.
    pub(crate) layer_sources: &'i [LayerSource],
    /// The Dockerfile that lines are of.
    pub(crate) dockerfile: Option<&'i str>,
    /// The user that it runs as, empty for root; none if that is not known.
    pub(crate) user: Option<&'i str>,
    /// The instruction that says so, or that should, with its line.
    pub(crate) user_line: Option<(&'i str, u64)>,
    /// Secrets that its history and configuration give away.
    pub(crate) secrets: &'i [SecretNames],
}

/// Files that one finding is made of.
#[derive(Debug, Default)]
pub(super) struct Group {
    bytes: u64,
    files: u64,
    paths: BTreeMap<PathId, u64>,
    packages: BTreeMap<String, u64>,
}

impl Group {
    /// Adds files at this path or below it.
    pub(super) fn add(&mut self, path: PathId, bytes: u64, files: u64) {
        self.bytes += bytes;
        self.files += files;
        *self.paths.entry(path).or_default() += bytes;
    }

    /// Adds a file of this package.
    pub(super) fn add_package(&mut self, name: &str, bytes: u64) {
        self.bytes += bytes;
        self.files += 1;
        *self.packages.entry(name.to_owned()).or_default() += bytes;
    }
}

impl ImageContext<'_> {
    /// A layer, as records name it.
    pub(super) fn layer_ref(&self, layer: u16) -> LayerRef {
        layer_ref(self.layer_sources, layer)
    }

    /// A finding for which this layer is at fault.
    pub(super) fn finding(&self, kind: &FindingKind, layer: u16) -> Finding {
        let layer_source = self.layer_sources.get(usize::from(layer)).cloned().unwrap_or_default();
        Finding {
            layer: Some(number(layer)),
            instruction: layer_source.instruction,
            line: layer_source.line,
            dockerfile: layer_source.line.and(self.dockerfile).map(str::to_owned),
            ..without_layer(kind)
        }
    }
}

/// A finding that names no layer, and counts no bytes yet.
pub(super) fn without_layer(kind: &FindingKind) -> Finding {
    let finding = Finding::new(kind.code(), kind.severity().clone(), kind.advice());
    Finding { bytes: Some(0), files: Some(0), ..finding }
}

/// The finding, with the files that it is made of.
pub(super) fn with_group(finding: Finding, tree: &Tree, group: Group) -> Finding {
    let path = |(path, bytes)| PathBytes { path: tree.paths().text(path), bytes };
    let paths = largest(group.paths, MOST_PARTS, tree.paths());
    let name = |(name, _): &(String, u64)| name.clone().into_bytes();
    let packages = largest_by(group.packages, MOST_PARTS, |(_, bytes)| *bytes, name);
    let package = |(name, bytes)| PackageBytes { name, bytes };
    Finding {
        bytes: Some(group.bytes),
        files: Some(group.files),
        paths: paths.into_iter().map(path).collect(),
        packages: packages.into_iter().map(package).collect(),
        ..finding
    }
}

/// Says whether the layer at fault is one of so many of the base. If it is, no
/// instruction of the Dockerfile can change that but its FROM.
pub(crate) fn set_base(finding: &mut Finding, layers: u64) {
    finding.base = finding.layer.map(|layer| layer <= layers);
    if finding.base == Some(true) {
        finding.advice = match finding.severity {
            Severity::Risk => format!("the base image brought them: {}", finding.advice),
            _ => BASE_ADVICE.to_owned(),
        };
    }
}

/// Most bytes first; of equal ones waste before risk, then by layers and code.
pub(super) fn order(finding: &Finding) -> impl Ord + use<> {
    let other = finding.hid.as_ref().or(finding.wrote.as_ref()).map(|other| other.layer);
    let (severity, code) = (finding.severity.clone(), finding.code.clone());
    (Reverse(finding.bytes), severity, finding.layer, other, code)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{CHMOD_COPY, RUNS_AS_ROOT};
    use super::*;
    use crate::tree::builder::tree;

    fn finding(layer: u16) -> Finding {
        ImageContext::default().finding(&CHMOD_COPY, layer)
    }

    #[test]
    fn what_the_base_brought_is_not_blamed_on_the_dockerfile() {
        let [mut base, mut own] = [finding(1), finding(2)];
        set_base(&mut base, 2);
        set_base(&mut own, 2);
        assert_eq!((base.base, own.base), (Some(true), Some(false)));
        assert!(base.advice.starts_with("the base image brought them"));
        assert_eq!(own.advice, CHMOD_COPY.advice());
        let mut nowhere = without_layer(&RUNS_AS_ROOT);
        set_base(&mut nowhere, 2);
        assert_eq!((nowhere.base, nowhere.advice.as_str()), (None, RUNS_AS_ROOT.advice()));
    }

    #[test]
    fn the_biggest_packages_are_listed() {
        let mut group = Group::default();
        (0..9).for_each(|n| group.add_package(&format!("p{n}"), if n == 3 { 9 } else { 5 }));
        let found = with_group(finding(0), &tree(&[]), group);
        assert_eq!((found.bytes, found.files), (Some(49), Some(9)));
        let names = found.packages.into_iter().map(|one| one.name);
        assert_eq!(names.collect::<Vec<_>>(), ["p3", "p0", "p1", "p2", "p4"]);
    }
}
