//! Rules of the structure: who may depend on whom, what things are called, how
//! long files may get.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates of the workspace that each crate of `lib` may be built on.
const LAYERS: [(&str, &[&str]); 6] = [
    ("dp-record", &[]),
    ("dp-math", &[]),
    ("dp-dockerfile", &[]),
    // It knows no record.
    ("dp-engine", &[]),
    ("dp-tool", &["dp-record", "dp-engine"]),
    ("dp-testkit", &["dp-record"]),
];

/// Crates of others that only these may use.
const ONLY: [(&str, &[&str]); 3] = [
    ("bollard", &["dp-engine"]),
    // Builds, and the loads that users give.
    ("duct", &["dp-engine", "dp-stats"]),
    ("indicatif", &["dp-tool"]),
];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 6] = ["common", "core", "util", "utils", "helper", "helpers"];

/// Most lines of a file.
const LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A crate of the workspace: its folder, and its dependencies by kind.
struct Package {
    folder: PathBuf,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

fn packages() -> BTreeMap<String, Package> {
    let args = ["metadata", "--offline", "--no-deps", "--format-version", "1"];
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(args)
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = metadata["packages"].as_array().unwrap();
    all.iter().map(|one| (one["name"].as_str().unwrap().to_owned(), package(one))).collect()
}

fn package(metadata: &Value) -> Package {
    let manifest = Path::new(metadata["manifest_path"].as_str().unwrap());
    let of_kind = |dev: bool| {
        let all = metadata["dependencies"].as_array().unwrap().iter();
        let wanted = all.filter(|one| (one["kind"] == "dev") == dev);
        wanted.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    Package {
        folder: manifest.parent().unwrap().to_owned(),
        normal: of_kind(false),
        dev: of_kind(true),
    }
}

fn ours(names: &BTreeSet<String>) -> BTreeSet<&str> {
    names.iter().map(String::as_str).filter(|name| name.starts_with("dp-")).collect()
}

/// All Rust files below `lib` and `tools`.
fn sources() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root().join("lib"), root().join("tools")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 100, "{} files", files.len());
    files
}

#[test]
fn crates_of_lib_depend_only_on_the_layers_below_them() {
    let packages = packages();
    let lib = packages.iter().filter(|(_, one)| one.folder.starts_with(root().join("lib")));
    for (name, package) in lib {
        let allowed = LAYERS.iter().find(|(layer, _)| layer == name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{name}: say which layer it is"));
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let used = ours(&package.normal);
        assert!(used.is_subset(&allowed), "{name} uses {used:?}, allowed are {allowed:?}");
    }
}

#[test]
fn no_tool_depends_on_another_tool() {
    let packages = packages();
    let layers: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    for (name, package) in &packages {
        for used in ours(&package.normal).union(&ours(&package.dev)) {
            assert!(layers.contains(used), "{name} uses {used}");
        }
    }
}

#[test]
fn the_testkit_is_for_tests_only() {
    for (name, package) in packages() {
        assert!(!package.normal.contains("dp-testkit"), "{name}");
    }
}

#[test]
fn crates_of_others_stay_where_they_belong() {
    for (name, package) in packages() {
        for (other, users) in ONLY {
            let free = !package.normal.contains(other) || users.contains(&name.as_str());
            assert!(free, "{name} uses {other}");
        }
        let speaks = name == "dp-tool" || package.folder.starts_with(root().join("tools"));
        assert!(speaks || !package.normal.contains("clap"), "{name} uses clap");
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for (name, package) in packages() {
        let manifest = fs::read_to_string(package.folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{name}");
    }
}

#[test]
fn no_crate_and_no_module_has_an_empty_name() {
    for (name, _) in packages() {
        assert!(!EMPTY_NAMES.contains(&name.trim_start_matches("dp-")), "{name}");
    }
    for path in sources() {
        let relative = path.strip_prefix(root()).unwrap();
        for part in &relative.with_extension("") {
            assert!(!EMPTY_NAMES.contains(&part.to_str().unwrap()), "{}", path.display());
        }
        let text = fs::read_to_string(&path).unwrap();
        let names = text
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("mod "));
        for name in names.map(|name| name.trim_end_matches([';', ' ', '{'])) {
            assert!(!EMPTY_NAMES.contains(&name), "{}: {name}", path.display());
        }
    }
}

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    for path in sources() {
        let count = fs::read_to_string(&path).unwrap().lines().count();
        assert!(count <= LINES, "{}: {count} lines", path.display());
    }
}

#[test]
fn every_ignored_test_says_why() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().map(str::trim).filter(|line| line.starts_with("#[ignore")) {
            let why = line.strip_prefix("#[ignore = \"").and_then(|rest| rest.strip_suffix("\"]"));
            assert!(why.is_some_and(|why| why.len() > 10), "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_entry_point_of_a_tool_is_one_call() {
    for (name, package) in packages() {
        let main = package.folder.join("src/main.rs");
        if main.exists() {
            let text = fs::read_to_string(main).unwrap();
            assert!(text.lines().count() <= 10, "{name}");
            assert!(text.contains("dp_tool::main("), "{name}");
        }
    }
}
