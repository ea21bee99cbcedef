//! A copy of scripts whose tools and other scripts only write down, in `events`, what they are
//! called for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use dp_testkit::{Context, Ran};

use crate::{Stubs, command, ran, root};

pub(crate) struct Site {
    pub(crate) place: Context,
    stubs: Stubs,
}

impl Site {
    /// This folder, with these programs before all others.
    pub(crate) fn new(place: Context, stubs: &[(&str, &str)]) -> Self {
        Self { place, stubs: Stubs::new(stubs) }
    }

    /// Runs one of the scripts in the folder.
    pub(crate) fn run(&self, script: &str, args: &[&str]) -> Ran {
        let script = self.place.path().join("scripts").join(script);
        let words = [&["bash", script.to_str().unwrap()], args].concat();
        ran(command(Some(self.stubs.path()), &words).current_dir(self.place.path()))
    }

    /// What happened since the last time.
    pub(crate) fn events(&self) -> Vec<String> {
        let file = self.place.path().join("events");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }
}

/// Copies a file of the project, which may be run.
pub(crate) fn copy(place: &Context, path: &str) {
    let text = fs::read_to_string(root().join(path)).unwrap();
    write_executable(place, path, &text);
}

/// Writes a script for `sh`.
pub(crate) fn write_script(place: &Context, path: &str, text: &str) {
    write_executable(place, path, &format!("#!/bin/sh\n{text}\n"));
}

fn write_executable(place: &Context, path: &str, text: &str) {
    place.write(path, text);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.path().join(path), mode).unwrap();
}
