//! `--archive`: images from archives, without an engine.
//!
//! All archives are read before the first record is written: the base of an image
//! may be another one of them, and of a broken archive there is no record.

mod base;
mod read;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dp_record::{Record, Subject, kind};
use dp_session::{RecordedBatch, content_id};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress};
use jiff::Timestamp;

use self::base::Bases;
use self::read::{ReadArchive, read};
use crate::archive::{Archive, ArchiveError, ArchivedImage};
use crate::base::{Hint, of_annotations, of_labels};
use crate::content::ContentRequests;
use crate::observation::{Observation, SourceImage};
use crate::plan::Plan;
use crate::shared::Sharing;
use crate::tree::Tree;

/// An image, observed as far as it can be without the other ones.
struct ObservedImage {
    /// When the reading of its archive began.
    at: Timestamp,
    /// Its name in the archive, else that of the file.
    saved_name: String,
    subject: Subject,
    /// What may be its base.
    hints: Vec<Hint>,
    observation: Observation,
}

/// Reads all archives, then prints a record for each image. The batch is named
/// by the images, so that the same archives make the same batch.
pub(crate) fn run(
    plan: &Plan<'_>,
    archives: &[PathBuf],
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    if plan.runs.dry_run {
        for path in archives {
            progress.note(&format!("would read {}", path.display()));
        }
        return Ok(Exit::Measured);
    }
    progress.begin(archives.len());
    let mut images = Images { plan, first: None, observed: Vec::new() };
    for path in archives {
        let archive = read(path, plan.requests.clone(), io, progress);
        if io.stop.is_set() {
            return Ok(Exit::Failed);
        }
        images.observe_all(&archive?, path)?;
        progress.done();
    }
    let images = images.observed;
    plan.check_count(images.len())?;
    let bases = Bases::new(plan.base, &images, io, progress)?;
    plan.records.check_names(images.len(), "images")?;
    check_distinct(&images)?;
    emit(finished(images, &bases)?, plan, io)
}

/// All images that were read so far.
struct Images<'a> {
    plan: &'a Plan<'a>,
    /// The name and the files of the first, if the others are compared with it.
    first: Option<(String, Tree)>,
    observed: Vec<ObservedImage>,
}

impl Images<'_> {
    /// Observes the images of one archive.
    fn observe_all(&mut self, read: &ReadArchive, path: &Path) -> Result<(), Fault> {
        let ReadArchive { archive, at } = read;
        for image in &archive.images {
            let read = source_image(archive, image, &self.plan.requests);
            let read =
                read.map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
            let observation = Observation::new(read, None, self.plan);
            let saved_name = image.name.clone().unwrap_or_else(|| stem(path));
            let name = self.plan.records.name.get(self.observed.len());
            // The key of a series must not depend on what else is in the archive: a
            // platform tells apart only what bears the same name.
            let several = archive.images.iter().filter(|one| one.name == image.name).count() > 1;
            let hints = of_annotations(&image.annotations).into_iter();
            let image = ObservedImage {
                at: *at,
                subject: Subject {
                    name: name.unwrap_or(&saved_name).clone(),
                    platform: image.config.platform.clone().filter(|_| several),
                    image: Some(image.config.id.clone()),
                    reference: image.name.clone(),
                    ..Subject::default()
                },
                saved_name,
                hints: hints.chain(of_labels(&image.config.labels)).collect(),
                observation,
            };
            self.add(image);
        }
        Ok(())
    }

    /// Files are kept only of the image that the others are compared with.
    fn add(&mut self, mut image: ObservedImage) {
        if let Some((name, files)) = &self.first {
            image.observation.compare(name, files);
        }
        let tree = image.observation.take_tree();
        if self.plan.diff && self.first.is_none() {
            self.first = tree.map(|tree| (image.subject.name.clone(), tree));
        }
        self.observed.push(image);
    }
}

fn source_image(
    archive: &Archive,
    image: &ArchivedImage,
    requests: &ContentRequests,
) -> Result<SourceImage, ArchiveError> {
    Ok(SourceImage {
        source: "archive",
        source_reason: None,
        id: image.config.id.clone(),
        diff_ids: image.config.diff_ids.clone(),
        history: image.config.history.clone(),
        user: image.config.user.clone(),
        env: image.config.env.clone(),
        labels: image.config.labels.clone(),
        engine_bytes: None,
        tree: Some(archive.tree(image)?),
        compressed: requests.needs_tars().then(|| archive.compressed_sizes(image)).flatten(),
    })
}

/// The name of a file, for an image that was saved without a name.
fn stem(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_stem()
        .map_or_else(|| "archive".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// No two images may be the same to a reader of the records.
fn check_distinct(images: &[ObservedImage]) -> Result<(), Fault> {
    let mut names = BTreeSet::new();
    for subject in images.iter().map(|image| &image.subject) {
        if !names.insert((&subject.name, &subject.platform)) {
            let name = &subject.name;
            return Err(Fault::usage(format!(
                "two images are called {name}: tell them apart with --name"
            )));
        }
    }
    Ok(())
}

/// Adds what only all images together show.
fn finished(images: Vec<ObservedImage>, bases: &Bases) -> Result<Vec<Record>, Fault> {
    let mut sharing = Sharing::default();
    for image in &images {
        sharing.add(image.observation.diff_ids());
    }
    let record = |mut image: ObservedImage| {
        let base = bases.of(&image)?;
        image.observation.set_base(base);
        image.observation.set_shared(&sharing);
        let mut record = Record::new(kind::SIZE, image.at);
        record.subject = Some(image.subject);
        image.observation.write_to(&mut record);
        Ok(record)
    };
    images.into_iter().map(record).collect()
}

fn emit(records: Vec<Record>, plan: &Plan<'_>, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let subjects = records.iter().filter_map(|record| record.subject.as_ref());
    let id = content_id(subjects.map(|one| format!("{} {:?}\n", one.name, one.image)));
    let batch = RecordedBatch::new("dp-size", env!("CARGO_PKG_VERSION"), id);
    let mut emitter = Emitter::new(io.stdout, plan.records, Mask::default(), io.stop.clone());
    let subjects = records.iter().filter_map(|record| record.subject.as_ref());
    let planned = dp_record::Plan::of(kind::SIZE, subjects, 1, 0);
    let at = records.first().map_or_else(Timestamp::now, |record| record.at);
    emitter.emit(batch.env_record(planned, at))?;
    for mut record in records {
        batch.add(&mut record, 1, 1);
        emitter.emit(record)?;
    }
    Ok(emitter.exit(true, plan.runs.ignore_failure))
}
