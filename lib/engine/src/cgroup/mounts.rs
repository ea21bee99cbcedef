//! Where the hierarchies are mounted: `/proc/self/mounts`.

use std::fs;
use std::path::{Path, PathBuf};

/// The mounted hierarchies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mounts {
    /// Version 2.
    pub(super) unified: Option<PathBuf>,
    /// Version 1, each with its mount options, controllers among them.
    legacy: Vec<(PathBuf, Vec<String>)>,
}

impl Mounts {
    /// Those of this machine; none if there are none.
    pub(super) fn read() -> Option<Self> {
        let mounts = Self::parse(&fs::read_to_string("/proc/self/mounts").ok()?);
        (mounts != Self::default()).then_some(mounts)
    }

    fn parse(text: &str) -> Self {
        let mut mounts = Self::default();
        for line in text.lines() {
            let mut fields = line.split(' ').skip(1);
            let (Some(path), Some(kind), Some(options)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            match kind {
                "cgroup2" => mounts.unified = Some(path.into()),
                "cgroup" => mounts
                    .legacy
                    .push((path.into(), options.split(',').map(str::to_owned).collect())),
                _ => {}
            }
        }
        mounts
    }

    /// Root of the version 1 hierarchy of a controller.
    pub(super) fn controller(&self, name: &str) -> Option<&Path> {
        let has = |options: &[String]| options.iter().any(|option| option == name);
        self.legacy.iter().find(|(_, options)| has(options)).map(|(path, _)| path.as_path())
    }

    /// All roots.
    pub(super) fn all(&self) -> impl Iterator<Item = &Path> {
        let legacy = self.legacy.iter().map(|(path, _)| path.as_path());
        legacy.chain(self.unified.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hybrid_hosts_have_both_versions() {
        let mounts = Mounts::parse(
            "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n\
             cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n\
             cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n\
             cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n",
        );
        assert_eq!(mounts.unified.as_deref(), Some(Path::new("/sys/fs/cgroup/unified")));
        assert_eq!(mounts.controller("cpuacct"), Some(Path::new("/sys/fs/cgroup/cpu,cpuacct")));
        assert_eq!(mounts.controller("cpu"), mounts.controller("cpuacct"));
        assert_eq!(mounts.controller("pids"), None);
        assert_eq!(mounts.all().count(), 3);
    }

    #[test]
    fn pure_version_2_has_one_root() {
        let mounts = Mounts::parse("cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n");
        assert_eq!(mounts.all().collect::<Vec<_>>(), [Path::new("/sys/fs/cgroup")]);
    }
}
