//! What does a container use, and does it fit its limits?
//!
//! ```text
//! args or records -> find: container or image -> plan -> batch
//!   -> running: watched | started: started, watched, removed
//! --compose FILE -> stack: brought up, all services watched at once, taken down
//!   -> reader (kernel files) -> watch -> observation -> figures, findings, detail -> record
//! ```
//!
//! What could be wrong in the numbers, and what is done about it:
//! - What comes and goes between two readings is not seen: peaks, CPU time and
//!   pressure of containers that we start are counted by the kernel, in a group
//!   of our own that outlives them. `peak_source` says which it was.
//! - Page cache is charged like need: there are figures of both, and a
//!   finding says when a peak is cache.
//! - A peak may be older than the time that was watched: the kernel's counts only
//!   if it was reached within it.
//! - Readings come late on a busy machine: those that were due and not made are
//!   counted.
//! - Counters that end with the container (network, throttling) are those of the
//!   last reading before its end.
//! - A load and probes cost CPU time on this machine too: see their modules. What a
//!   load reports itself is taken by its word.
//! - Measuring costs: the record has our own CPU time and the engine's.

mod args;
mod batch;
mod detail;
mod figures;
mod find;
mod findings;
mod fit;
mod limits;
mod load;
mod load_metrics;
mod load_output;
mod observation;
mod oom;
mod outcome;
mod overhead;
mod plan;
mod probe_summary;
mod reader;
mod replay;
mod running;
mod samples;
mod stack;
mod started;
mod watch;
mod workload;

pub use args::Args;

use dp_session::block_on;
use dp_tool::{Exit, Io, Progress, Subjects};

/// Measures what the arguments or the records on stdin name, and prints the
/// records.
///
/// # Errors
/// Wrong usage, no usable engine, or stdout cannot be written to.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-stats", &args.output);
    if let Some(path) = &args.samples {
        return replay::run(path, &args.runs, &args.records, io);
    }
    if !args.stacks().is_empty() {
        return block_on(stack::run(args, io, &progress));
    }
    let variants = limits::variants(&args.variants, &args.limits, &args.command)?;
    let subjects = if args.subjects.is_empty() && !args.compose.is_empty() {
        Subjects::default()
    } else {
        Subjects::read(&args.subjects, io, &progress)?
    };
    let upstream = subjects.upstream_exit(&progress);
    if io.stop.is_set() {
        return Ok(upstream.worst(Exit::Failed));
    }
    let measured = block_on(batch::run(args, subjects, &variants, io, &progress))?;
    Ok(upstream.worst(measured))
}
