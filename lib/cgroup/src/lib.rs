//! Control groups of this machine (cgroups(7)): Linux only, versions 1 and 2.
//!
//! There are two kinds of [`Group`]: that of a running container, found from the
//! host's `/proc/PID/cgroup`; and a [`ParentGroup`] of our own, under which an
//! engine is asked to put the containers that it starts. It outlives them, so that
//! the kernel's counts are complete; where the engine has its groups from systemd it
//! is a slice that systemd holds for us. A group is read as a cheap [`Sample`] of what
//! changes, [`Totals`] and [`Limits`].
//!
//! Figures mean what the kernel's documentation says: version 1
//! Documentation/admin-guide/cgroup-v1/{memory,cpuacct,pids,blkio-controller}.rst
//! and Documentation/scheduler/sched-bwc.rst, version 2
//! Documentation/admin-guide/cgroup-v2.rst, pressure
//! Documentation/accounting/psi.rst. What a version, a kernel or this host does
//! not count is absent, and [`Group::why_absent`] says why.

mod absent;
mod error;
mod figures;
mod file;
mod folders;
mod group;
mod group_files;
mod membership;
mod mounts;
mod network;
mod parent;
mod pressure;
#[cfg(test)]
mod recorded;
mod slice;
mod v1;
mod v2;

pub use absent::Reason;
pub use error::{CgroupError, ParentError};
pub use figures::{Figure, Io, Limit, Limits, Sample, Throttling, Totals, Usage, Version};
pub use group::Group;
pub use network::{Interfaces, Network};
pub use parent::ParentGroup;
pub use pressure::Pressure;
