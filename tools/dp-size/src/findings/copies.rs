//! Live files of which an equal one stands elsewhere, where digests were taken.

use std::collections::{BTreeMap, HashMap};

use super::finding::{Finding, Image};
use super::masks::Masks;
use crate::content::Digest;
use crate::packages::Packages;
use crate::tree::{File, PathId, Tree};

const ADVICE: &str = "the same bytes stand at another path too: bring them once, and link the other path to it (ln -s), or leave the copy out";

/// A finding for each layer that brought a copy of what was there. The one of
/// the lowest layer, first by its path, is no copy. Files of other findings are
/// left out, and those of packages: nobody but their manager may link them.
pub(super) fn findings(
    tree: &Tree,
    image: &Image<'_>,
    masks: &Masks,
    packages: Option<&Packages>,
) -> Vec<Finding> {
    let dpkg = tree.paths().find(b"/var/lib/dpkg/info");
    let is_managed = |file: &File| {
        let owner = packages.and_then(|all| all.owner(file.path));
        owner.is_some() || dpkg.is_some() && tree.paths().parent(file.path) == dpkg
    };
    let mut groups: HashMap<(u64, &Digest), Vec<&File>> = HashMap::new();
    for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead()) {
        if let Some(digest) = tree.digest(id)
            && masks.of(tree, id, file) == 0
            && !is_managed(file)
        {
            groups.entry((file.size, digest)).or_default().push(file);
        }
    }
    let mut layers: BTreeMap<u16, BTreeMap<PathId, u64>> = BTreeMap::new();
    for files in groups.into_values().filter(|files| files.len() > 1) {
        // One path at a time: those of an archive may be long, and many.
        let first = files.iter().min_by_key(|file| (file.layer, tree.paths().bytes(file.path)));
        let first = first.map(|file| file.path);
        for copy in files.iter().filter(|file| Some(file.path) != first) {
            layers.entry(copy.layer).or_default().insert(copy.path, copy.size);
        }
    }
    let finding = |(layer, copies): (u16, BTreeMap<PathId, u64>)| {
        let (bytes, files) = (copies.values().sum(), copies.len() as u64);
        let finding = image.finding("duplicate_content", layer, ADVICE);
        Finding { bytes, files, ..finding }.with_paths(tree, copies)
    };
    layers.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::pack_test::{bundle, saved};
    use crate::archive::read_stream;
    use crate::content::Wishes;
    use crate::findings::find;
    use crate::tree::sketch::{Sketch, file, link, text, whiteout};

    /// Code, layer, bytes and first path of what is found. Files of a size are
    /// equal here: archives of tests are full of `x`.
    fn found(layers: &[Vec<Sketch>], wishes: Wishes) -> Vec<(&'static str, usize, u64, String)> {
        let bytes = bundle(&saved(layers, "app"));
        let archive = read_stream(&mut &bytes[..], wishes).unwrap();
        let tree = archive.tree(&archive.images[0]).unwrap();
        let found = find(&tree, &Image::default()).findings.into_iter();
        found
            .map(|one| (one.code, one.layer.unwrap(), one.bytes, one.paths[0].path.clone()))
            .collect()
    }

    fn layers() -> Vec<Vec<Sketch>> {
        vec![
            vec![file("a", 500), link("b", "a"), file("usr/share/doc/d", 70), file("gone", 500)],
            vec![file("c", 500), file("d", 500), file("e", 70), file("none", 0)],
            vec![whiteout("gone"), file("zero", 0)],
        ]
    }

    #[test]
    fn copies_are_told_by_the_layer_that_brought_them() {
        let text = str::to_owned;
        let expected = [
            ("duplicate_content", 2, 1_000, text("/c")),
            ("removed_later", 1, 500, text("/gone")),
            ("docs", 1, 70, text("/usr/share/doc")),
        ];
        assert_eq!(found(&layers(), Wishes::databases().with_digests()), expected);
        assert_eq!(found(&layers(), Wishes::databases()), expected[1..]);
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
        assert!(found(&layers, Wishes::databases().with_digests()).is_empty());
    }
}
