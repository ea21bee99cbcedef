//! Dead bytes: who wrote them for nothing, or hid them.

use std::collections::BTreeMap;

use super::finding::{Finding, Image};
use crate::tree::{File, FileId, Hidden, How, PathId, Tree};

/// How bytes died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Death {
    /// The same bytes again, with another owner.
    Chown,
    /// The same bytes again, with another mode.
    Chmod,
    Overwritten,
    Removed,
}

/// Dead files of which the same is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    death: Death,
    layer: u16,
    hidden_by: u16,
}

/// What they are.
#[derive(Debug, Default)]
struct Heap {
    bytes: u64,
    files: u64,
    parts: BTreeMap<PathId, u64>,
}

/// A finding for each way in which a layer hid bytes of another.
pub(super) fn findings(tree: &Tree, image: &Image<'_>) -> Vec<Finding> {
    let mut heaps: BTreeMap<Key, Heap> = BTreeMap::new();
    for (id, file) in tree.numbered().filter(|(_, file)| file.size > 0) {
        let Some(hidden) = file.hidden else { continue };
        let (death, path) = death(tree, id, file, hidden);
        let key = Key { death, layer: file.layer, hidden_by: hidden.layer };
        let heap = heaps.entry(key).or_default();
        heap.bytes += file.size;
        heap.files += 1;
        *heap.parts.entry(path).or_default() += file.size;
    }
    heaps.into_iter().map(|(key, heap)| finding(tree, image, key, heap)).collect()
}

/// How a file died, and at which path.
fn death(tree: &Tree, id: FileId, file: &File, hidden: Hidden) -> (Death, PathId) {
    let by = match hidden.how {
        How::Removed { root } => return (Death::Removed, root),
        How::Overwritten { by } => by,
    };
    let copy = by.filter(|by| {
        let differ = |a, b| a != b;
        let other = match (tree.digest(id), tree.digest(*by)) {
            (Some(a), Some(b)) => differ(a, b),
            _ => false,
        };
        tree.file(*by).size == file.size && !other
    });
    let death = match copy.map(|by| tree.file(by).meta) {
        Some(meta) if (meta.uid, meta.gid) != (file.meta.uid, file.meta.gid) => Death::Chown,
        Some(meta) if meta.mode != file.meta.mode => Death::Chmod,
        _ => Death::Overwritten,
    };
    (death, file.path)
}

fn finding(tree: &Tree, image: &Image<'_>, key: Key, heap: Heap) -> Finding {
    let Heap { bytes, files, parts } = heap;
    let (wrote, hid) = (image.place(key.layer), image.place(key.hidden_by));
    let finding = match key.death {
        Death::Chown | Death::Chmod => {
            let finding = copied(image, key);
            Finding { wrote: Some(wrote), ..finding }
        }
        Death::Overwritten | Death::Removed => {
            let (code, advice) = advice(key.death, wrote.instruction());
            Finding { hid: Some(hid), ..image.finding(code, key.layer, advice) }
        }
    };
    Finding { bytes, files, ..finding }.with_paths(tree, parts)
}

/// At fault is what copied, whoever wrote the original.
fn copied(image: &Image<'_>, key: Key) -> Finding {
    let (code, advice) = match key.death {
        Death::Chown => (
            "chown_copy",
            "a change of owner stores the whole file again: set it where the file is made, by COPY --chown or in the same RUN",
        ),
        _ => (
            "chmod_copy",
            "a change of mode stores the whole file again: set it where the file is made, by COPY --chmod or in the same RUN",
        ),
    };
    image.finding(code, key.hidden_by, advice)
}

/// What is to be done depends on what wrote the bytes.
fn advice(death: Death, wrote: Option<&str>) -> (&'static str, &'static str) {
    let is_copy = wrote.is_some_and(|text| text.starts_with("COPY ") || text.starts_with("ADD "));
    match (death, is_copy) {
        (Death::Removed, true) => (
            "removed_later",
            "a later layer only hides them: leave them out of the COPY, or bring them by RUN --mount=type=bind",
        ),
        (Death::Removed, false) => (
            "removed_later",
            "a later layer only hides them: remove them in the same RUN that wrote them",
        ),
        (_, true) => (
            "overwritten_later",
            "both copies are stored: leave the first out of the COPY, or copy once, after the last change",
        ),
        (_, false) => (
            "overwritten_later",
            "both copies are stored: write the files once, in the RUN that changes them last",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Maker;
    use crate::tree::sketch::{file, moded, owned, tree, whiteout};

    fn maker(text: &str, line: usize) -> Maker {
        let instruction = Some(text.to_owned());
        Maker { instruction, line: Some(line), ..Maker::default() }
    }

    #[test]
    fn every_death_names_who_is_at_fault() {
        let tree = tree(&[
            vec![file("d/a", 30), file("d/b", 3), file("o", 20), file("m", 10), file("u", 5)],
            vec![whiteout("d"), file("o", 21), moded("m", 10, 0o600), owned("u", 5, 1)],
        ]);
        let makers = [maker("COPY . .", 2), maker("RUN all", 7)];
        let image = Image { makers: &makers, dockerfile: Some("D"), ..Image::default() };
        let found: Vec<_> = findings(&tree, &image)
            .into_iter()
            .map(|one| {
                let path = one.paths[0].path.clone();
                (one.code, one.bytes, one.files, one.line.unwrap(), path)
            })
            .collect();
        let expected = [
            ("chown_copy", 5, 1, 7, "/u".to_owned()),
            ("chmod_copy", 10, 1, 7, "/m".to_owned()),
            ("overwritten_later", 20, 1, 2, "/o".to_owned()),
            ("removed_later", 33, 2, 2, "/d".to_owned()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_advice_is_for_what_wrote_the_bytes() {
        let about = |text| advice(Death::Removed, Some(text)).1;
        assert!(about("RUN make").contains("same RUN"));
        assert!(about("COPY . .").contains("leave them out"));
    }

    #[test]
    fn an_image_without_dead_bytes_has_none() {
        let tree = tree(&[vec![file("a", 1), file("empty", 0)], vec![file("empty", 0)]]);
        assert!(findings(&tree, &Image::default()).is_empty());
    }
}
