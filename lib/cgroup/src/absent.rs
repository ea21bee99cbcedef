//! Why a figure is absent.

use std::io;
use std::path::Path;

use thiserror::Error;

/// Which file has a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// The controller that has it; empty if it needs none.
    pub(crate) controller: &'static str,
    /// The file in the folder of the group.
    pub(crate) file: &'static str,
    /// The first Linux that has the file, where some in use do not.
    pub(crate) since: Option<&'static str>,
}

/// Why a figure is absent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// This version of control groups does not count it.
    #[error("control groups of version 1 do not count it")]
    NotOfVersion,
    /// The hierarchy is not mounted, or the group in it is not the container's
    /// own.
    #[error("no group of its own in the {0} hierarchy")]
    NoGroup(String),
    /// The controller is not enabled for the group (`cgroup.controllers`).
    #[error("the {0} controller is not enabled for this group")]
    Disabled(&'static str),
    /// The kernel is older than the file.
    #[error("this kernel has no {file} (Linux {since} and newer can have it)")]
    OldKernel {
        /// The file.
        file: &'static str,
        /// The first Linux with it.
        since: &'static str,
    },
    /// The kernel was built or booted without it.
    #[error("this kernel counts no {0}")]
    NotBuilt(&'static str),
    /// We may not read it.
    #[error("no right to read {0}: run dp as root")]
    Forbidden(&'static str),
    /// The file is there, but says nothing.
    #[error("{0} is not counted on this host")]
    NotCounted(&'static str),
}

impl Reason {
    /// Why the file of a source could not be read in this folder.
    pub(crate) fn of(source: Source, folder: &Path, error: &io::Error) -> Self {
        let Source { controller, file, since } = source;
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Forbidden(file),
            io::ErrorKind::NotFound if is_disabled(controller, folder) => {
                Self::Disabled(controller)
            }
            io::ErrorKind::NotFound => {
                since.map_or(Self::NotBuilt(file), |since| Self::OldKernel { file, since })
            }
            _ => Self::NotBuilt(file),
        }
    }
}

/// Version 1 has no such list: its controllers are hierarchies.
pub(crate) fn is_disabled(controller: &str, folder: &Path) -> bool {
    let enabled = super::file::text(&folder.join("cgroup.controllers"));
    let has = |list: String| list.split_whitespace().any(|one| one == controller);
    !controller.is_empty() && enabled.is_some_and(|list| !has(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_being_absent_has_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cgroup.controllers"), "cpuset cpu memory\n").unwrap();
        let reason = |controller, since, kind: io::ErrorKind| {
            let source = Source { controller, file: "x.peak", since };
            Reason::of(source, folder.path(), &kind.into()).to_string()
        };
        let (missing, unsupported) = (io::ErrorKind::NotFound, io::ErrorKind::Unsupported);
        for (found, expected) in [
            (reason("pids", Some("6.1"), missing), "the pids controller is not enabled"),
            (reason("cpu", Some("6.1"), missing), "Linux 6.1 and newer can have it"),
            (reason("", Some("4.20"), missing), "Linux 4.20 and newer can have it"),
            (reason("memory", None, missing), "this kernel counts no x.peak"),
            (reason("", Some("4.20"), unsupported), "this kernel counts no x.peak"),
            (reason("cpu", None, io::ErrorKind::PermissionDenied), "no right to read x.peak"),
        ] {
            assert!(found.contains(expected), "{found}: {expected}");
        }
    }
}
