//! `--archive`: images from archives, without an engine.

mod base;
mod image;
mod read;

use std::collections::BTreeSet;

use dp_record::{EnvDetail, Ground, Plan, Record, Run, kind};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress, RecordArgs, content_id};
use jiff::Timestamp;

use crate::args::Args;
use crate::shared::Sharing;
use base::Bases;
use image::{Images, Measured};

/// Reads all archives, then prints a record for each image. The batch is named
/// by the images, so that the same archives make the same batch.
pub(crate) fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    if args.runs.runs.is_some() || args.runs.warmup.is_some() {
        return Err(Fault::usage("an archive is read once: leave --runs and --warmup out").into());
    }
    if args.runs.dry_run {
        args.archive
            .iter()
            .for_each(|path| progress.note(&format!("would read {}", path.display())));
        return Ok(Exit::Measured);
    }
    progress.begin(args.archive.len());
    let mut images = Images::new(args);
    for path in &args.archive {
        let found = read::read(path, args.wishes(), io, progress);
        if io.stop.is_set() {
            return Ok(Exit::Failed);
        }
        images.measure(found?, path)?;
        progress.done();
    }
    let mut images = images.measured;
    if args.diff && images.len() < 2 {
        return Err(Fault::usage(crate::DIFF_OF_ONE).into());
    }
    let bases = Bases::new(args.base.as_deref(), &images, io, progress)?;
    rename(&mut images, &args.records)?;
    let records = finish(images, &bases)?;
    emit(records, args, io)
}

/// What only all images together tell.
fn finish(mut images: Vec<Measured>, bases: &Bases) -> anyhow::Result<Vec<Record>> {
    let mut sharing = Sharing::default();
    for image in &images {
        sharing.add(&image.config.diff_ids);
    }
    let first = images.first().map(|image| image.subject.name.clone()).unwrap_or_default();
    for image in &mut images {
        let known = bases.of(image)?;
        image.detail.set_base(&mut image.metrics, known);
        image.detail.set_shared(&sharing, &image.config.diff_ids);
        if let Some(diff) = &mut image.detail.diff {
            diff.against.clone_from(&first);
        }
    }
    Ok(images.into_iter().map(Measured::into_record).collect())
}

fn emit(records: Vec<Record>, args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let subjects = records.iter().filter_map(|record| record.subject.as_ref());
    let batch = content_id(subjects.map(|one| format!("{} {:?}\n", one.name, one.image)));
    let mut emitter = Emitter::new(io.stdout, &args.records, Mask::default(), io.stop.clone());
    emitter.emit(env(&records, &batch))?;
    let (run, env) = (Run { batch, n: Some(1), of: Some(1), ..Run::default() }, ground().id());
    for mut record in records {
        record.run = Some(run.clone());
        record.env = Some(env.clone());
        emitter.emit(record)?;
    }
    Ok(emitter.exit(true, args.runs.ignore_failure))
}

/// `--name` names the images in their order; no two may be the same to a
/// reader of the records.
fn rename(images: &mut [Measured], records: &RecordArgs) -> Result<(), Fault> {
    records.check_names(images.len(), "images")?;
    let mut seen = BTreeSet::new();
    for (at, subject) in images.iter_mut().map(|image| &mut image.subject).enumerate() {
        if let Some(name) = records.name.get(at) {
            subject.name.clone_from(name);
        }
        if !seen.insert((subject.name.clone(), subject.platform.clone())) {
            let message =
                format!("two images are called {}: tell them apart with --name", subject.name);
            return Err(Fault::usage(message));
        }
    }
    Ok(())
}

fn ground() -> Ground {
    Ground::of_tool(env!("CARGO_PKG_VERSION"))
}

fn env(records: &[Record], batch: &str) -> Record {
    let subjects = records.iter().filter_map(|record| record.subject.as_ref());
    let plan = Plan::of(kind::SIZE, subjects, 1, 0);
    let detail =
        EnvDetail { tool: "dp-size".to_owned(), ground: ground(), plan, ..EnvDetail::default() };
    let at = records.first().map_or_else(Timestamp::now, |record| record.at);
    detail.into_record(at, batch)
}
