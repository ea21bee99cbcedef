//! `--archive`: images from archives, without an engine.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dp_record::{EnvDetail, Ground, Plan, PlannedSubject, Record, Run, Subject, kind};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress, content_id};
use jiff::Timestamp;

use crate::archive::{Archive, ArchiveError, ArchivedImage, read_folder, read_stream};
use crate::args::Args;
use crate::content::Wishes;
use crate::detail::Detail;
use crate::figures;
use crate::given;
use crate::layers::makers;
use crate::watched::Watched;

/// How much of a file is read at once.
const PIECE: usize = 1 << 17;

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
    let mut records = Vec::new();
    for path in &args.archive {
        let found = read(path, io, progress);
        if io.stop.is_set() {
            return Ok(Exit::Failed);
        }
        records.extend(found?.into_records(path, args)?);
        progress.done();
    }
    rename(&mut records, &args.records.name)?;
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
    Ok(if emitter.lost() > 0 { Exit::Failed } else { Exit::Measured })
}

/// What one archive held.
struct Found {
    archive: Archive,
    at: Timestamp,
}

fn read(path: &Path, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Found> {
    let shown = path.display().to_string();
    let at = Timestamp::now();
    progress.doing(&format!("reading {shown}"));
    let unreadable = |error: ArchiveError| Fault::usage(format!("{shown}: {error}"));
    let (stop, wishes) = (io.stop.clone(), Wishes::databases());
    if path.is_dir() {
        let watched = |file| -> Box<dyn BufRead> {
            let input = BufReader::with_capacity(PIECE, file);
            Box::new(Watched::new(input, &shown, stop.clone(), progress))
        };
        return Ok(Found { archive: read_folder(path, &watched, wishes).map_err(unreadable)?, at });
    }
    let mut watched = Watched::new(open(path, io)?, &shown, stop, progress);
    Ok(Found { archive: read_stream(&mut watched, wishes).map_err(unreadable)?, at })
}

fn open<'i>(path: &Path, io: &mut Io<'i>) -> Result<Box<dyn BufRead + 'i>, Fault> {
    if path == Path::new("-") {
        let none = "no archive on stdin: it is a terminal, or was read already";
        return io.stdin.take().ok_or_else(|| Fault::usage(none));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::with_capacity(PIECE, file))),
        Err(error) => Err(Fault::usage(format!("cannot read {}: {error}", path.display()))),
    }
}

impl Found {
    fn into_records(self, path: &Path, args: &Args) -> anyhow::Result<Vec<Record>> {
        let Self { archive, at } = self;
        let several = archive.images.len() > 1;
        let mut records = Vec::new();
        for image in &archive.images {
            let tree = archive.tree(image);
            let tree =
                tree.map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
            let mut record = Record::new(kind::SIZE, at);
            record.subject = Some(subject(image, path, several));
            figures::set(&mut record.metrics, &tree);
            let makers = makers(&image.config.diff_ids, &image.config.history, None);
            let detail = Detail::new("archive", &makers, &tree, args.top.into());
            record.detail = serde_json::to_value(detail).ok();
            given::secrets(&image.config.history).record(&mut record);
            records.push(record);
        }
        Ok(records)
    }
}

/// An image bears the name that it was saved by, else that of its file; of
/// several platforms each its own.
fn subject(image: &ArchivedImage, path: &Path, several: bool) -> Subject {
    let name = image.name.clone().unwrap_or_else(|| stem(path));
    Subject {
        name,
        platform: image.config.platform.clone().filter(|_| several),
        image: Some(image.config.id.clone()),
        reference: image.name.clone(),
        ..Subject::default()
    }
}

fn stem(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_stem()
        .map_or_else(|| "archive".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// `--name` names the images in their order; no two may be the same to a
/// reader of the records.
fn rename(records: &mut [Record], names: &[String]) -> Result<(), Fault> {
    let count = records.len();
    if !names.is_empty() && names.len() != count {
        let message =
            format!("--name was given {} times for {count} images: name all or none", names.len());
        return Err(Fault::usage(message));
    }
    let mut seen = BTreeSet::new();
    for (at, subject) in records.iter_mut().filter_map(|one| one.subject.as_mut()).enumerate() {
        if let Some(name) = names.get(at) {
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
    Ground { tool_version: Some(env!("CARGO_PKG_VERSION").to_owned()), ..Ground::default() }
}

fn env(records: &[Record], batch: &str) -> Record {
    let subjects = records.iter().filter_map(|record| record.subject.as_ref());
    let plan = Plan {
        kind: kind::SIZE.to_owned(),
        subjects: subjects.map(PlannedSubject::from).collect(),
        runs: 1,
        warmup: 0,
    };
    let detail =
        EnvDetail { tool: "dp-size".to_owned(), ground: ground(), plan, ..EnvDetail::default() };
    let at = records.first().map_or_else(Timestamp::now, |record| record.at);
    detail.into_record(at, batch)
}
