//! CPU time that the engine itself spends: it is the engine that saves an
//! image for those who read its export.

use std::fs;
use std::path::{Path, PathBuf};

use dp_engine::endpoint::Transport;
use dp_session::host::engine_process;
use dp_testkit::Docker;

use crate::wire::socket;

/// Clock ticks in a second, as `/proc` counts them for programs on every
/// architecture of Docker's (`USER_HZ`, proc(5)).
const TICKS: f64 = 100.0;

/// Seconds of CPU since the engine began, those of its ended children too.
pub(crate) fn cpu_seconds() -> f64 {
    let transport = Transport::Unix(PathBuf::from(socket()));
    let id = engine_process(&transport).unwrap();
    let text = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // Fields 14 to 17; the name (field 2) may hold spaces.
    let fields = text[text.rfind(')').unwrap() + 1..].split_whitespace();
    fields.skip(11).take(4).map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / TICKS
}

/// Where the engine stages what it exports: the folder for its temporary files.
pub(crate) fn staging_folder() -> PathBuf {
    let root = Docker::new().ok(&["info", "--format", "{{.DockerRootDir}}"]);
    Path::new(root.trim()).join("tmp")
}

/// Whether no export is staged there.
pub(crate) fn is_tidy(staging: &Path) -> bool {
    let entries = fs::read_dir(staging).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    !names.into_iter().any(|name| name.starts_with("docker-export-"))
}
