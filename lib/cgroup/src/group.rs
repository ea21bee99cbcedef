//! A control group that is read.

use std::path::Path;

use super::absent::Reason;
use super::error::CgroupError;
use super::figures::{Figure, Limits, Sample, Totals, Version};
use super::file::OpenFile;
use super::folders::Folders;
use super::group_files::GroupFiles;

/// A group. The files of its samples stay open.
#[derive(Debug)]
pub struct Group {
    files: GroupFiles,
    sampled: Vec<(Figure, OpenFile)>,
    buffer: Vec<u8>,
}

impl Group {
    /// The group of a running container, found by one of its processes
    /// (`State.Pid`). A group whose path does not hold the
    /// container's full id is not taken for its own.
    ///
    /// # Errors
    /// The process has ended, belongs to no group of this container, or no
    /// mounted hierarchy shows the group.
    pub fn of_container(container: &str, pid: u32) -> Result<Self, CgroupError> {
        Self::of_container_below(Path::new("/"), container, pid)
    }

    /// The same on a machine whose files are below `root`.
    pub(crate) fn of_container_below(
        root: &Path,
        container: &str,
        pid: u32,
    ) -> Result<Self, CgroupError> {
        let (version, folders) = Folders::of_container(root, container, pid)?;
        Self::open(GroupFiles { version, folders })
    }

    /// Opens what is there.
    pub(crate) fn open(files: GroupFiles) -> Result<Self, CgroupError> {
        let open = files.sampled().iter().filter_map(|figure| {
            let open = OpenFile::open(files.file(*figure)?).ok()?;
            Some((*figure, open))
        });
        let sampled = open.collect();
        match files.folders.any() {
            Some(folder) if folder.is_dir() => Ok(Self { files, sampled, buffer: Vec::new() }),
            folder => Err(CgroupError::Gone(folder.unwrap_or(Path::new("the group")).to_owned())),
        }
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.files.version
    }

    /// What is used now.
    ///
    /// # Errors
    /// [`CgroupError::Gone`] once the group was removed.
    pub fn sample(&mut self) -> Result<Sample, CgroupError> {
        let mut sample = Sample::default();
        for (figure, file) in &self.sampled {
            self.files.put(*figure, file.read(&mut self.buffer)?, &mut sample);
        }
        Ok(sample)
    }

    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        self.files.totals()
    }

    /// The limits that are set now.
    pub fn limits(&self) -> Limits {
        self.files.limits()
    }

    /// Why a figure is absent from what was read; asked of a figure that is
    /// there, it names what would be said if the file had said nothing.
    pub fn why_absent(&self, figure: Figure) -> Reason {
        self.files.why_absent(figure)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const ID: &str = "0123456789abcdef";

    /// A hybrid host whose container has another path in each hierarchy, and no
    /// group of its own in the unified one.
    fn hybrid() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            (
                "proc/7/cgroup",
                "4:memory:/docker/ID\n3:pids:/other/ID/init.scope\n2:cpu,cpuacct:/\n0::/init.scope\n",
            ),
            (
                "proc/self/mountinfo",
                "1 0 0:1 / /c/memory rw - cgroup cgroup rw,memory\n\
                 2 0 0:2 / /c/pids rw - cgroup cgroup rw,pids\n\
                 3 0 0:3 / /c/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
                 4 0 0:4 / /c/unified rw - cgroup2 cgroup2 rw\n",
            ),
            ("c/memory/docker/ID/memory.usage_in_bytes", "5000\n"),
            ("c/pids/other/ID/pids.current", "3\n"),
            ("c/pids/other/ID/init.scope/pids.current", "1\n"),
            ("c/cpu/cpuacct.usage", "999\n"),
            ("c/unified/init.scope/cpu.pressure", "some total=9\n"),
        ] {
            let path = root.path().join(path.replace("ID", ID));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace("ID", ID)).unwrap();
        }
        root
    }

    #[test]
    fn each_controller_is_read_where_the_container_has_its_own_group() {
        let root = hybrid();
        let mut group = Group::of_container_below(root.path(), ID, 7).unwrap();
        assert_eq!(group.version(), Version::V1);
        let sample = group.sample().unwrap();
        assert_eq!((sample.memory_bytes, sample.pids), (Some(5000), Some(3)));
    }

    #[test]
    fn groups_of_others_are_never_taken_for_the_containers() {
        let root = hybrid();
        let mut group = Group::of_container_below(root.path(), ID, 7).unwrap();
        assert_eq!(group.sample().unwrap().cpu, None);
        assert_eq!(group.why_absent(Figure::Cpu), Reason::NoGroup("cpuacct".to_owned()));
        assert_eq!(group.totals().cpu_pressure, None);
        assert_eq!(group.why_absent(Figure::CpuPressure), Reason::NoGroup("unified".to_owned()));
        assert_eq!(group.why_absent(Figure::Io), Reason::NoGroup("blkio".to_owned()));
        assert_eq!(group.why_absent(Figure::SwapPeak), Reason::NotOfVersion);
    }
}
