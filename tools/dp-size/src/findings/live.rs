//! Live bytes that the image need not have.

use std::collections::BTreeMap;

use super::finding::{Finding, Image};
use super::masks::Masks;
use super::rules::{RULES, build_tools};
use crate::packages::Packages;
use crate::tree::{PathId, Tree};

/// Live files of one layer that belong to one rule.
#[derive(Debug, Default)]
struct Heap {
    bytes: u64,
    files: u64,
    parts: BTreeMap<PathId, u64>,
    packages: BTreeMap<String, u64>,
}

/// A finding for each rule and layer that has bytes.
pub(super) fn findings(
    tree: &Tree,
    image: &Image<'_>,
    masks: &Masks,
    packages: Option<&Packages>,
) -> Vec<Finding> {
    let mut heaps: BTreeMap<(usize, u16), Heap> = BTreeMap::new();
    let tools = build_tools();
    for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead() && file.size > 0) {
        let mask = masks.of(tree, id, file);
        if mask == 0 {
            continue;
        }
        let rule = mask.trailing_zeros() as usize;
        let heap = heaps.entry((rule, file.layer)).or_default();
        heap.bytes += file.size;
        heap.files += 1;
        if rule == tools {
            let name = packages.and_then(|all| all.owner(file.path)).unwrap_or_default();
            *heap.packages.entry(name.to_owned()).or_default() += file.size;
        } else {
            *heap.parts.entry(masks.root(tree, file.path, rule)).or_default() += file.size;
        }
    }
    let finding = |((rule, layer), heap): ((usize, u16), Heap)| {
        let Heap { bytes, files, parts, packages } = heap;
        let finding = image.finding(RULES[rule].code, layer, RULES[rule].advice);
        Finding { bytes, files, ..finding }.with_paths(tree, parts).with_packages(packages)
    };
    heaps.into_iter().map(finding).collect()
}
