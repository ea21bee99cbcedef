//! The scripts: their help, what they refuse, what they keep, and that no exit
//! code is lost on the way.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod clean;
mod codes;
mod containers;
mod demo;
mod history;
mod keep;
mod pages;
mod postgres;
mod resources;
mod revisions;
mod services;
mod site;
mod stopping;
mod summary;
mod systems;
mod usage;
mod validation;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dp_testkit::{Ran, tool};
use tempfile::TempDir;

/// The project's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A program that finds the tools of this workspace, after those in `first`,
/// and heeds signals even if the tests ignore them.
fn command(first: Option<&Path>, program: &[&str]) -> Command {
    let tools = tool("dp-build").parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap();
    let folders = first.map(Path::to_owned).into_iter().chain([tools]);
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&rest))).unwrap();
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,TERM").args(program).env("PATH", path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A POSIX script, by `sh` and not by what its first line says.
fn by_sh(name: &str, args: &[&str]) -> Command {
    let script = root().join("scripts").join(name);
    command(None, &[&["sh", script.to_str().unwrap()], args].concat())
}

fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), signal: None, stdout: text(stdout), stderr: text(stderr) }
}

/// Programs that stand in for others, in a folder for PATH.
struct Stubs(TempDir);

impl Stubs {
    /// One for each name and `sh` text.
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in programs {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}
