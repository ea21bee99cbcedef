//! Findings of live bytes that the image does not need: by the rules for paths, and
//! copies of equal content.

use std::collections::BTreeMap;

use dp_record::Finding;

use super::catalogue::DUPLICATE_CONTENT;
use super::finding::{Group, ImageContext, with_group};
use super::masks::Masks;
use super::rules::{RULES, build_tools};
use crate::packages::Packages;
use crate::tree::{File, FileGroups, FileId, Tree};

/// A finding for each rule and layer that has bytes.
pub(super) fn by_rule(
    tree: &Tree,
    image: &ImageContext<'_>,
    masks: &Masks,
    packages: Option<&Packages>,
) -> Vec<Finding> {
    let mut groups: BTreeMap<(usize, u16), Group> = BTreeMap::new();
    let tools = build_tools();
    for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead() && file.size > 0) {
        let mask = masks.of(tree, id, &file);
        if mask == 0 {
            continue;
        }
        let rule = mask.trailing_zeros() as usize;
        let group = groups.entry((rule, file.layer)).or_default();
        if rule == tools {
            let name = packages.and_then(|all| all.owner(file.path)).unwrap_or_default();
            group.add_package(name, file.size);
        } else {
            group.add(masks.root(tree, file.path, rule), file.size, 1);
        }
    }
    let finding = |((rule, layer), group): ((usize, u16), Group)| {
        with_group(image.finding(&RULES[rule].kind, layer), tree, group)
    };
    groups.into_iter().map(finding).collect()
}

/// A finding for each layer that brought a copy of a file. Of equal files the one
/// of the lowest layer, the first by its path, is no copy. Files of other findings
/// are left out, and those of packages: only their manager may link them.
pub(super) fn copies(
    tree: &Tree,
    groups: &FileGroups,
    image: &ImageContext<'_>,
    masks: &Masks,
    packages: Option<&Packages>,
) -> Vec<Finding> {
    let dpkg = tree.paths().find(b"/var/lib/dpkg/info");
    let is_managed = |file: &File| {
        let owner = packages.and_then(|all| all.owner(file.path));
        owner.is_some() || dpkg.is_some() && tree.paths().parent(file.path) == dpkg
    };
    let is_own = |id: &&FileId| {
        let file = tree.file(**id);
        masks.of(tree, **id, &file) == 0 && !is_managed(&file)
    };
    let mut layers: BTreeMap<u16, Group> = BTreeMap::new();
    for group in &groups.equal {
        let files: Vec<File> = group.iter().filter(is_own).map(|id| tree.file(*id)).collect();
        // One path at a time: those of an archive may be long, and many.
        let first = files.iter().min_by_key(|file| (file.layer, tree.paths().bytes(file.path)));
        let first = first.map(|file| file.path);
        for copy in files.iter().filter(|file| Some(file.path) != first) {
            layers.entry(copy.layer).or_default().add(copy.path, copy.size, 1);
        }
    }
    let finding =
        |(layer, group)| with_group(image.finding(&DUPLICATE_CONTENT, layer), tree, group);
    layers.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::pack_test::{bundle, saved};
    use crate::archive::read_stream;
    use crate::content::ContentRequests;
    use crate::findings::find;
    use crate::tree::builder::{TestEntry, file, link, text, whiteout};

    /// Code, layer, bytes and first path of what is found. Files of a size are
    /// equal here: archives of tests are full of `x`.
    fn found(
        layers: &[Vec<TestEntry>],
        requests: ContentRequests,
    ) -> Vec<(String, u64, u64, String)> {
        let bytes = bundle(&saved(layers, "app"));
        let archive = read_stream(&mut &bytes[..], requests, &|| {}).unwrap();
        let tree = archive.tree(&archive.images[0]).unwrap();
        let found =
            find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings.into_iter();
        found
            .map(|one| {
                (one.code, one.layer.unwrap(), one.bytes.unwrap(), one.paths[0].path.clone())
            })
            .collect()
    }

    fn layers() -> Vec<Vec<TestEntry>> {
        vec![
            vec![file("a", 500), link("b", "a"), file("usr/share/doc/d", 70), file("gone", 500)],
            vec![file("c", 500), file("d", 500), file("e", 70), file("none", 0)],
            vec![whiteout("gone"), file("zero", 0)],
        ]
    }

    #[test]
    fn copies_are_found_at_the_layer_that_brought_them() {
        let text = str::to_owned;
        let expected = [
            (text("duplicate_content"), 2, 1_000, text("/c")),
            (text("removed_later"), 1, 500, text("/gone")),
            (text("docs"), 1, 70, text("/usr/share/doc")),
        ];
        assert_eq!(found(&layers(), ContentRequests::databases().with_digests()), expected);
        assert_eq!(found(&layers(), ContentRequests::databases()), expected[1..]);
    }

    #[test]
    fn files_of_packages_are_left_to_their_manager() {
        let layers = [vec![
            text("lib/apk/db/installed", "P:a\nF:usr\nR:one\nR:two\n"),
            file("usr/one", 900),
            file("usr/two", 900),
            file("var/lib/dpkg/info/a.prerm", 800),
            file("var/lib/dpkg/info/b.prerm", 800),
        ]];
        assert!(found(&layers, ContentRequests::databases().with_digests()).is_empty());
    }
}
