//! The files of a group: which file of which folder has a figure.

use std::fs;
use std::path::{Path, PathBuf};

use super::absent::{Reason, Source, is_disabled};
use super::figures::{Figure, Limits, Sample, Totals, Usage, Version};
use super::file::text;
use super::folders::{Folders, UNIFIED};
use super::{v1, v2};

/// A group as a set of files that are read one by one.
#[derive(Debug)]
pub(crate) struct GroupFiles {
    pub(crate) version: Version,
    pub(crate) folders: Folders,
}

impl GroupFiles {
    /// The figures whose files make a sample.
    pub(crate) fn sampled(&self) -> &'static [Figure] {
        match self.version {
            Version::V1 => v1::SAMPLED,
            Version::V2 => v2::SAMPLED,
        }
    }

    /// Puts the text of a file into a sample.
    pub(crate) fn put(&self, figure: Figure, text: &str, into: &mut Sample) {
        match self.version {
            Version::V1 => v1::sample(figure, text, into),
            Version::V2 => v2::sample(figure, text, into),
        }
    }

    /// What was counted so far.
    pub(crate) fn totals(&self) -> Totals {
        self.totals_by(|figure| self.text(figure))
    }

    fn totals_by(&self, read: impl Fn(Figure) -> Option<String>) -> Totals {
        match self.version {
            Version::V1 => v1::totals(read, || self.io_of_all()),
            Version::V2 => v2::totals(read),
        }
    }

    /// CPU time and peak of memory: two files.
    pub(crate) fn usage(&self) -> Usage {
        let mut sample = Sample::default();
        self.put(Figure::Cpu, &self.text(Figure::Cpu).unwrap_or_default(), &mut sample);
        let peak = |figure| (figure == Figure::MemoryPeak).then(|| self.text(figure)).flatten();
        let totals = self.totals_by(peak);
        Usage { cpu: sample.cpu, memory_peak_bytes: totals.memory_peak_bytes }
    }

    /// The limits that are set now.
    pub(crate) fn limits(&self) -> Limits {
        let read = |figure| self.text(figure);
        let period = || text(&self.folders.of("cpu")?.join("cpu.cfs_period_us"));
        match self.version {
            Version::V1 => v1::limits(read, period),
            Version::V2 => v2::limits(read),
        }
    }

    /// Why a figure is absent.
    pub(crate) fn why_absent(&self, figure: Figure) -> Reason {
        let Some(source) = self.source(figure) else { return Reason::NotOfVersion };
        let Some(folder) = self.folder(figure) else {
            let name = if source.controller.is_empty() { "unified" } else { source.controller };
            return Reason::NoGroup(name.to_owned());
        };
        match fs::read_to_string(folder.join(source.file)) {
            Err(error) => Reason::of(source, folder, &error),
            Ok(_) if self.is_disabled(source) => Reason::Disabled(source.controller),
            Ok(_) => Reason::NotCounted(source.file),
        }
    }

    /// Version 2 has `cpu.stat` without its controller too, with less in it.
    fn is_disabled(&self, source: Source) -> bool {
        self.version == Version::V2
            && self.folders.of(UNIFIED).is_some_and(|folder| is_disabled(source.controller, folder))
    }

    /// The file of a figure.
    pub(crate) fn file(&self, figure: Figure) -> Option<PathBuf> {
        Some(self.folder(figure)?.join(self.source(figure)?.file))
    }

    fn source(&self, figure: Figure) -> Option<Source> {
        match self.version {
            Version::V1 => v1::source(figure),
            Version::V2 => Some(v2::source(figure)),
        }
    }

    fn folder(&self, figure: Figure) -> Option<&Path> {
        match self.version {
            Version::V1 => self.folders.of(v1::source(figure)?.controller),
            Version::V2 => self.folders.of(UNIFIED),
        }
    }

    fn text(&self, figure: Figure) -> Option<String> {
        text(&self.file(figure)?)
    }

    fn io_of_all(&self) -> Option<String> {
        let source = v1::source(Figure::Io)?;
        text(&self.folders.root_of(source.controller)?.join(source.file))
    }
}
