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
