//! Equal content at several live paths.
//!
//! Files with the same bytes (by SHA-256) that are different files to the
//! kernel: hard links share their bytes, and are one. All but one of such files
//! are there for nothing. Whether they may be made one is another question:
//! they may differ in owner or mode, or be meant to change apart.

use std::collections::HashMap;

use serde::Serialize;

use crate::content::Digest;
use crate::dead::number;
use crate::tree::{File, Tree, largest_by};

/// Most paths of one content that are listed.
const MOST_PATHS: usize = 20;

/// Files of the same content.
#[derive(Debug, Serialize)]
pub(crate) struct DuplicateDetail {
    /// Bytes of all but one of them.
    bytes: u64,
    /// How many they are.
    files: usize,
    /// Where they stand, in byte order; of many the first.
    paths: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    path: String,
    layer: usize,
}

/// All contents that stand at several paths.
pub(crate) struct Duplicates<'t> {
    tree: &'t Tree,
    groups: Vec<Vec<&'t File>>,
}

impl<'t> Duplicates<'t> {
    /// Finds them by the digests of the files.
    pub(crate) fn new(tree: &'t Tree) -> Self {
        let mut groups: HashMap<(u64, &Digest), Vec<&File>> = HashMap::new();
        for (id, file) in tree.numbered().filter(|(_, file)| !file.is_dead()) {
            if let Some(digest) = tree.digest(id) {
                groups.entry((file.size, digest)).or_default().push(file);
            }
        }
        let groups = groups.into_values().filter(|files| files.len() > 1).collect();
        Self { tree, groups }
    }

    /// Bytes that nobody would miss.
    pub(crate) fn bytes(&self) -> u64 {
        self.groups.iter().map(|files| spare(files)).sum()
    }

    /// Those with the most bytes.
    pub(crate) fn detail(&self, top: usize) -> Vec<DuplicateDetail> {
        let first = |files: &&Vec<&File>| {
            let paths = files.iter().map(|file| self.tree.paths().bytes(file.path));
            paths.min().unwrap_or_default()
        };
        let top = largest_by(&self.groups, top, |files| spare(files), first);
        top.into_iter().map(|files| self.of(files)).collect()
    }

    fn of(&self, files: &[&File]) -> DuplicateDetail {
        let mut named: Vec<(Vec<u8>, usize)> = files
            .iter()
            .map(|file| (self.tree.paths().bytes(file.path), number(file.layer)))
            .collect();
        named.sort_unstable();
        named.truncate(MOST_PATHS);
        let place = |(path, layer): (Vec<u8>, usize)| Place {
            path: String::from_utf8_lossy(&path).into_owned(),
            layer,
        };
        DuplicateDetail {
            bytes: spare(files),
            files: files.len(),
            paths: named.into_iter().map(place).collect(),
        }
    }
}

/// Bytes of all but one.
fn spare(files: &[&File]) -> u64 {
    let one = files.first().map_or(0, |file| file.size);
    one * (files.len() as u64).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::archive::pack_test::{bundle, saved};
    use crate::archive::read_stream;
    use crate::content::Wishes;
    use crate::tree::sketch::{file, link, whiteout};

    /// Files of a size are equal here: archives of tests are full of `x`.
    fn duplicates(top: usize) -> (u64, Value) {
        let layers = [
            vec![file("z", 30), file("a", 500), link("b", "a"), file("dead", 500)],
            vec![file("d/c", 500), file("y", 30), file("x", 30), file("one", 7), file("none", 0)],
            vec![whiteout("dead"), file("zero", 0)],
        ];
        let bytes = bundle(&saved(&layers, "app"));
        let wishes = Wishes::databases().with_digests();
        let archive = read_stream(&mut &bytes[..], wishes).unwrap();
        let tree = archive.tree(&archive.images[0]).unwrap();
        let found = Duplicates::new(&tree);
        (found.bytes(), serde_json::to_value(found.detail(top)).unwrap())
    }

    #[test]
    fn equal_content_counts_at_all_live_files_but_one_and_links_are_one() {
        let place = |path: &str, layer: usize| json!({"path": path, "layer": layer});
        let expected = json!([
            {"bytes": 500, "files": 2, "paths": [place("/a", 1), place("/d/c", 2)]},
            {"bytes": 60, "files": 3, "paths": [place("/x", 2), place("/y", 2), place("/z", 1)]},
        ]);
        assert_eq!(duplicates(10), (560, expected));
    }

    #[test]
    fn top_limits_the_list_and_not_the_sum() {
        let (bytes, list) = duplicates(1);
        assert_eq!((bytes, list.as_array().unwrap().len()), (560, 1));
    }
}
