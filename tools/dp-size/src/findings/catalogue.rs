//! Every kind of finding, with its meaning and its cure. Findings are made of these
//! kinds alone (`--list-findings` prints them), so none can have another code.

use super::kind::{FindingKind, Step, risk, waste, waste_for};
use super::rules::RULES;

/// All kinds: of dead bytes, of live bytes, and those without bytes.
pub(crate) fn all() -> impl Iterator<Item = &'static FindingKind> {
    let rules = RULES.iter().map(|rule| &rule.kind);
    DEAD.into_iter().chain(rules).chain([&DUPLICATE_CONTENT]).chain(RISKS)
}

const DEAD: [&FindingKind; 6] =
    [&REMOVED_LATER, &OVERWRITTEN_LATER, &CHOWN_COPY, &CHMOD_COPY, &LINK_COPY, &WRITTEN_TWICE];

pub(super) static REMOVED_LATER: FindingKind = waste_for(
    "removed_later",
    "bytes that a later layer deleted: they are still stored",
    "deleting them in a later layer frees no bytes: write, use and remove them in the same RUN, or in a stage of its own from which the result is copied",
    &[(
        Step::Copy,
        Step::Any,
        "deleting them in a later layer frees no bytes: give them to the RUN that needs them by RUN --mount=type=bind in place of the COPY, and leave out of the COPY what no step needs",
    )],
);

pub(super) static OVERWRITTEN_LATER: FindingKind = waste_for(
    "overwritten_later",
    "bytes that a later layer overwrote: they are still stored",
    "both copies are stored: write the files once, or write them in a stage of its own and copy the result",
    &[
        (
            Step::Copy,
            Step::Run,
            "both copies are stored: keep the RUN from writing these files anew (npm ci in place of npm install), or copy and change them in a stage of its own and copy the result",
        ),
        (
            Step::Copy,
            Step::Any,
            "both copies are stored: copy these files once, before the first step that needs them, or copy them first in a stage of its own",
        ),
        (
            Step::Run,
            Step::Run,
            "both copies are stored: join the two RUNs into one if no step between them needs what the first wrote, or run both in a stage of its own and copy the result",
        ),
    ],
);

pub(super) static CHOWN_COPY: FindingKind = waste(
    "chown_copy",
    "files that a later layer stores again with another owner",
    "a change of owner stores the whole file again: set it where the file is made, in the same RUN or by COPY --chown (with numbers, if the user is added later)",
);

pub(super) static CHMOD_COPY: FindingKind = waste(
    "chmod_copy",
    "files that a later layer stores again with another mode",
    "a change of mode stores the whole file again: set it where the file is made, in the same RUN or by COPY --chmod (which BuildKit has)",
);

pub(super) static LINK_COPY: FindingKind = waste(
    "link_copy",
    "files that a later layer stores again because it links to them",
    "a hard link to a file of a lower layer stores the whole file again: make the link in the layer that writes the file, or make it symbolic (ln -s)",
);

pub(super) static WRITTEN_TWICE: FindingKind = waste(
    "written_twice",
    "paths that one layer holds twice: the first copy is stored, and nobody sees it",
    "the layer's own archive holds these paths twice: have the tool that writes it write each path once",
);

pub(super) static DUPLICATE_CONTENT: FindingKind = waste(
    "duplicate_content",
    "files of equal content at several paths (looked for with --content)",
    "the same bytes are at another path too: bring them once, and link the other path to it (ln -s), or leave the copy out",
);

const RISKS: [&FindingKind; 3] = [&SECRET_LIKE_FILE, &SECRET_IN_HISTORY, &RUNS_AS_ROOT];

pub(super) static SECRET_LIKE_FILE: FindingKind = risk(
    "secret_like_file",
    "files that look like secrets by their names, also deleted ones; their content is not read",
    "everybody who has the image can read them, even where a later layer removed them: give them to the RUN that needs them by --mount=type=secret in place of the COPY, leave the others out by .dockerignore, and change what was in them",
);

pub(super) static SECRET_IN_HISTORY: FindingKind = risk(
    "secret_in_history",
    "secrets by their names in build arguments, variables and labels that the history or configuration keeps; no value is shown",
    "everybody who has the image can read the values: give them to the RUN that needs them by --mount=type=secret, to a container when it starts, and change them",
);

pub(super) static RUNS_AS_ROOT: FindingKind = risk(
    "runs_as_root",
    "containers of the image run as root",
    "it runs as root: end the Dockerfile with USER and a name or number that is not root's",
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::archive::pack_test::{bundle, saved};
    use crate::archive::read_stream;
    use crate::content::ContentRequests;
    use crate::findings::rules::build_tools;
    use crate::findings::{ImageContext, find};
    use crate::history_secrets::SecretNames;
    use crate::tree::FileGroups;
    use crate::tree::builder::{TestEntry, file, link, moded, owned, text, tree, whiteout};

    fn codes() -> BTreeSet<&'static str> {
        all().map(FindingKind::code).collect()
    }

    /// A path that a pattern matches.
    fn path(pattern: &str) -> String {
        let path = pattern.replace("**/", "srv/").replace('~', "root").replace('*', "x");
        let file = if path.ends_with('/') { "f" } else { "" };
        format!("{}{file}", path.trim_start_matches('/'))
    }

    /// An image with files of all kinds, but for copies of equal content.
    fn image_of_all_kinds() -> Vec<Vec<TestEntry>> {
        let mut first: Vec<TestEntry> = RULES
            .iter()
            .flat_map(|rule| {
                rule.patterns.iter().map(|pattern| file(&path(pattern), rule.least.max(7)))
            })
            .collect();
        first.extend([
            text("var/lib/dpkg/status", "Package: gcc\nSection: devel\nArchitecture: amd64\n"),
            text("var/lib/dpkg/info/gcc.list", "/usr/bin/gcc\n"),
            file("usr/bin/gcc", 100),
            file("removed", 1),
            file("overwritten", 1),
            file("chown", 1),
            file("chmod", 1),
            file("linked", 1),
            file("twice", 1),
            file("twice", 2),
            file("root/.ssh/id_rsa", 1),
        ]);
        let second = vec![
            whiteout("removed"),
            file("overwritten", 2),
            owned("chown", 1, 1),
            moded("chmod", 1, 0o600),
            file("linked", 1),
            link("link", "linked"),
        ];
        vec![first, second]
    }

    #[test]
    fn every_kind_is_found_in_an_image_that_has_it_and_no_other_code_is() {
        let tree = tree(&image_of_all_kinds());
        let secrets = [SecretNames { names: vec!["TOKEN".to_owned()], ..SecretNames::default() }];
        let image =
            ImageContext { user: Some("root"), secrets: &secrets, ..ImageContext::default() };
        let mut found = find(&tree, &FileGroups::new(&tree), &image).findings;
        let copies = bundle(&saved(&[vec![file("a", 500), file("b", 500)]], "app"));
        let requests = ContentRequests::databases().with_digests();
        let archive = read_stream(&mut &copies[..], requests, &|| {}).unwrap();
        let tree = archive.tree(&archive.images[0]).unwrap();
        found.extend(find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings);
        let found: BTreeSet<&str> = found.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(found, codes());
    }

    #[test]
    fn every_pattern_says_no_more_than_patterns_can_say() {
        for rule in RULES {
            for pattern in rule.patterns {
                let code = rule.kind.code();
                let names = pattern.strip_prefix("**/").unwrap_or(pattern);
                let one_star = names.split('/').all(|name| name.matches('*').count() <= 1);
                assert!(one_star, "{code}: {pattern}: more than one * in a name");
                assert!(!names.contains(['?', '[', '{']), "{code}: {pattern}: * is all there is");
                let begins = ["/", "**/", "~/"].iter().any(|begin| pattern.starts_with(begin));
                assert!(begins, "{code}: {pattern}: begins neither with / nor **/ nor ~/");
            }
        }
    }

    #[test]
    fn every_kind_has_a_code_of_its_own_a_meaning_and_one_sentence_of_advice() {
        assert_eq!(codes().len(), all().count());
        // Masks of paths have so many bits.
        assert!(RULES.len() <= 64);
        for kind in all() {
            let code = kind.code();
            let for_steps = kind.advice_for.iter().map(|(_, _, advice)| *advice);
            for sentence in [kind.advice(), kind.meaning()].into_iter().chain(for_steps) {
                // Reports show so many characters.
                assert!(sentence.len() <= 300, "{code}");
                let is_one = !sentence.contains(". ") && !sentence.ends_with('.');
                assert!(is_one && !sentence.is_empty(), "{code}");
            }
        }
        assert_eq!(RULES[build_tools()].kind.code(), "build_tools");
    }
}
