//! How many bytes has this image, and where do they come from?
//!
//! ```text
//! args or records -> subjects -> source -> tree of layers -> figures, detail -> record
//! --archive: tar or folder ----------------^
//! ```

mod account;
mod archive;
mod archived;
mod args;
mod base;
mod compress;
mod config;
mod content;
mod dead;
mod detail;
mod diff;
mod duplicates;
mod export;
mod figures;
mod findings;
mod given;
mod history;
mod layers;
mod lines;
mod measure;
mod observation;
mod packages;
mod shared;
mod source;
mod storage;
mod tree;
mod watched;

pub use args::Args;

use crate::args::SourceArg;
use dp_tool::{Exit, Fault, Io, Progress, Subjects, block_on};

/// What `--diff` needs.
const DIFF_OF_ONE: &str = "--diff compares images with the first one: give it two or more";

/// Measures what the arguments or the records on stdin name, and prints the
/// records.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-size", &args.output);
    if !args.archive.is_empty() {
        return archived::run(args, io, &progress);
    }
    check(args)?;
    let mut subjects = Subjects::read(&args.images, io, &progress)?;
    subjects.rename(&args.records, "images")?;
    let upstream = subjects.upstream_exit(&progress);
    if args.runs.dry_run {
        for one in &subjects.subjects {
            progress.note(&format!("would measure {}", one.subject.name));
        }
        return Ok(upstream);
    }
    if args.diff && subjects.subjects.len() < 2 {
        return Err(Fault::usage(DIFF_OF_ONE).into());
    }
    if subjects.subjects.is_empty() || io.stop.is_set() {
        return Ok(upstream.worst(Exit::Failed));
    }
    let measured = block_on(measure::run(args, &subjects, io, &progress))?;
    Ok(upstream.worst(measured))
}

/// Whether the source can tell what is asked for.
fn check(args: &Args) -> Result<(), Fault> {
    let message = match args.source {
        SourceArg::Inspect if args.diff => {
            "--source inspect sees no files to compare: leave it or --diff out"
        }
        SourceArg::Inspect if args.content => {
            "--source inspect sees no content: leave it or --content out"
        }
        SourceArg::Inspect | SourceArg::Storage if args.compressed.is_some() => {
            "compressed sizes need the tars of the layers, which the export alone has: \
             leave --source or --compressed out"
        }
        _ => return Ok(()),
    };
    Err(Fault::usage(message))
}
