//! How long does this build take, and where does the time go?
//!
//! ```text
//! args -> plan -> batch: rounds of backend runs -> trace -> observation -> record
//!                 replay: recorded progress   ---^
//! ```

mod args;
mod batch;
mod compose;
mod dry_run;
mod plan;
mod replay;

pub use args::Args;

use dp_session::block_on;
use dp_tool::{Exit, Io, Progress};

/// Measures what the arguments say and prints the records.
///
/// # Errors
/// Wrong usage, an engine that cannot be reached, or what ended the batch.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-build", &args.output);
    if !args.log.is_empty() {
        return replay::run(args, io, &progress);
    }
    let mut plan = plan::Plan::new(args)?;
    if args.runs.dry_run {
        dry_run::show(&plan, args, &progress)?;
        return Ok(Exit::Measured);
    }
    block_on(batch::run(args, &mut plan, io, &progress))
}
