//! Findings: what makes the image larger than it must be, and what to do.
//!
//! Every byte of the image has at most one owner, so the bytes of all findings
//! are never more than what can be saved (`size_bytes` less what would remain):
//!
//! 1. dead bytes: what one layer holds twice (`written_twice`), a copy that differs from
//!    its original by mode or owner alone (`chown_copy`, `chmod_copy`) or by nothing but
//!    another name (`link_copy`), else `overwritten_later`, `removed_later`;
//! 2. live bytes: the first of [`rules::RULES`] that matches the file; of a file
//!    of several names only if it is for all of them, since the bytes go with
//!    the last name;
//! 3. live bytes that are at another path too, where digests were taken
//!    (`duplicate_content`): all but one copy, of files that no rule matches and no
//!    package brought.
//!
//! Findings of dead bytes name the layer that wrote them and the one that deleted or
//! overwrote them, those of live bytes the layer that wrote them. At fault, and named
//! by `instruction` and `line`, is the one to change: what wrote the bytes; of copies
//! the chown, chmod or link; the RUN that wrote anew what a COPY brought. What the base image brought is marked: no line of the
//! Dockerfile is at fault but its FROM.
//!
//! Besides this `waste` there are `risk` findings without bytes: the user root, files
//! that look like secrets by their names (their content is not read), and secrets that
//! stand in the history or the configuration (their names alone are shown).

mod catalogue;
mod dead;
mod finding;
mod kind;
mod live;
mod masks;
mod pattern;
#[cfg(test)]
mod property_test;
mod risk;
mod rules;
mod secrets;
mod views;

pub(crate) use catalogue::all as all_kinds;
pub(crate) use finding::{ImageContext, set_base};
pub(crate) use kind::FindingKind;
pub(crate) use views::set;

use dp_record::Finding;

use crate::packages::Packages;
use crate::tree::{FileGroups, Tree};

/// Findings and views of one image.
pub(crate) struct Found {
    /// Biggest first, those without bytes last; each kind in the order of
    /// layers.
    pub(crate) findings: Vec<Finding>,
    /// Bytes of kinds of files, for metrics.
    pub(crate) views: views::Views,
}

/// Looks for all kinds of findings.
pub(crate) fn find(tree: &Tree, groups: &FileGroups, image: &ImageContext<'_>) -> Found {
    let packages = Packages::read(tree);
    let masks = masks::Masks::with_packages(tree, packages.as_ref());
    let mut findings = dead::findings(tree, groups, image);
    findings.extend(live::by_rule(tree, image, &masks, packages.as_ref()));
    findings.extend(live::copies(tree, groups, image, &masks, packages.as_ref()));
    findings.extend(secrets::finding(tree, image, packages.as_ref()));
    findings.extend(risk::secrets_in_history(image));
    findings.extend(risk::runs_as_root(image));
    findings.sort_by_key(finding::order);
    let views = views::Views::new(tree, &masks, packages.as_ref());
    Found { findings, views }
}
