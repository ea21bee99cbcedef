//! A control group that is read.

use std::path::Path;

use super::absent::Reason;
use super::folders::Folders;
use super::kept::Kept;
use super::place::Place;
use super::{CgroupError, Figure, Limits, Sample, Totals};

/// The version that counts memory and CPU time; a hybrid host is of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A hierarchy for each controller.
    V1,
    /// One hierarchy.
    V2,
}

/// A group. The files of its samples stay open.
#[derive(Debug)]
pub struct Group {
    place: Place,
    sampled: Vec<(Figure, Kept)>,
    buffer: Vec<u8>,
}

impl Group {
    /// That of a running container, found by one of its processes
    /// (`State.Pid`). Groups that do not bear the container's full id are not
    /// taken for its own.
    ///
    /// # Errors
    /// The process has ended, belongs to no group of this container, or no
    /// mounted hierarchy shows the group.
    pub fn of_container(container: &str, pid: u32) -> Result<Self, CgroupError> {
        Self::of_container_below(Path::new("/"), container, pid)
    }

    /// The same on a machine whose files are below `root`.
    pub(super) fn of_container_below(
        root: &Path,
        container: &str,
        pid: u32,
    ) -> Result<Self, CgroupError> {
        let (version, folders) = Folders::of_container(root, container, pid)?;
        Self::open(Place { version, folders })
    }

    /// Opens what is there.
    pub(super) fn open(place: Place) -> Result<Self, CgroupError> {
        let kept = place.sampled().iter().filter_map(|figure| {
            let kept = Kept::open(place.file(*figure)?).ok()?;
            Some((*figure, kept))
        });
        let sampled = kept.collect();
        match place.folders.any() {
            Some(folder) if folder.is_dir() => Ok(Self { place, sampled, buffer: Vec::new() }),
            folder => Err(CgroupError::Gone(folder.unwrap_or(Path::new("the group")).to_owned())),
        }
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.place.version
    }

    /// What is used now.
    ///
    /// # Errors
    /// [`CgroupError::Gone`] once the group was removed.
    pub fn sample(&mut self) -> Result<Sample, CgroupError> {
        let mut sample = Sample::default();
        for (figure, file) in &self.sampled {
            self.place.put(*figure, file.read(&mut self.buffer)?, &mut sample);
        }
        Ok(sample)
    }

    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        self.place.totals()
    }

    /// The limits that are set now.
    pub fn limits(&self) -> Limits {
        self.place.limits()
    }

    /// Why a figure is absent from what was read; asked of a figure that is
    /// there, it names what would be said if the file had said nothing.
    pub fn why_absent(&self, figure: Figure) -> Reason {
        self.place.why_absent(figure)
    }
}
