//! A build secret is there while a step runs, and in nothing that stays.

use std::fs;
use std::path::Path;
use std::process::Command;

use dp_testkit::shown_elsewhere;

use crate::{OPTIMIZED, System};

/// In how many lines of the archive of an image a text stands: in its layers, which are not
/// compressed, and in its configuration.
fn count(archive: &Path, text: &str) -> usize {
    let mut grep = Command::new("grep");
    let grep = grep.args(["--text", "--fixed-strings", "--count", text]).arg(archive);
    String::from_utf8(grep.output().unwrap().stdout).unwrap().trim().parse().unwrap()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_login_of_an_archive_is_told_and_reaches_no_layer() {
    if shown_elsewhere() {
        return;
    }
    let mut system = System::new();
    // As far as the first step that takes the secret, which this build runs anew.
    let fetch = "tools/fetch-source libevent\n";
    let text = fs::read_to_string(system.path(OPTIMIZED)).unwrap();
    let end = text.find(fetch).unwrap() + fetch.len();
    let anew = format!(": {} && {fetch}", system.name);
    fs::write(system.path(OPTIMIZED), text[..end].replace(fetch, &anew)).unwrap();
    let canary = format!("canary-{}", system.name);
    let login = format!("machine mirror.example login builder password {canary}\n");
    fs::write(system.path("login"), login).unwrap();

    let secret = format!("id=apt-auth,src={}", system.path("login").display());
    let (image, progress) = system.image("deps-builder", &["--secret", &secret]);
    assert!(progress.contains("the archive is told who asks"), "{progress}");
    assert!(!progress.contains(&canary), "{progress}");

    let archive = system.path("image.tar");
    system.docker.ok(&["save", "--output", archive.to_str().unwrap(), &image]);
    // What is in a layer and what is in the configuration is found so.
    assert!(count(&archive, "fetch-source PACKAGE") > 0);
    assert!(count(&archive, &system.name) > 0);
    assert_eq!(count(&archive, &canary), 0);
}
