//! Bytes of kinds of files, for metrics. Unlike the bytes of findings they may
//! overlap: a file of two kinds counts in both, so that each metric can be checked
//! by itself (`du` of the folders, the lists of the packages).

use dp_record::Metrics;

use super::masks::{Mask, Masks, bit};
use super::rules::{Group, RULES};
use crate::packages::Packages;
use crate::tree::Tree;

/// Live bytes by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Views {
    package_cache: u64,
    /// None where no package database says which files are theirs.
    build_tools: Option<u64>,
    docs: u64,
}

impl Views {
    /// Counts all live files.
    pub(super) fn new(tree: &Tree, masks: &Masks, packages: Option<&Packages>) -> Self {
        let known = packages.is_some_and(Packages::is_complete);
        let groups = [Group::PackageCache, Group::BuildTools, Group::Docs].map(of_group);
        let mut bytes = [0; 3];
        for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead()) {
            let mask = masks.of(tree, id, &file);
            for (sum, group) in bytes.iter_mut().zip(groups) {
                if mask & group != 0 {
                    *sum += file.size;
                }
            }
        }
        let [package_cache, build_tools, docs] = bytes;
        Self { package_cache, build_tools: known.then_some(build_tools), docs }
    }
}

fn of_group(group: Group) -> Mask {
    let rules = RULES.iter().enumerate().filter(|(_, rule)| rule.group == group);
    rules.map(|(index, _)| bit(index)).sum()
}

/// Sets their metrics.
pub(crate) fn set(metrics: &mut Metrics, views: Views) {
    metrics.set_count("package_cache_bytes", views.package_cache);
    if let Some(bytes) = views.build_tools {
        metrics.set_count("build_tool_bytes", bytes);
    }
    metrics.set_count("docs_bytes", views.docs);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::builder::{file, text, tree};

    #[test]
    fn a_file_of_two_kinds_counts_in_both() {
        let tree = tree(&[vec![
            text("var/lib/dpkg/status", "Package: gcc\nSection: devel\nArchitecture: amd64\n"),
            text("var/lib/dpkg/info/gcc.list", "/usr/bin/gcc\n/usr/share/doc/gcc/README\n"),
            file("usr/bin/gcc", 100),
            file("usr/share/doc/gcc/README", 20),
            file("usr/share/doc/other", 3),
            file("var/cache/apt/pkgcache.bin", 4_000),
            file("var/log/dpkg.log", 500),
        ]]);
        let packages = Packages::read(&tree);
        let masks = Masks::with_packages(&tree, packages.as_ref());
        let views = Views::new(&tree, &masks, packages.as_ref());
        let expected = Views { package_cache: 4_500, build_tools: Some(120), docs: 23 };
        assert_eq!(views, expected);
    }

    #[test]
    fn without_a_database_the_bytes_of_build_tools_are_unknown() {
        let tree = tree(&[vec![file("usr/bin/gcc", 1)]]);
        let mut metrics = Metrics::default();
        set(&mut metrics, Views::new(&tree, &Masks::with_packages(&tree, None), None));
        assert_eq!(metrics.get("build_tool_bytes"), None);
        assert_eq!(metrics.get("docs_bytes"), Some(0.0));
    }
}
