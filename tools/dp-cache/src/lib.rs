//! What does the build cache save, and which change loses it?
//!
//! ```text
//! args -> plan: subjects x scenarios, what changes and why
//!      -> workspace: private copies of the contexts
//!      -> batch: priming, then rounds of change -> build -> change undone
//!      -> record: figures, causes, findings
//! transfer: builds that export a cache or import one -> record
//! volume: a command with a volume empty, then filled -> record
//! replay: two recorded builds -> causes as far as they tell -> record
//! ```

mod args;
mod batch;
mod change;
mod dry_run;
mod explain;
mod findings;
mod manifest;
mod mounts;
mod packages;
mod plan;
mod private_folder;
mod record;
mod replay;
mod scenario;
mod transfer;
mod volume;
mod why;
mod workspace;

pub use args::Args;

use std::io::{self, Write};

use anyhow::Context;
use dp_session::block_on;
use dp_tool::{Exit, Io, Progress};

/// The tool's name and version.
const TOOL: (&str, &str) = ("dp-cache", env!("CARGO_PKG_VERSION"));

/// Measures what the arguments say and prints the records.
///
/// # Errors
/// Wrong usage, an engine that cannot be reached, or what ended the batch.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    if args.list_findings {
        return list_findings(io.stdout);
    }
    let progress = Progress::new(TOOL.0, &args.output);
    if !args.log.is_empty() {
        return replay::run(args, io, &progress);
    }
    if let Some(volume) = &args.volume {
        return block_on(volume::run(args, volume, io, &progress));
    }
    transfer::check_more(&args.more)?;
    if !args.build.cache_to.is_empty() || !args.build.cache_from.is_empty() {
        return block_on(transfer::run(args, io, &progress));
    }
    let plan = plan::Plan::new(args)?;
    if args.runs.dry_run {
        dry_run::show(&plan, &progress);
        return Ok(Exit::Measured);
    }
    block_on(batch::run(args, &plan, io, &progress))
}

/// Prints every kind of finding: code, severity and meaning.
fn list_findings(output: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut write = |kind: &findings::Kind| {
        writeln!(output, "{:32} {:5} {}", kind.code, kind.severity, kind.meaning)
    };
    match findings::all_kinds().into_iter().try_for_each(&mut write) {
        // The reader wants no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Measured),
        written => written.context("cannot write to stdout").map(|()| Exit::Measured),
    }
}
