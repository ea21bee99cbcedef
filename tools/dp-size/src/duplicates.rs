//! Equal content at several live paths.
//!
//! All but one of such files could be saved. Whether they may be made one is
//! another question: they may differ in owner or mode, or be meant to change
//! independently.

use dp_record::detail::size::{Duplicate, DuplicatePath};

use crate::dead::number;
use crate::tree::{FileId, Tree, largest_by};

/// Most paths of one content that are listed.
const MOST_PATHS: usize = 20;

/// Bytes of all equal files but one of each group.
pub(crate) fn bytes(tree: &Tree, groups: &[Vec<FileId>]) -> u64 {
    groups.iter().map(|files| spare_bytes(tree, files)).sum()
}

/// The groups with the most bytes.
pub(crate) fn detail(tree: &Tree, groups: &[Vec<FileId>], top: usize) -> Vec<Duplicate> {
    let path = |id: &FileId| tree.paths().bytes(tree.file(*id).path);
    let first = |files: &&Vec<FileId>| files.iter().map(path).min().unwrap_or_default();
    let top = largest_by(groups, top, |files| spare_bytes(tree, files), first);
    top.into_iter().map(|files| of_group(tree, files)).collect()
}

fn of_group(tree: &Tree, files: &[FileId]) -> Duplicate {
    let named = files.iter().map(|id| {
        let file = tree.file(*id);
        (tree.paths().bytes(file.path), number(file.layer))
    });
    let mut named: Vec<(Vec<u8>, u64)> = named.collect();
    named.sort_unstable();
    named.truncate(MOST_PATHS);
    let listed = |(path, layer): (Vec<u8>, u64)| DuplicatePath {
        path: String::from_utf8_lossy(&path).into_owned(),
        layer,
    };
    Duplicate {
        bytes: spare_bytes(tree, files),
        files: files.len() as u64,
        paths: named.into_iter().map(listed).collect(),
    }
}

/// Bytes of all but one.
fn spare_bytes(tree: &Tree, files: &[FileId]) -> u64 {
    let one = files.first().map_or(0, |id| tree.file(*id).size);
    one * (files.len() as u64).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::archive::pack_test::{bundle, saved};
    use crate::archive::read_stream;
    use crate::content::ContentRequests;
    use crate::tree::FileGroups;
    use crate::tree::builder::{file, link, whiteout};

    /// Files of a size are equal here: archives of tests are full of `x`.
    fn duplicates(top: usize) -> (u64, Value) {
        let layers = [
            vec![file("z", 30), file("a", 500), link("b", "a"), file("dead", 500)],
            vec![file("d/c", 500), file("y", 30), file("x", 30), file("one", 7), file("none", 0)],
            vec![whiteout("dead"), file("zero", 0)],
        ];
        let archive = bundle(&saved(&layers, "app"));
        let requests = ContentRequests::databases().with_digests();
        let archive = read_stream(&mut &archive[..], requests, &|| {}).unwrap();
        let tree = archive.tree(&archive.images[0]).unwrap();
        let equal = FileGroups::new(&tree).equal;
        (bytes(&tree, &equal), serde_json::to_value(detail(&tree, &equal, top)).unwrap())
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
