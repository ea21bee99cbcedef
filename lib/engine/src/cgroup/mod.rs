//! Control groups of this machine (cgroups(7)): Linux only, versions 1 and 2.
//!
//! Two ways lead to a [`Group`]: that of a running container is found from the
//! host's `/proc/PID/cgroup`; a [`ParentGroup`] of our own is one that an engine
//! is told to put what it runs under: it outlives the containers, and the kernel
//! has counted, not we. A group is read as a cheap [`Sample`] of what changes,
//! [`Totals`] and [`Limits`].
//!
//! Figures mean what the kernel's documentation says: version 1
//! Documentation/admin-guide/cgroup-v1/{memory,cpuacct,pids,blkio-controller}.rst
//! and Documentation/scheduler/sched-bwc.rst, version 2
//! Documentation/admin-guide/cgroup-v2.rst, pressure
//! Documentation/accounting/psi.rst. What a version, a kernel or this host does
//! not count is absent, and [`Group::why_absent`] tells why.

mod absent;
mod error;
mod figures;
mod flat;
mod folders;
mod group;
mod kept;
mod membership;
mod mounts;
mod network;
mod parent;
mod place;
mod pressure;
#[cfg(test)]
mod recorded;
mod v1;
mod v2;

pub use absent::Reason;
pub use error::CgroupError;
pub use figures::{Figure, Io, Limit, Limits, Sample, Throttling, Totals};
pub use group::{Group, Version};
pub use network::{Interfaces, Network};
pub use parent::{ParentGroup, Usage};
pub use pressure::Pressure;
