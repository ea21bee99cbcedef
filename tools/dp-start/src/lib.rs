//! How long until a container runs, until it answers, until it ends?
//!
//! ```text
//! args or records -> plan -> batch: rounds of starts -> life -> figures, detail -> record
//! --events: recorded events --------------------------^
//! --compose: files -> stack: rounds of whole stacks ---^
//! ```
//!
//! What could be wrong in the numbers, and what is done about it:
//! - The first moments are missed: events, output and exit are listened for
//!   before the start call.
//! - Clocks are mixed: durations come from our monotonic clock. The one stamp of
//!   the engine that enters a figure (`FinishedAt`) is used on this machine only,
//!   and not in a run during which the clock was set.
//! - A failed start looks like a fast one: it is a failed record without metrics.
//! - docker-proxy answers in place of a server: see `dp_engine::probe`.
//! - Probing loads the container: the record says how often, and at what cost.
//! - Slow changes of the machine look like differences: rounds, and `--aa`.

mod args;
mod batch;
mod detail;
mod figures;
mod group;
mod plan;
mod replay;
mod stack;

pub use args::Args;

use dp_session::block_on;
use dp_tool::{Exit, Io, Progress, Subjects};

/// Measures what the arguments or the records on stdin name, and prints the
/// records.
///
/// # Errors
/// Wrong usage, no usable engine, or stdout cannot be written to.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-start", &args.output);
    if let Some(path) = &args.events {
        return replay::run(path, &args.condition()?, &args.runs, &args.records, io, &progress);
    }
    if !args.compose.is_empty() {
        return block_on(stack::run(args, io, &progress));
    }
    let variants = args.variants.variants(&args.command)?;
    let mut subjects = Subjects::read(&args.images, io, &progress)?;
    subjects.rename(&args.records, "images")?;
    let upstream = subjects.upstream_exit(&progress);
    let plan = plan::Plan::new(args, &subjects, &variants)?;
    if args.runs.dry_run {
        plan.show(&progress);
        return Ok(upstream);
    }
    if plan.subjects.is_empty() || io.stop.is_set() {
        return Ok(upstream.worst(Exit::Failed));
    }
    let measured = block_on(batch::run(args, &plan, io, &progress))?;
    Ok(upstream.worst(measured))
}
