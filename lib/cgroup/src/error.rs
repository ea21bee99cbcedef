//! Why a group or its network cannot be read at all.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A group cannot be found or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CgroupError {
    /// The process or the group has ended: there is nothing to count any more.
    #[error("{} is gone: the container has ended", .0.display())]
    Gone(PathBuf),
    /// The process is not in a group of this container: it has ended and
    /// another process has its number, or it is seen from another namespace.
    #[error("process {pid} is in no control group of container {container}")]
    NotOfContainer {
        /// The process.
        pid: u32,
        /// The container.
        container: String,
    },
    /// No hierarchy shows the group.
    #[error(
        "no mounted control group hierarchy shows {0}: mount the host's /sys/fs/cgroup where dp runs"
    )]
    NotMounted(String),
    /// The container has no network of its own.
    #[error("process {0} uses this machine's own network: what it sent is not counted apart")]
    HostNetwork(u32),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
}

impl CgroupError {
    /// What a failed access to a file means: a group that was removed answers
    /// "no such device" where it is still open, a process that ended "no such
    /// process".
    pub(crate) fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match rustix::io::Errno::from_io_error(&source) {
            Some(rustix::io::Errno::NODEV | rustix::io::Errno::SRCH | rustix::io::Errno::NOENT) => {
                Self::Gone(path)
            }
            _ => Self::Read { path, source },
        }
    }
}

/// Why there is no parent group.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParentError {
    /// None that we may make and remove.
    #[error("no right to make control groups: run dp as root")]
    Forbidden,
    /// The engine makes its groups in a way that we do not know.
    #[error("the engine's control group driver is {0}, not cgroupfs or systemd")]
    Driver(String),
    /// systemd would have to make it, and is not there.
    #[error(
        "the engine has its control groups from systemd, which does not run where dp runs: run dp \
         on the host itself"
    )]
    NotBooted,
    /// systemd would have to make it, and its program for that cannot be run.
    #[error(
        "the engine has its control groups from systemd, and busctl cannot ask it for one: {0}"
    )]
    CannotAsk(String),
    /// systemd does not make it.
    #[error("systemd starts no slice for dp: {0}")]
    Refused(String),
}
