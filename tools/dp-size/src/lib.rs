//! How many bytes has this image, and where do they come from?
//!
//! ```text
//! args -> plan -> subjects -> from_engine:  inspect, export, layer folders -+
//!              `------------> from_archive: tars, folders ------------------+
//!                                                                           v
//!                record <- observation: figures, findings, detail <- tree of layers
//! ```

mod archive;
mod args;
mod base;
mod compress;
mod config;
mod content;
mod dead;
mod detail;
mod diff;
mod duplicates;
mod entry;
mod export;
mod figures;
mod findings;
mod from_archive;
mod from_engine;
mod glob;
mod history;
mod history_secrets;
mod layers;
mod lines;
mod measure;
mod observation;
mod packages;
mod plan;
mod progress_reader;
mod secret_name;
mod shared;
mod source;
mod storage;
mod tree;

pub use args::Args;

use std::io::{self, Write};

use anyhow::Context as _;
use dp_session::block_on;
use dp_tool::{Exit, Io, Progress, Subjects};

use crate::findings::FindingKind;
use crate::plan::{Input, Plan};

/// Measures what the arguments or the records on stdin name, and prints the
/// records.
///
/// # Errors
/// What kept it from measuring at all, or from going on; an image that cannot be
/// measured is a failed record.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    if args.list_findings {
        return list_findings(io.stdout);
    }
    let progress = Progress::new("dp-size", &args.output);
    let plan = Plan::new(args)?;
    match plan.input {
        Input::Archives(archives) => from_archive::run(&plan, archives, io, &progress),
        Input::Images(images) => measure_images(&plan, images, io, &progress),
    }
}

/// Prints every kind of finding: code, severity and meaning, then its cure.
fn list_findings(output: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut write = |kind: &FindingKind| {
        let (code, meaning, advice) = (kind.code(), kind.meaning(), kind.advice());
        let severity = kind.severity();
        writeln!(output, "{code:18} {severity:6} {meaning}\n{:25} cure: {advice}", "")
    };
    match findings::all_kinds().try_for_each(&mut write) {
        // The reader wants no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Measured),
        written => written.context("cannot write to stdout").map(|()| Exit::Measured),
    }
}

fn measure_images(
    plan: &Plan<'_>,
    images: &[String],
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let mut subjects = Subjects::read(images, io, progress)?;
    subjects.rename(plan.records, "images")?;
    let upstream = subjects.upstream_exit(progress);
    if plan.runs.dry_run {
        for one in &subjects.subjects {
            progress.note(&format!("would measure {}", one.subject.name));
        }
        return Ok(upstream);
    }
    plan.check_count(subjects.subjects.len())?;
    if subjects.subjects.is_empty() || io.stop.is_set() {
        return Ok(upstream.worst(Exit::Failed));
    }
    let measured = block_on(measure::run(plan, &subjects.subjects, io, progress))?;
    Ok(upstream.worst(measured))
}
