//! Findings that are known by their paths, in an archive whose bytes are known.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod by_path;
mod pack;

use std::collections::BTreeSet;

use dp_testkit::{Tool, detail, of_kind};
use serde_json::{Value, json};

use by_path::{INSTALLED, LAYOUTS};
use pack::tar;

/// Findings that are not known by the paths of files alone.
const OTHERS: [&str; 8] = [
    "removed_later",
    "overwritten_later",
    "chown_copy",
    "chmod_copy",
    "link_copy",
    "written_twice",
    "duplicate_content",
    // Of 100 MB and more.
    "login_log",
];

/// What docker save writes of an image with a layer for apk's words, and one for
/// each layout.
fn saved() -> Vec<u8> {
    let layouts = LAYOUTS.iter().map(|(code, files)| {
        let files: Vec<_> = files.iter().map(|(path, bytes)| (*path, vec![b'x'; *bytes])).collect();
        (*code, tar(&files))
    });
    let words = ("apk", tar(&[("lib/apk/db/installed", INSTALLED)]));
    let mut parts: Vec<(&str, Vec<u8>)> = [words].into_iter().chain(layouts).collect();
    let layers: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    let digests: Vec<String> = layers.iter().map(|name| format!("sha256:{name}")).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "config": {"User": "1000"},
        "rootfs": {"type": "layers", "diff_ids": digests}});
    let manifest = json!([{"Config": "config", "RepoTags": ["app"], "Layers": layers}]);
    parts.push(("config", config.to_string().into_bytes()));
    parts.push(("manifest.json", manifest.to_string().into_bytes()));
    tar(&parts)
}

#[test]
fn each_layout_is_found_to_the_byte_in_its_layer() {
    let tool = Tool::new("dp-size").args(["-q", "--archive", "-", "--top", "100"]);
    let records = tool.stdin(saved()).run().expect(0).records();
    let mut found: Vec<Value> = detail(of_kind(&records, "size")[0])["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["layer"], one["code"], one["bytes"]]))
        .collect();
    found.sort_by_key(|one| one[0].as_u64());
    let expected: Vec<Value> = (2..)
        .zip(LAYOUTS)
        .map(|(layer, (code, files))| {
            let bytes: usize = files.iter().map(|(_, bytes)| bytes).sum();
            json!([layer, code, bytes])
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_finding_that_is_known_by_its_path_has_a_layout() {
    let ran = Tool::new("dp-size").args(["--list-findings"]).run().expect(0);
    let listed: BTreeSet<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let code = words.next()?;
            (words.next() == Some("waste")).then_some(code)
        })
        .filter(|code| !OTHERS.contains(code))
        .collect();
    let known: BTreeSet<&str> = LAYOUTS.iter().map(|(code, _)| *code).collect();
    let missing: Vec<&&str> = listed.difference(&known).collect();
    assert!(missing.is_empty(), "no layout in tests/by_path of {missing:?}");
    assert_eq!(known, listed);
}
