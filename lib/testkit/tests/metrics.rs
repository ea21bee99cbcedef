//! Names of metrics are strings in the tools and in the catalogue: both lists
//! are the same.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dp_record::catalogue;

/// Fewest names that the sources must show: today's are some 90. If the tools
/// write them in another way, this test must learn it.
const FEWEST: usize = 60;

/// The calls that set a metric by its literal name.
const CALLS: [&str; 3] = [".set(", ".set_count(", ".set_known("];

/// The Rust files that may set metrics: those of tools and crates, without
/// tests and without the catalogue itself.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_test = name == "tests.rs" || name.ends_with("_test.rs");
        if path.is_dir() && !["target", "tests", "benches", "catalogue", "testkit"].contains(&name)
        {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !is_test {
            found.push(path);
        }
    }
}

/// The code of all sources, each without its inline tests.
fn code() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["lib", "tools"] {
        sources(&root.join(folder), &mut files);
    }
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        (path, code)
    };
    files.into_iter().map(code).collect()
}

/// The literal that text begins with, after white space.
fn literal(text: &str) -> Option<&str> {
    let (name, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_name).then_some(name)
}

#[test]
fn every_metric_that_a_tool_sets_by_name_is_in_the_catalogue() {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (path, code) in code() {
        for call in CALLS {
            let names = code.split(call).skip(1).filter_map(literal);
            found.extend(names.map(|name| (name.to_owned(), path.clone())));
        }
    }
    assert!(found.len() >= FEWEST, "{} names: {found:?}", found.len());
    for (name, path) in found {
        let known = catalogue().any(|metric| metric.name == name);
        assert!(known, "{name} ({}) is in no catalogue of lib/record", path.display());
    }
}

#[test]
fn every_metric_of_the_catalogue_is_in_a_source() {
    let mut code: String = code().into_iter().map(|(_, code)| code).collect();
    // A load reports its own.
    code += include_str!("../../../scripts/lib/pgbench.awk");
    for metric in catalogue() {
        let name = format!("\"{}\"", metric.name);
        assert!(code.contains(&name), "no tool names the {} metric {name}", metric.kind);
    }
}
