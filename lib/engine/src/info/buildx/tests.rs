use std::fs;
use std::path::Path;

use super::*;
use crate::error::ErrorKind;

fn version(line: &str) -> Option<(u32, u32, String)> {
    in_line(line).map(|version| (version.major, version.minor, version.text))
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
    let version: BuildxVersion = "v0.9.1".parse().unwrap();
    assert!(version.at_least(0, 9));
    assert!(!version.at_least(0, 13));
}

/// A `docker` that is the given shell script. The shell reads it: a program that was just written
/// cannot always be started ("text file busy", while another test forks).
fn fake(folder: &Path, script: &str) -> Command {
    let path = folder.join("docker");
    fs::write(&path, script).unwrap();
    let mut command = Command::new("sh");
    command.arg(&path);
    command
}

/// What docker alone says.
async fn asked(script: &str) -> Result<BuildxVersion, EngineError> {
    let folder = tempfile::tempdir().unwrap();
    BuildxVersion::ask(None, None, fake(folder.path(), script)).await
}

#[tokio::test]
async fn docker_tells_the_version() {
    let version = asked("echo \"github.com/docker/buildx 0.29.1 $*\"").await.unwrap();
    assert_eq!(version.text, "0.29.1");
    assert!(version.at_least(0, 29));
}

#[tokio::test]
async fn a_plugin_that_does_not_answer_leaves_the_word_to_docker() {
    // Not there, no program, fails, says something else.
    for plugin in ["/nowhere/docker-buildx", "/", "/bin/false", "/bin/true", "/bin/echo"] {
        let folder = tempfile::tempdir().unwrap();
        let docker = fake(folder.path(), "echo github.com/docker/buildx v0.13.0 x");
        let version = BuildxVersion::ask(Some(Path::new(plugin)), None, docker).await.unwrap();
        assert_eq!(version.text, "0.13.0", "{plugin}");
    }
}

#[tokio::test]
async fn a_missing_docker_is_told_with_what_to_install() {
    let error = BuildxVersion::ask(None, None, Command::new("/nowhere/docker")).await.unwrap_err();
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
        let error = asked(&format!("echo \"{said}\" >&2; exit 1")).await.unwrap_err();
        assert_eq!(error, EngineError::NoBuildx);
    }
}

#[tokio::test]
async fn a_plugin_that_breaks_is_not_called_missing() {
    let error = asked("echo 'exec format error' >&2; exit 1").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "docker buildx version failed: exec format error (run it by hand to see more)"
    );
}

#[tokio::test]
async fn a_plugin_that_has_told_its_version_is_not_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::at(folder.path().join("memory"));
    // Would answer nothing itself.
    let plugin = Path::new("/bin/true");
    let answer = async { "0.29.1".parse().ok() };
    memory.learn(plugin, answer).await.unwrap();
    let docker = || fake(folder.path(), "echo github.com/docker/buildx v0.13.0 x");
    let ask = async |plugin| BuildxVersion::ask(Some(plugin), Some(&memory), docker()).await;
    assert_eq!(ask(plugin).await.unwrap().text, "0.29.1");
    assert_eq!(ask(Path::new("/bin/false")).await.unwrap().text, "0.13.0");
}
