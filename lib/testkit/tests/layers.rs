//! Rules of the structure: who may depend on whom, what things are called, how
//! long files may get.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dp_testkit::import_circles;
use serde_json::Value;

/// The crates of the workspace that each crate of `lib` may be built on.
const LAYERS: [(&str, &[&str]); 9] = [
    ("dp-record", &[]),
    ("dp-math", &[]),
    ("dp-dockerfile", &[]),
    // It knows no Docker.
    ("dp-cgroup", &[]),
    // It knows no record.
    ("dp-engine", &["dp-cgroup"]),
    // It knows no engine, so that dp-report builds without one.
    ("dp-tool", &["dp-record"]),
    ("dp-session", &["dp-record", "dp-cgroup", "dp-engine", "dp-tool"]),
    (
        "dp-builds",
        &["dp-record", "dp-dockerfile", "dp-cgroup", "dp-engine", "dp-tool", "dp-session"],
    ),
    ("dp-testkit", &["dp-record"]),
];

/// Crates of others that only these may use.
const ONLY: [(&str, &[&str]); 3] = [
    ("bollard", &["dp-engine", "dp-builds"]),
    // Builds, compose, and the loads that users give.
    ("duct", &["dp-tool", "dp-builds", "dp-session", "dp-stats"]),
    ("indicatif", &["dp-tool"]),
];

/// Most crates of others that dp-report is built from, those that only run while
/// it is compiled apart.
const MOST_CRATES_OF_DP_REPORT: usize = 45;

/// Names that say nothing.
const EMPTY_NAMES: [&str; 6] = ["common", "core", "util", "utils", "helper", "helpers"];

/// Most lines of a file.
const LINES: usize = 600;

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

/// All Rust files of the workspace.
fn sources() -> Vec<PathBuf> {
    let (mut files, mut folders) =
        (Vec::new(), ["lib", "tools", "manual"].map(|it| root().join(it)).to_vec());
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

/// Packages that are tools, each a program of its own.
fn tools(packages: &BTreeMap<String, Package>) -> impl Iterator<Item = (&String, &Package)> {
    packages.iter().filter(|(_, package)| package.folder.starts_with(root().join("tools")))
}

#[test]
fn no_tool_depends_on_another_tool() {
    let packages = packages();
    let layers: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    for (name, package) in tools(&packages) {
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
        // The options of a build are those of dp-build and dp-cache.
        let speaks = ["dp-tool", "dp-session", "dp-builds", "dp-manual"].contains(&name.as_str())
            || package.folder.starts_with(root().join("tools"));
        assert!(speaks || !package.normal.contains("clap"), "{name} uses clap");
    }
}

/// dp-report reads records: it is built without Docker, and fast.
#[test]
fn dp_report_is_built_from_few_crates_and_none_that_talks_to_an_engine() {
    let arguments = ["tree", "--offline", "--package", "dp-report", "--prefix", "none"];
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(arguments)
        .args(["--edges", "normal,no-proc-macro"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let names = listed.lines().filter_map(|line| line.split(' ').next());
    let others: BTreeSet<&str> = names.filter(|name| !name.starts_with("dp-")).collect();
    assert!(others.contains("serde_json"), "{}", String::from_utf8_lossy(&output.stderr));
    for heavy in ["bollard", "hyper", "tokio"] {
        assert!(!others.contains(heavy), "{heavy}");
    }
    assert!(others.len() <= MOST_CRATES_OF_DP_REPORT, "{}: {others:?}", others.len());
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
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    for (name, package) in packages() {
        let circles = import_circles(&package.folder.join("src"));
        assert!(circles.is_empty(), "{name} (move what both need to a third file): {circles:#?}");
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
fn every_tool_is_in_the_table_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (name, package) in packages() {
        let named = readme.contains(&format!("\n| `{name}` | "));
        let is_tool = package.folder.starts_with(root().join("tools"));
        assert_eq!(named, is_tool, "{name}: a row of the table in README.md for each tool");
    }
}

#[test]
fn the_entry_point_of_a_tool_is_one_call() {
    for (name, package) in tools(&packages()) {
        let text = fs::read_to_string(package.folder.join("src/main.rs")).unwrap();
        assert!(text.lines().count() <= 10, "{name}");
        assert!(text.contains("dp_tool::main("), "{name}");
    }
}
