use std::fs;
use std::path::Path;

use super::*;
use crate::error::ErrorKind;

fn version(line: &str) -> Option<(u32, u32, String)> {
    let version: BuildxVersion = line.parse().ok()?;
    Some((version.major, version.minor, version.text))
}

#[test]
fn every_known_way_to_write_the_version_is_read() {
    let some = |major, minor, text: &str| Some((major, minor, text.to_owned()));
    for (line, expected) in [
        (
            "github.com/docker/buildx v0.29.1 a32761aeb3debd39be1eca514af3693af0db334b",
            some(0, 29, "0.29.1"),
        ),
        ("github.com/docker/buildx 0.29.1 0.29.1-1", some(0, 29, "0.29.1")),
        ("github.com/docker/buildx v0.13.0-desktop.1 abcdef", some(0, 13, "0.13.0-desktop.1")),
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", some(0, 13, "0.13.1+ds1")),
        ("github.com/docker/buildx v0.12.0-rc1-2-gabc.m abc", some(0, 12, "0.12.0-rc1-2-gabc.m")),
        ("github.com/docker/buildx 1.2", some(1, 2, "1.2")),
        ("github.com/docker/buildx master", None),
        ("buildx", None),
        ("", None),
    ] {
        assert_eq!(version(line), expected, "{line}");
    }
}

#[test]
fn minor_versions_compare_as_numbers() {
    let version: BuildxVersion = "github.com/docker/buildx v0.9.1 x".parse().unwrap();
    assert!(version.at_least(0, 9));
    assert!(!version.at_least(0, 13));
}

#[test]
fn the_cli_version_is_the_number_alone() {
    assert_eq!(cli_version("Docker version 28.2.2, build e6534b4"), "28.2.2");
    assert_eq!(cli_version("Docker version 20.10.24+dfsg1, build 297e128"), "20.10.24+dfsg1");
    assert_eq!(cli_version("podman version 4.3.1"), "podman version 4.3.1");
}

/// A `docker` that is the given shell script. The shell reads it: a program that was just written
/// cannot always be started ("text file busy", while another test forks).
fn fake(folder: &Path, script: &str) -> impl Fn() -> Command {
    let path = folder.join("docker");
    fs::write(&path, script).unwrap();
    move || {
        let mut command = Command::new("sh");
        command.arg(&path);
        command
    }
}

#[tokio::test]
async fn both_versions_come_from_the_cli() {
    let folder = tempfile::tempdir().unwrap();
    let docker = fake(
        folder.path(),
        "case $1 in --version) echo 'Docker version 28.5.2, build x';;
         buildx) echo 'github.com/docker/buildx 0.29.1 y';; esac",
    );
    let facts = CliFacts::ask(docker).await.unwrap();
    assert_eq!(facts.cli_version, "28.5.2");
    assert!(facts.buildx.at_least(0, 29));
}

#[tokio::test]
async fn a_missing_docker_is_told_with_what_to_install() {
    let error = CliFacts::ask(|| Command::new("/nowhere/docker")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no docker on PATH (install the docker CLI: it is needed for building)"
    );
    assert_eq!(error.kind(), ErrorKind::Cli);
}

#[tokio::test]
async fn a_docker_without_buildx_is_told_with_what_to_install() {
    // The words of CLI 28 and of CLI 20.10.
    for said in
        ["docker: unknown command: docker buildx", "docker: 'buildx' is not a docker command."]
    {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "case $1 in --version) echo 'Docker version 28.2.2, build x';;
             *) echo \"{said}\" >&2; exit 1;; esac"
        );
        let error = CliFacts::ask(fake(folder.path(), &script)).await.unwrap_err();
        assert_eq!(error, EngineError::NoBuildx);
    }
}

#[tokio::test]
async fn a_plugin_that_breaks_is_not_called_missing() {
    let folder = tempfile::tempdir().unwrap();
    let script = "case $1 in --version) echo 'Docker version 28.2.2, build x';;
                  *) echo 'exec format error' >&2; exit 1;; esac";
    let error = CliFacts::ask(fake(folder.path(), script)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "docker buildx version failed: exec format error (run it by hand to see more)"
    );
}
