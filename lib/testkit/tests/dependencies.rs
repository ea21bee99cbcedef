//! What the dependencies may be: their licences and where they come from, as
//! `deny.toml` allows it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What `cargo metadata` says of this machine's dependencies, of the tests too.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// An SPDX expression.
    license: Option<String>,
    /// None for the crates of this workspace.
    source: Option<String>,
}

/// The part of `deny.toml` that is checked here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

fn foreign_packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let version = Command::new(&cargo).args(["version", "--verbose"]).output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // The crates of other systems are not there without a network.
    let args = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform"];
    let output = Command::new(cargo).args(args).arg(host).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    metadata.packages.into_iter().filter(|one| one.source.is_some()).collect()
}

/// Whether an SPDX expression is met by the licences that are allowed: of `OR` one
/// suffices, of `AND` all are needed. `/` is an old way to write `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let is_met = either(&mut words, allowed);
    is_met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut is_met = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        is_met |= both(words, allowed);
    }
    is_met
}

fn both(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut is_met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        is_met &= one(words, allowed);
    }
    is_met
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let is_met = either(words, allowed);
        return words.next_if_eq(&")").is_some() && is_met;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&name)
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    let deny: Deny = toml::from_str(&deny).unwrap();
    let packages = foreign_packages();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages {
        let license = package.license.as_deref().unwrap_or("none");
        let allowed = is_allowed(license, &deny.licenses.allow);
        assert!(allowed, "{} {}: {license} (see deny.toml)", package.name, package.version);
    }
}

#[test]
fn every_dependency_comes_from_the_crate_registry() {
    for package in foreign_packages() {
        let source = package.source.unwrap();
        assert!(source.starts_with("registry+"), "{} comes from {source}", package.name);
    }
}

#[test]
fn an_expression_is_read_as_its_authors_mean_it() {
    let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "Unlicense/MIT",
        "MIT AND Zlib",
        "(GPL-3.0 OR MIT) AND Zlib",
        "GPL-3.0 AND BSD-2-Clause OR MIT",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
    ] {
        assert!(is_allowed(met, &allowed), "{met}");
    }
    for not in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(GPL-3.0 OR MIT) AND GPL-2.0",
        "MIT AND (GPL-3.0 OR GPL-2.0)",
        "Apache-2.0",
        "MIT WITH Classpath-exception-2.0",
        "MIT Zlib",
        "(MIT",
    ] {
        assert!(!is_allowed(not, &allowed), "{not}");
    }
}
