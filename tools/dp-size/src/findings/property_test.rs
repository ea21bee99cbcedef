//! Findings of random images, compared with a folder in which the advice is followed.

use std::fs;
use std::path::Path;

use dp_record::{Finding, Severity};
use proptest::prelude::*;

use super::find;
use super::finding::ImageContext;
use crate::tree::builder::{self, TestEntry};
use crate::tree::stack_test::Folder;
use crate::tree::{FileGroups, Tree};

/// What some of the rules match, written once more: folders with all below them, and
/// names of files.
const ANCHORED: [&str; 5] =
    ["/usr/share/doc/", "/var/cache/apt/", "/var/lib/apt/lists/", "/root/.npm/", "/home/a/.npm/"];
const ANYWHERE: [&str; 2] = ["/.git/", "/tests/"];

fn is_superfluous(path: &str) -> bool {
    ANCHORED.iter().any(|folder| path.starts_with(folder))
        || ANYWHERE.iter().any(|folder| path.contains(folder))
        || path.ends_with(".js.map")
        || path == "/var/log/dpkg.log"
}

/// Removes what is superfluous from a folder.
fn follow(folder: &Path, below: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            follow(&entry.path(), &path);
        } else if kind.is_file() && is_superfluous(&path) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

fn path() -> impl Strategy<Value = String> {
    let folders = vec![
        "usr/share/doc",
        "usr/share",
        "var/cache/apt",
        "var/lib/apt/lists",
        "var/log",
        "root/.npm",
        "home/a/.npm",
        "a",
        "b",
        "a/.git",
        "b/tests",
        ".git",
        "tests",
    ];
    let names = prop::sample::select(vec!["a", "b", "tests", ".git", "m.js.map", "dpkg.log"]);
    (prop::sample::select(folders), prop::collection::vec(names, 0..3))
        .prop_map(|(folder, names)| [vec![folder], names].concat().join("/"))
}

fn entry(with_links: bool) -> impl Strategy<Value = TestEntry> {
    let link = (path(), path()).prop_map(move |(path, target)| {
        if with_links { TestEntry::Link(path, target) } else { TestEntry::File(path, 7) }
    });
    prop_oneof![
        8 => (path(), 0..40_u64).prop_map(|(path, size)| TestEntry::File(path, size)),
        2 => (path(), 1..3_u64, 0..3_u32).prop_map(|(path, size, uid)| builder::owned(&path, size, uid)),
        2 => link,
        1 => path().prop_map(TestEntry::Dir),
        1 => path().prop_map(TestEntry::Symlink),
        2 => path().prop_map(TestEntry::Whiteout),
        1 => path().prop_map(TestEntry::Opaque),
    ]
}

fn stack(with_links: bool) -> impl Strategy<Value = Vec<Vec<TestEntry>>> {
    prop::collection::vec(prop::collection::vec(entry(with_links), 0..12), 0..5)
}

/// Bytes of all findings, of those of dead bytes, and what remains in a
/// container once all advice is followed.
fn saved(layers: &[Vec<TestEntry>]) -> (Tree, u64, u64, u64) {
    let tree = builder::tree(layers);
    let found = find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings;
    let sum = |found: &[Finding], dead: bool| -> u64 {
        let codes = [
            "chown_copy",
            "chmod_copy",
            "link_copy",
            "written_twice",
            "overwritten_later",
            "removed_later",
        ];
        let wanted = found.iter().filter(|one| codes.contains(&one.code.as_str()) == dead);
        wanted.filter_map(|one| one.bytes).sum()
    };
    assert!(found.iter().all(|one| (one.bytes > Some(0)) == (one.severity == Severity::Waste)));
    let folder = Folder::new();
    for (number, entries) in (0..).zip(layers) {
        folder.apply(number, entries);
    }
    follow(&folder.path_of(""), "");
    let remaining = folder.live(layers.len()).iter().sum();
    let (dead, live) = (sum(&found, true), sum(&found, false));
    (tree, dead, live, remaining)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn findings_promise_no_more_than_following_them_saves(layers in stack(true)) {
        let (tree, dead, live, remaining) = saved(&layers);
        prop_assert_eq!(dead, tree.totals().dead);
        prop_assert!(dead + live <= tree.totals().size - remaining);
    }

    #[test]
    fn without_hard_links_they_promise_just_that(layers in stack(false)) {
        let (tree, dead, live, remaining) = saved(&layers);
        prop_assert_eq!(dead + live, tree.totals().size - remaining);
    }

    #[test]
    fn the_biggest_come_first_and_two_runs_find_the_same(layers in stack(true)) {
        let texts = [(); 2].map(|()| {
            let tree = builder::tree(&layers);
            let found = find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings;
            let bytes: Vec<Option<u64>> = found.iter().map(|one| one.bytes).collect();
            assert!(bytes.is_sorted_by(|a, b| a >= b));
            serde_json::to_string(&found).unwrap()
        });
        prop_assert_eq!(&texts[0], &texts[1]);
    }
}
