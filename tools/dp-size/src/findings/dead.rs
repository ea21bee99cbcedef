//! Findings of dead bytes: what wrote them in vain, or stored them again.

use std::collections::BTreeMap;

use dp_record::Finding;

use super::catalogue::{
    CHMOD_COPY, CHOWN_COPY, LINK_COPY, OVERWRITTEN_LATER, REMOVED_LATER, WRITTEN_TWICE,
};
use super::finding::{Group, ImageContext, with_group};
use super::kind::Step;
use crate::tree::{Cause, FileGroups, Tree};

/// A finding for each cause by which a layer made bytes of another one dead.
pub(super) fn findings(tree: &Tree, groups: &FileGroups, image: &ImageContext<'_>) -> Vec<Finding> {
    let mut findings: BTreeMap<(Cause, u16, u16), Group> = BTreeMap::new();
    for (group, amount) in groups.dead.iter().filter(|(_, amount)| amount.bytes > 0) {
        let key = (group.cause, group.layer, group.by_layer);
        let files = amount.files - amount.empty_files;
        findings.entry(key).or_default().add(group.path, amount.bytes, u64::from(files));
    }
    let finding = |((cause, layer, by_layer), group): (_, Group)| {
        let (wrote, hid) = (image.layer_ref(layer), image.layer_ref(by_layer));
        let kind = match cause {
            Cause::Twice => &WRITTEN_TWICE,
            Cause::Chown => &CHOWN_COPY,
            Cause::Chmod => &CHMOD_COPY,
            Cause::Linked => &LINK_COPY,
            Cause::Overwritten => &OVERWRITTEN_LATER,
            Cause::Removed => &REMOVED_LATER,
        };
        let [writer, other] = [&wrote, &hid].map(|one| Step::of(one.instruction.as_deref()));
        let advice = kind.advice_for(writer, other).to_owned();
        let finding = match (cause, writer, other) {
            (Cause::Twice, ..) => image.finding(kind, layer),
            // At fault is what copied, whatever wrote the original. What a COPY brought is
            // mostly what the RUN needs that writes it anew.
            (Cause::Chown | Cause::Chmod | Cause::Linked, ..)
            | (Cause::Overwritten, Step::Copy, Step::Run) => {
                Finding { advice, wrote: Some(wrote), ..image.finding(kind, by_layer) }
            }
            (Cause::Overwritten | Cause::Removed, ..) => {
                Finding { advice, hid: Some(hid), ..image.finding(kind, layer) }
            }
        };
        with_group(finding, tree, group)
    };
    findings.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::LayerSource;
    use crate::tree::builder::{TestEntry, dir, file, link, moded, owned, symlink, tree, whiteout};

    fn layer_source(text: &str, line: u64) -> LayerSource {
        let instruction = Some(text.to_owned());
        LayerSource { instruction, line: Some(line), ..LayerSource::default() }
    }

    #[test]
    fn every_cause_names_the_layer_at_fault() {
        let tree = tree(&[
            vec![file("d/a", 30), file("d/b", 3), file("o", 20), file("m", 10), file("u", 5)],
            vec![whiteout("d"), file("o", 21), moded("m", 10, 0o600), owned("u", 5, 1)],
        ]);
        let layer_sources = [layer_source("COPY . .", 2), layer_source("RUN all", 7)];
        let image = ImageContext {
            layer_sources: &layer_sources,
            dockerfile: Some("D"),
            ..ImageContext::default()
        };
        let found: Vec<_> = findings(&tree, &FileGroups::new(&tree), &image)
            .into_iter()
            .map(|one| {
                let path = one.paths[0].path.clone();
                (one.code, one.bytes.unwrap(), one.files.unwrap(), one.line.unwrap(), path)
            })
            .collect();
        let expected = [
            ("chown_copy", 5, 1, 7, "/u"),
            ("chmod_copy", 10, 1, 7, "/m"),
            ("overwritten_later", 20, 1, 7, "/o"),
            ("removed_later", 33, 2, 2, "/d"),
        ];
        let expected = expected.map(|(code, bytes, files, line, path)| {
            (code.to_owned(), bytes, files, line, path.to_owned())
        });
        assert_eq!(found, expected);
    }

    /// Code, line at fault and advice for the dead bytes of these layers.
    fn blamed(layers: &[Vec<TestEntry>], texts: &[&str]) -> Vec<(String, u64, String)> {
        let tree = tree(layers);
        let layer_sources: Vec<LayerSource> =
            texts.iter().zip(2..).map(|(text, line)| layer_source(text, line)).collect();
        let image = ImageContext { layer_sources: &layer_sources, ..ImageContext::default() };
        let found = findings(&tree, &FileGroups::new(&tree), &image);
        found.into_iter().map(|one| (one.code, one.line.unwrap(), one.advice)).collect()
    }

    #[test]
    fn no_advice_asks_for_what_would_break_the_build() {
        let rewritten = [vec![file("a", 9)], vec![file("a", 10)]];
        let removed = [vec![file("a", 9)], vec![whiteout("a")]];
        for (layers, texts, code, line, part) in [
            // The RUN needs what it writes anew, or removes.
            (
                &rewritten,
                ["COPY package-lock.json .", "RUN npm install"],
                "overwritten_later",
                3,
                "keep the RUN",
            ),
            (
                &rewritten,
                ["ADD a .", "RUN sed -i s/a/b/ a"],
                "overwritten_later",
                3,
                "stage of its own",
            ),
            (
                &removed,
                ["COPY src .", "RUN make && rm a"],
                "removed_later",
                2,
                "--mount=type=bind in place of the COPY",
            ),
            (
                &removed,
                ["ADD a.tar .", "RUN ./install && rm -r ."],
                "removed_later",
                2,
                "what no step needs",
            ),
            // A step between the two may need the first.
            (
                &rewritten,
                ["COPY package.json .", "COPY . ."],
                "overwritten_later",
                2,
                "before the first step that needs them",
            ),
            (
                &rewritten,
                ["RUN apt-get install a", "RUN apt-get install b"],
                "overwritten_later",
                2,
                "if no step between them",
            ),
            (
                &removed,
                ["RUN apt-get install gcc", "RUN apt-get purge gcc"],
                "removed_later",
                2,
                "write, use and remove them in the same RUN",
            ),
            (
                &rewritten,
                ["RUN install-nginx", "COPY nginx.conf /etc"],
                "overwritten_later",
                2,
                "write the files once",
            ),
            (
                &rewritten,
                ["Imported from -", "RUN apt-get install a"],
                "overwritten_later",
                2,
                "write the files once",
            ),
        ] {
            let found = blamed(layers, &texts);
            assert_eq!(found.len(), 1, "{texts:?}");
            assert_eq!((found[0].0.as_str(), found[0].1), (code, line), "{texts:?}");
            assert!(found[0].2.contains(part), "{texts:?}: {}", found[0].2);
            assert!(!found[0].2.contains("leave the first out"), "{texts:?}");
        }
    }

    #[test]
    fn a_link_to_a_file_of_a_lower_layer_blames_what_linked() {
        let linked = || vec![file("a", 9), link("b", "a")];
        let texts = ["COPY a /a", "RUN ln a b", "RUN ln a c"];
        let code = |layers: &[Vec<TestEntry>]| -> Vec<(String, u64)> {
            blamed(layers, &texts).into_iter().map(|(code, line, _)| (code, line)).collect()
        };
        let expected = |code: &str, line| vec![(code.to_owned(), line)];
        assert_eq!(code(&[vec![file("a", 9)], linked()]), expected("link_copy", 3));
        // In another folder, under two more names, and as one of a lower link.
        let other = vec![file("d/a", 9), link("e/a", "d/a"), link("e/b", "d/a")];
        assert_eq!(code(&[vec![file("d/a", 9)], other]), expected("link_copy", 3));
        let again = vec![file("a", 9), link("b", "a"), link("c", "a")];
        let both = code(&[vec![file("a", 9)], linked(), again]);
        assert_eq!(both, [("link_copy".to_owned(), 3), ("overwritten_later".to_owned(), 3)]);
        // Another size, owner or mode is another change; a copy of equal size no link.
        let larger = vec![file("a", 10), link("b", "a")];
        assert_eq!(code(&[vec![file("a", 9)], larger]), expected("overwritten_later", 3));
        let moded = vec![moded("a", 9, 0o600), link("b", "a")];
        assert_eq!(code(&[vec![file("a", 9)], moded]), expected("chmod_copy", 3));
        let copied = vec![file("a", 9), file("b", 9)];
        assert_eq!(code(&[vec![file("a", 9)], copied]), expected("overwritten_later", 3));
    }

    #[test]
    fn a_path_that_is_twice_in_one_layer_is_said_as_such() {
        let texts = ["ADD a.tar /", "RUN b"];
        for layer in [
            vec![file("a", 9), file("a", 8)],
            vec![file("a", 9), file("a", 9)],
            vec![file("a", 9), moded("a", 9, 0o600)],
            vec![file("a", 9), symlink("a")],
            vec![file("a", 9), dir("a")],
            vec![file("a/b", 9), file("a", 8)],
        ] {
            let found = blamed(&[layer.clone(), vec![file("c", 1)]], &texts);
            let found: Vec<_> = found.iter().map(|one| (one.0.as_str(), one.1)).collect();
            assert_eq!(found, [("written_twice", 2)], "{layer:?}");
        }
        let layers = [vec![file("a", 9), file("a", 8)], vec![file("a", 7)]];
        let found = blamed(&layers, &texts);
        let codes: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
        assert_eq!(codes, ["written_twice", "overwritten_later"]);
    }

    #[test]
    fn an_image_without_dead_bytes_has_none() {
        let tree = tree(&[vec![file("a", 1), file("empty", 0)], vec![file("empty", 0)]]);
        assert!(findings(&tree, &FileGroups::new(&tree), &ImageContext::default()).is_empty());
    }
}
