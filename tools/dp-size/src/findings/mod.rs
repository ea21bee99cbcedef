//! Findings: what makes the image larger than it must be, and what to do.
//!
//! Every byte of the image has at most one owner, so the bytes of all findings
//! are never more than what can be saved (`size_bytes` less what would remain):
//!
//! 1. dead bytes: a copy that differs from its original by mode or owner alone
//!    (`chown_copy`, `chmod_copy`), else `overwritten_later`, `removed_later`;
//! 2. live bytes: the first of [`rules::RULES`] that is for the file; of a file
//!    of several names only if it is for all of them, since the bytes go with
//!    the last name;
//! 3. live bytes that stand at another path too, where digests were taken
//!    (`duplicate_content`): all but one copy, of files that no rule
//!    is for and no package brought.
//!
//! Dead bytes are told by the layer that wrote and the one that hid them, live
//! ones by the layer that wrote them. At fault, and named by `instruction` and
//! `line`, is the one to change: what wrote the bytes, for copies the chown or
//! chmod. What the base image brought is marked so: no line of the Dockerfile
//! is at fault, but its FROM.
//!
//! Beside that `waste` stand `risk` findings without bytes: the user root, and
//! files that look like secrets by their names (their content is not read).

mod copies;
mod dead;
mod finding;
mod live;
mod masks;
mod pattern;
#[cfg(test)]
mod property_test;
mod risk;
mod rules;
mod secrets;
mod views;

pub(crate) use finding::{Finding, Image};
pub(crate) use views::set;

use crate::packages::Packages;
use crate::tree::Tree;

/// Findings and views of one image.
pub(crate) struct Found {
    /// Biggest first, those without bytes last; each kind in the order of
    /// layers.
    pub(crate) findings: Vec<Finding>,
    /// Bytes of kinds of files, for metrics.
    pub(crate) views: views::Views,
}

/// Looks for all of them.
pub(crate) fn find(tree: &Tree, image: &Image<'_>) -> Found {
    let packages = Packages::read(tree);
    let masks = masks::Masks::with_packages(tree, packages.as_ref());
    let mut findings = dead::findings(tree, image);
    findings.extend(live::findings(tree, image, &masks, packages.as_ref()));
    findings.extend(copies::findings(tree, image, &masks, packages.as_ref()));
    findings.extend(secrets::finding(tree, image, packages.as_ref()));
    findings.extend(risk::runs_as_root(image));
    findings.sort_by_key(Finding::order);
    let views = views::Views::new(tree, &masks, packages.as_ref());
    Found { findings, views }
}
