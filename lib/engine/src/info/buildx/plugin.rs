//! Which file the docker CLI runs for `docker buildx`, as far as that can be known without it.

use std::env;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::BuildxVersion;
use crate::endpoint::Endpoint;

/// The plugin's name in every folder.
const FILE: &str = "docker-buildx";

/// The docker CLI's own folders, in its order (cli-plugins/manager, the same from 20.10 to 28).
const SYSTEM: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// First bytes of a program: ELF, and Mach-O for one and for several processors.
const PROGRAMS: [[u8; 4]; 3] = [*b"\x7fELF", [0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]];

/// The plugin that the docker CLI runs; none where only the docker CLI itself knows.
pub(super) fn find(endpoint: &Endpoint) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let docker = env::split_paths(&path).map(|folder| folder.join("docker"));
    if !is_docker_itself(&docker.into_iter().find(|file| is_executable(file))?) {
        return None;
    }
    let own = endpoint.config_dir().join("cli-plugins");
    choose(&endpoint.plugin_folders(), &own, &SYSTEM.map(PathBuf::from))
}

/// The first plugin in the docker CLI's order: folders that config.json adds, the one next to
/// config.json, the system's.
///
/// Its code and its documentation disagree which of the first two comes first: none if they hold
/// different plugins.
fn choose(added: &[PathBuf], own: &Path, system: &[PathBuf]) -> Option<PathBuf> {
    match (first(added), first(&[own.to_owned()])) {
        (Some(added), Some(own)) => is_same(&added, &own).then_some(own),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => first(system),
    }
}

/// A file that is there but cannot be used is still the docker CLI's choice.
fn first(folders: &[PathBuf]) -> Option<PathBuf> {
    let is_missing = |file: &PathBuf| matches!(fs::metadata(file), Err(error) if error.kind() == ErrorKind::NotFound);
    folders.iter().map(|folder| folder.join(FILE)).find(|file| !is_missing(file))
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether `docker` is the docker CLI's program and no wrapper, which may choose another
/// configuration or add folders: a script, or a link to a program of another name (snap).
fn is_docker_itself(docker: &Path) -> bool {
    let named = fs::canonicalize(docker).is_ok_and(|file| file.ends_with("docker"));
    let mut begin = [0; 4];
    let read = File::open(docker).and_then(|mut file| file.read_exact(&mut begin));
    named && read.is_ok() && PROGRAMS.contains(&begin)
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// What a plugin says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    vendor: String,
    version: String,
}

/// The version in a plugin's metadata. The docker CLI runs no plugin without a vendor.
pub(super) fn version(metadata: &[u8]) -> Option<BuildxVersion> {
    let metadata: Metadata = serde_json::from_slice(metadata).ok()?;
    metadata.version.parse().ok().filter(|_| !metadata.vendor.is_empty())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Folders(tempfile::TempDir);

    impl Folders {
        fn with(plugins: &[&str]) -> Self {
            let folders = Self(tempfile::tempdir().unwrap());
            for folder in plugins {
                let folder = folders.path(folder);
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(FILE), "").unwrap();
            }
            folders
        }

        fn path(&self, folder: &str) -> PathBuf {
            self.0.path().join(folder)
        }

        fn chosen(&self) -> Option<PathBuf> {
            let paths =
                |names: &[&str]| names.iter().map(|name| self.path(name)).collect::<Vec<_>>();
            let file = choose(
                &paths(&["added/1", "added/2"]),
                &self.path("own"),
                &paths(&["system/1", "system/2"]),
            );
            let file = file.as_deref().map(|file| file.strip_prefix(self.0.path()).unwrap());
            file.and_then(Path::parent).map(Path::to_owned)
        }
    }

    #[test]
    fn the_plugin_of_the_user_comes_before_those_of_the_system() {
        for (there, chosen) in [
            (&["own", "system/1", "system/2"][..], Some("own")),
            (&["added/2", "added/1", "system/1"], Some("added/1")),
            (&["system/2", "system/1"], Some("system/1")),
            (&["system/2"], Some("system/2")),
            (&[], None),
        ] {
            assert_eq!(Folders::with(there).chosen(), chosen.map(Into::into), "{there:?}");
        }
    }

    #[test]
    fn two_plugins_of_the_user_are_for_docker_to_choose_from() {
        assert_eq!(Folders::with(&["own", "added/1", "system/1"]).chosen(), None);
        // Docker Desktop names the same file in both places.
        let folders = Folders::with(&["added/1"]);
        fs::create_dir(folders.path("own")).unwrap();
        symlink(folders.path("added/1").join(FILE), folders.path("own").join(FILE)).unwrap();
        assert_eq!(folders.chosen(), Some("own".into()));
    }

    #[test]
    fn a_link_to_nothing_is_no_plugin() {
        let folders = Folders::with(&["system/1"]);
        fs::create_dir(folders.path("own")).unwrap();
        symlink("/nowhere/docker-buildx", folders.path("own").join(FILE)).unwrap();
        assert_eq!(folders.chosen(), Some("system/1".into()));
    }

    #[test]
    fn only_a_program_called_docker_is_the_docker_cli() {
        let folder = tempfile::tempdir().unwrap();
        let file = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            path
        };
        assert!(is_docker_itself(&file("program/docker", b"\x7fELF\x02\x01\x01")));
        assert!(!is_docker_itself(&file("script/docker", b"#!/bin/sh\nexec podman \"$@\"\n")));
        assert!(!is_docker_itself(&file("empty/docker", b"")));
        let link = folder.path().join("docker");
        symlink(file("snap", b"\x7fELF\x02\x01\x01"), &link).unwrap();
        assert!(!is_docker_itself(&link));
        assert!(!is_docker_itself(&folder.path().join("nothing/docker")));
    }

    #[test]
    fn the_version_stands_in_the_metadata() {
        let read = |text: &str| version(text.as_bytes()).map(|version| version.text);
        // As Docker's own buildx and Debian's print it.
        let docker = r#"{"SchemaVersion":"0.1.0","Vendor":"Docker Inc.","Version":"v0.29.1","ShortDescription":"Docker Buildx"}"#;
        let debian = "{\n     \"SchemaVersion\": \"0.1.0\",\n     \"Vendor\": \"Docker Inc.\",\n     \"Version\": \"0.29.1+ds1\"\n}\n";
        assert_eq!(read(docker).as_deref(), Some("0.29.1"));
        assert_eq!(read(debian).as_deref(), Some("0.29.1+ds1"));
        for none in [
            "",
            "{}",
            r#"{"SchemaVersion":"0.1.0","Version":"v0.29.1"}"#,
            r#"{"SchemaVersion":"0.1.0","Vendor":"","Version":"v0.29.1"}"#,
            r#"{"SchemaVersion":"0.1.0","Vendor":"Docker Inc.","Version":"master"}"#,
            "github.com/docker/buildx v0.29.1 a32761a",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
