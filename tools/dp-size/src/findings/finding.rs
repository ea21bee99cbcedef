//! One finding, as records write it.

use std::cmp::Reverse;

use serde::Serialize;

use crate::dead::{Place, number};
use crate::layers::Maker;
use crate::tree::{PathId, Tree, largest};

/// Most parts that a finding lists.
const MOST_PARTS: usize = 5;

/// What to do about bytes of the base.
const BASE_ADVICE: &str = "the base image brought them, so no later instruction takes them away: use a smaller base, or mend it in the base's own build";

/// Something to change.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    /// What it is, by a name that stays.
    pub(crate) code: &'static str,
    /// Whether it costs bytes.
    pub(crate) severity: Severity,
    /// What is saved if the advice is followed. The bytes of different findings
    /// are different bytes.
    pub(crate) bytes: u64,
    /// How many files these are.
    pub(crate) files: u64,
    /// The layer at fault, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<usize>,
    /// The instruction at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instruction: Option<String>,
    /// Its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// The file that the line is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dockerfile: Option<String>,
    /// Whether the base image brought it; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<bool>,
    /// Of dead bytes: what wrote them, where that is not at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wrote: Option<Place>,
    /// Of dead bytes: what hid them, where that is not at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hid: Option<Place>,
    /// The biggest paths, a folder as one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) paths: Vec<PathPart>,
    /// The biggest packages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<PackagePart>,
    /// What to do, in one sentence.
    pub(crate) advice: String,
}

/// What a finding costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Bytes.
    Waste,
    /// No bytes, but perhaps more than these.
    Risk,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PathPart {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PackagePart {
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// What is known of an image beside its files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Image<'i> {
    /// What made each layer, lowest first.
    pub(crate) makers: &'i [Maker],
    /// The Dockerfile that lines are of.
    pub(crate) dockerfile: Option<&'i str>,
    /// The user that it runs as, empty for root; none if that is not known.
    pub(crate) user: Option<&'i str>,
    /// The instruction that says so, or that should, with its line.
    pub(crate) user_line: Option<(&'i str, usize)>,
}

impl Image<'_> {
    /// A layer, as one looks for it.
    pub(crate) fn place(&self, layer: u16) -> Place {
        Place::new(self.makers, layer)
    }

    /// A finding of which this layer is at fault.
    pub(crate) fn finding(&self, code: &'static str, layer: u16, advice: &str) -> Finding {
        let maker = self.makers.get(usize::from(layer)).cloned().unwrap_or_default();
        Finding {
            layer: Some(number(layer)),
            instruction: maker.instruction,
            line: maker.line,
            dockerfile: maker.line.and(self.dockerfile).map(str::to_owned),
            ..Finding::new(code, Severity::Waste, advice.to_owned())
        }
    }
}

impl Finding {
    /// One that names no layer.
    pub(crate) fn new(code: &'static str, severity: Severity, advice: String) -> Self {
        Self {
            code,
            severity,
            bytes: 0,
            files: 0,
            layer: None,
            instruction: None,
            line: None,
            dockerfile: None,
            base: None,
            wrote: None,
            hid: None,
            paths: Vec::new(),
            packages: Vec::new(),
            advice,
        }
    }

    /// The same, with what it is made of.
    pub(crate) fn with_paths(
        self,
        tree: &Tree,
        parts: impl IntoIterator<Item = (PathId, u64)>,
    ) -> Self {
        let part = |(path, bytes)| PathPart { path: tree.paths().text(path), bytes };
        let paths = largest(parts, MOST_PARTS, tree.paths()).into_iter().map(part).collect();
        Self { paths, ..self }
    }

    /// The same, with the packages that it is made of.
    pub(crate) fn with_packages(self, parts: impl IntoIterator<Item = (String, u64)>) -> Self {
        let mut packages: Vec<PackagePart> =
            parts.into_iter().map(|(name, bytes)| PackagePart { name, bytes }).collect();
        packages.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        packages.truncate(MOST_PARTS);
        Self { packages, ..self }
    }

    /// Says whether the layer at fault is one of so many of the base. Then no
    /// instruction of the Dockerfile can mend it, but its FROM.
    pub(crate) fn set_base(&mut self, layers: usize) {
        self.base = self.layer.map(|layer| layer <= layers);
        if self.base == Some(true) {
            self.advice = match self.severity {
                Severity::Waste => BASE_ADVICE.to_owned(),
                Severity::Risk => format!("the base image brought them: {}", self.advice),
            };
        }
    }

    /// Biggest first; of equal ones waste before risk, then by layers and code.
    pub(super) fn order(&self) -> impl Ord + use<> {
        let hid = self.hid.as_ref().or(self.wrote.as_ref()).map(Place::layer);
        (Reverse(self.bytes), self.severity, self.layer, hid, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(layer: u16) -> Finding {
        Image::default().finding("docs", layer, "leave them out")
    }

    #[test]
    fn what_the_base_brought_is_not_blamed_on_the_dockerfile() {
        let [mut base, mut own] = [finding(1), finding(2)];
        base.set_base(2);
        own.set_base(2);
        assert_eq!((base.base, own.base), (Some(true), Some(false)));
        assert!(base.advice.starts_with("the base image brought them"));
        assert_eq!(own.advice, "leave them out");
        let mut nowhere = Finding::new("runs_as_root", Severity::Risk, "add USER".to_owned());
        nowhere.set_base(2);
        assert_eq!((nowhere.base, nowhere.advice.as_str()), (None, "add USER"));
    }

    #[test]
    fn the_biggest_packages_are_listed() {
        let parts = (0..9).map(|n| (format!("p{n}"), if n == 3 { 9 } else { 5 }));
        let names = finding(0).with_packages(parts).packages.into_iter().map(|one| one.name);
        assert_eq!(names.collect::<Vec<_>>(), ["p3", "p0", "p1", "p2", "p4"]);
    }
}
