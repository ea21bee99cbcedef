use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::tree::builder::{TestEntry, file, link, symlink, text, tree, whiteout};
use crate::tree::stack_test::stack;

fn value(before: &Tree, after: &Tree, top: usize) -> Value {
    serde_json::to_value(diff("old", before, after, top)).unwrap()
}

#[test]
fn files_are_added_removed_grown_and_shrunk() {
    let before = tree(&[
        vec![file("etc/same", 7), file("etc/grows", 10), file("lib/shrinks", 30)],
        vec![file("gone/a", 100), file("gone/b", 5), file("swap", 4)],
    ]);
    let after = tree(&[
        vec![file("new/x/deep", 1000), file("etc/grows", 15), file("lib/shrinks", 2)],
        vec![file("etc/same", 7), file("empty", 0), symlink("swap"), file("dead", 50)],
        vec![whiteout("dead")],
    ]);
    let expected = json!({
        "against": "old",
        "bytes": 868,
        "added": {"files": 2, "bytes": 1000, "top": [{"path": "/new/x/deep", "bytes": 1000}]},
        "removed": {"files": 3, "bytes": 109, "top": [
            {"path": "/gone/a", "bytes": 100},
            {"path": "/gone/b", "bytes": 5},
            {"path": "/swap", "bytes": 4},
        ]},
        "grown": {"files": 1, "bytes": 5, "top": [
            {"path": "/etc/grows", "bytes": 5, "before_bytes": 10, "after_bytes": 15},
        ]},
        "shrunk": {"files": 1, "bytes": 28, "top": [
            {"path": "/lib/shrinks", "bytes": 28, "before_bytes": 30, "after_bytes": 2},
        ]},
        "folders": [
            {"path": "/new", "bytes": 1000, "before_bytes": 0, "after_bytes": 1000},
            {"path": "/new/x", "bytes": 1000, "before_bytes": 0, "after_bytes": 1000},
            {"path": "/gone", "bytes": -105, "before_bytes": 105, "after_bytes": 0},
            {"path": "/lib", "bytes": -28, "before_bytes": 30, "after_bytes": 2},
            {"path": "/etc", "bytes": 5, "before_bytes": 17, "after_bytes": 22},
        ],
    });
    assert_eq!(value(&before, &after, 10), expected);
}

#[test]
fn an_image_does_not_differ_from_itself() {
    let image = tree(&[vec![file("a/b", 7), link("a/c", "a/b")]]);
    let found = value(&image, &image, 10);
    for group in ["added", "removed", "grown", "shrunk"] {
        assert_eq!(found[group], json!({"files": 0, "bytes": 0, "top": []}), "{group}");
    }
    assert_eq!((&found["bytes"], &found["folders"]), (&json!(0), &json!([])));
}

#[test]
fn bytes_of_a_file_with_several_names_count_at_one_of_them() {
    let before = tree(&[vec![file("a", 70), link("b", "a")]]);
    let after = tree(&[vec![file("b", 70)]]);
    let found = value(&before, &after, 10);
    assert_eq!(found["bytes"], json!(0));
    assert_eq!(found["removed"]["top"], json!([{"path": "/a", "bytes": 70}]));
    let grown = json!([{"path": "/b", "bytes": 70, "before_bytes": 0, "after_bytes": 70}]);
    assert_eq!(found["grown"]["top"], grown);
}

#[test]
fn packages_are_compared_by_the_files_that_they_brought() {
    let list = |name: &str| format!("var/lib/dpkg/info/{name}.list");
    let with = |names: &[&str], files: Vec<TestEntry>| {
        let paragraph = |name: &&str| {
            format!("Package: {name}\nStatus: install ok installed\nArchitecture: all\n\n")
        };
        let status: String = names.iter().map(paragraph).collect();
        let mut layer = vec![text("var/lib/dpkg/status", &status)];
        layer.extend(names.iter().map(|name| text(&list(name), &format!("/usr/{name}\n"))));
        layer.extend(files);
        tree(&[layer])
    };
    let before = with(&["gcc", "libc"], vec![file("usr/gcc", 900), file("usr/libc", 100)]);
    let after =
        with(&["curl", "libc"], vec![file("usr/curl", 30), file("usr/libc", 120), file("own", 7)]);
    let found = value(&before, &after, 10);
    let expected = json!([
        {"name": "gcc", "bytes": -900, "before_bytes": 900, "after_bytes": 0},
        {"name": "curl", "bytes": 30, "before_bytes": 0, "after_bytes": 30},
        {"name": "libc", "bytes": 20, "before_bytes": 100, "after_bytes": 120},
    ]);
    assert_eq!(found["packages"], expected);
    // The databases belong to no package: "curl" is a letter longer than "gcc",
    // once in `status` and once in the list.
    assert_eq!(found["unpackaged_bytes"], json!(7 + 2));
    assert_eq!(found["bytes"], json!(-900 + 30 + 20 + 9));
}

#[test]
fn top_limits_the_lists_and_not_the_sums() {
    let after = tree(&[vec![file("a", 3), file("b", 9), file("c", 9)]]);
    let found = value(&tree(&[]), &after, 1);
    let expected = json!({"files": 3, "bytes": 21, "top": [{"path": "/b", "bytes": 9}]});
    assert_eq!(found["added"], expected);
}

proptest! {
    #[test]
    fn the_groups_add_up_to_the_difference_and_are_the_reverse_of_each_other(
        before in stack(),
        after in stack(),
    ) {
        let (before, after) = (tree(&before), tree(&after));
        let forth = diff("a", &before, &after, 1_000);
        let sum = [&forth.added, &forth.grown].map(|group| group.bytes).iter().sum::<u64>();
        let less = [&forth.removed, &forth.shrunk].map(|group| group.bytes).iter().sum::<u64>();
        prop_assert_eq!(signed(before.totals().live, after.totals().live), forth.bytes);
        prop_assert_eq!(signed(less, sum), forth.bytes);
        let back = value(&after, &before, 1_000);
        let forth = serde_json::to_value(forth).unwrap();
        for (one, other) in [("added", "removed"), ("grown", "shrunk")] {
            for (a, b) in [(one, other), (other, one)] {
                prop_assert_eq!(&forth[a]["files"], &back[b]["files"]);
                prop_assert_eq!(&forth[a]["bytes"], &back[b]["bytes"]);
            }
        }
    }
}
