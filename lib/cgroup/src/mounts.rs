//! Where the hierarchies are mounted: `/proc/self/mountinfo` (proc(5)).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where.
    pub(crate) point: PathBuf,
    /// The group that is seen there: `/`, unless only a part is mounted.
    group: String,
    /// Version 1: the controllers; version 2: nothing.
    controllers: Vec<String>,
    unified: bool,
}

impl Mount {
    /// The folder of a group, by its path in `/proc/PID/cgroup`; none if this
    /// mount does not show it.
    pub(crate) fn folder(&self, path: &str) -> Option<PathBuf> {
        let below = path.strip_prefix(self.group.trim_end_matches('/'))?;
        let whole = below.is_empty() || below.starts_with('/');
        whole.then(|| self.point.join(below.trim_start_matches('/')))
    }
}

/// The mounted hierarchies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mounts {
    all: Vec<Mount>,
}

impl Mounts {
    /// The hierarchies of this machine; none if there are none. They are mounted before
    /// any container runs: the list, long on a machine with many containers, is
    /// read once.
    pub(crate) fn here() -> Option<Self> {
        static HERE: OnceLock<Option<Mounts>> = OnceLock::new();
        HERE.get_or_init(|| Self::read(Path::new("/"))).clone()
    }

    /// The hierarchies of the machine whose files are below `root`.
    pub(crate) fn below(root: &Path) -> Option<Self> {
        if root == Path::new("/") { Self::here() } else { Self::read(root) }
    }

    fn read(root: &Path) -> Option<Self> {
        let mut mounts = Self::parse(&fs::read_to_string(root.join("proc/self/mountinfo")).ok()?);
        for mount in &mut mounts.all {
            mount.point = root.join(mount.point.strip_prefix("/").unwrap_or(&mount.point));
        }
        (!mounts.all.is_empty()).then_some(mounts)
    }

    fn parse(text: &str) -> Self {
        Self { all: text.lines().filter_map(mount).collect() }
    }

    /// Version 1 hierarchies that have a controller, in the order of mounting.
    pub(crate) fn controller(&self, name: &str) -> impl Iterator<Item = &Mount> {
        self.all.iter().filter(move |mount| mount.controllers.iter().any(|one| one == name))
    }

    /// Version 2.
    pub(crate) fn unified(&self) -> impl Iterator<Item = &Mount> {
        self.all.iter().filter(|mount| mount.unified)
    }

    /// Whether memory is counted by version 1: on hybrid hosts version 2 is
    /// mounted too, but has no controllers.
    pub(crate) fn has_controllers(&self) -> bool {
        self.controller("memory").next().is_some()
    }

    /// All roots.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Path> {
        self.all.iter().map(|mount| mount.point.as_path())
    }
}

/// `ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER`.
fn mount(line: &str) -> Option<Mount> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (group, point) = (place.next()?, place.next()?);
    let mut kind = kind.split(' ');
    let (kind, options) = (kind.next()?, kind.nth(1)?);
    let controllers = match kind {
        "cgroup" => options.split(',').map(str::to_owned).collect(),
        "cgroup2" => Vec::new(),
        _ => return None,
    };
    let unified = kind == "cgroup2";
    Some(Mount { point: unescaped(point).into(), group: unescaped(group), controllers, unified })
}

/// Space, tab, newline and backslash are written as three octal digits.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hybrid_hosts_have_both_versions() {
        let mounts = Mounts::parse(
            "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
             35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
             33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
             41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
        );
        let folder = |name, path| mounts.controller(name).next()?.folder(path);
        assert_eq!(folder("memory", "/d/x"), Some("/sys/fs/cgroup/memory/d/x".into()));
        assert_eq!(folder("cpuacct", "/d/x"), Some("/sys/fs/cgroup/cpu,cpuacct/d/x".into()));
        assert_eq!(folder("cpu", "/d/x"), folder("cpuacct", "/d/x"));
        assert_eq!(folder("pids", "/d/x"), None);
        let unified: Vec<_> = mounts.unified().filter_map(|one| one.folder("/d")).collect();
        assert_eq!(unified, [Path::new("/sys/fs/cgroup/unified/d")]);
        assert_eq!(mounts.all().count(), 3);
        assert!(mounts.has_controllers());
    }

    #[test]
    fn pure_version_2_has_one_root() {
        let line = "28 22 0:25 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        let mounts = Mounts::parse(line);
        assert_eq!(mounts.all().collect::<Vec<_>>(), [Path::new("/sys/fs/cgroup")]);
        assert!(!mounts.has_controllers());
    }

    #[test]
    fn a_part_of_a_hierarchy_shows_only_what_is_below_it() {
        let line = "28 22 0:25 /docker/a /c\\040g rw - cgroup2 none rw\n";
        let mounts = Mounts::parse(line);
        let folder = |path| mounts.unified().next()?.folder(path);
        assert_eq!(folder("/docker/a/b"), Some("/c g/b".into()));
        assert_eq!(folder("/docker/a"), Some("/c g".into()));
        assert_eq!(folder("/docker/ab"), None);
        assert_eq!(folder("/docker"), None);
    }
}
